// The upload page: files arrive, wait to be described, and go to the library two at a time.

import { announce } from "../announcer.js";
import { change, post, submit } from "../request.js";
import { suggestValues } from "../suggestions.js";
import { Arrivals } from "./arrivals.js";
import { fileInAlbums } from "./filing.js";
import { Folders, isImage } from "./folders.js";
import { findKnown, sha256Of } from "./known.js";
import { Question } from "./question.js";
import { Queue } from "./queue.js";
import { Row } from "./row.js";
import { Session } from "./session.js";
import { listenForFiles } from "./sources.js";

const AT_ONCE = 2;
const ON_THE_WAY = ["queued", "looking", "sending", "checking", "signed-out"]; // states
const PREVIEWED = 200; // files whose pictures are all read at once; of more, as one comes to them

const form = document.querySelector("form.upload");
const part = selector => form.querySelector(selector);
const input = form.elements.files;
const template = part("template");
const tally = part(".tally");
const held = part(".held");
const allAgain = part(".queue [value=all]");
const refusals = form.dataset.refusals.split(" ").map(Number); // statuses
const queue = new Queue(AT_ONCE);
const rows = new Set();
let going = Promise.resolve();
let isAdding = false;
const folders = new Folders(part(".folders"));
const question = new Question(part(".question"), part(".to-question"), answer);
const session = new Session(form, document.querySelector("dialog.session"), part(".signed-out"));
const arrivals = new Arrivals(form, part(".go-on"), document.querySelector(".arrivals"));

function add(found) {
  const taken = found.filter(one => !one.folders.length || isImage(one.file));
  folders.leaveOut(found.length - taken.length);
  const isLazy = rows.size + taken.length > PREVIEWED;
  isAdding = true;
  const added = taken.map(one => new Row(template, one, isLazy, { retry: enqueue, remove, describe, changed: count }));
  for (const row of added) {
    rows.add(row);
    refuseTooLarge(row);
  }
  part(".queue ul").append(...added.map(row => row.element));
  isAdding = false;
  folders.offer([...rows]);
  count();
}

/** Refuse what the library would, before it is sent; tell whether it is so. */
function refuseTooLarge(row) {
  const isTooLarge = row.file.size > Number(template.dataset.maxBytes);
  if (isTooLarge) row.show("refused", template.dataset.tooLarge);
  return isTooLarge;
}

function remove(row) {
  const next = row.element.nextElementSibling ?? row.element.previousElementSibling ?? input;
  rows.delete(row);
  row.element.remove();
  next.focus();
  folders.offer([...rows]);
  count();
}

function enqueue(row) {
  if (refuseTooLarge(row)) return;
  row.asked = form.elements.visibility.value;
  row.albums = new Set([form.elements.album.value.trim(), folders.albumOf(row)].filter(Boolean));
  row.tags = form.elements.tags.value.split(",").map(name => name.trim()).filter(Boolean);
  row.tags.push(...folders.tagsOf(row));
  row.show("queued");
  queue.add(() => upload(row));
}

async function upload(row) {
  if (row.state !== "queued") return; // cancelled meanwhile
  const { altText: described, signal } = row;
  const fields = { file: row.file, visibility: row.asked, alt_text: described, tags: row.tags };
  held.hidden = true;
  const send = () => {
    if (signal.aborted) return {}; // while nobody was signed in
    row.show("sending");
    return post(form.dataset.api, session.token, fields, share => row.progress(share), signal);
  };
  const wait = () => { if (!signal.aborted) row.show("signed-out"); };
  row.show("looking");
  const digest = await sha256Of(row.file, signal);
  let answer = await session.answered(() => findKnown(form.dataset.api, digest, signal), wait);
  if (answer.status !== 200) answer = await session.answered(send, wait);
  else if (answer.body.hash !== digest) answer.body.notice = template.dataset.knownWithout;
  if (signal.aborted) return; // cancelled on its way
  if (answer.status === 429 && answer.retryAfter) return hold(row, answer.retryAfter);
  if (answer.status === 201) arrive(row, stateOf(row, answer.body), answer.body, described);
  else if (answer.status === 200) welcomeBack(row, answer.body);
  else row.show(isToBlame(answer) ? "refused" : "failed", reason(answer));
  announce(`${row.file.name}: ${row.sentence} ${question.sentence}`.trim());
}

/** Let the row and all behind it wait: this person has uploaded too many files. */
function hold(row, seconds) {
  queue.hold(seconds, () => upload(row));
  const minute = 60_000;
  const until = Math.ceil((Date.now() + 1000 * seconds) / minute) * minute;
  const time = new Date(until).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  held.textContent = held.dataset.until.replace("{time}", time);
  held.hidden = false;
  row.show("queued");
  announce(held.textContent);
}

function stateOf(row, image) {
  if (!image.has_location) return "new";
  if (image.visibility !== "private") return "new-located";
  return row.asked === "private" ? "new" : "asks";
}

function arrive(row, state, image, described) {
  row.image = image;
  row.isNew = !state.startsWith("known");
  const isUntagged = !row.isNew && row.tags.some(name => !image.tags.includes(name));
  const notice = [image.notice, isUntagged && template.dataset.untagged].filter(Boolean).join(" ");
  row.note(state === "asks" ? notice.replace(template.dataset.askedOf, "").trim() : notice); // the person answers that
  row.link(pageOf(image.id));
  row.show(state);
  if (row.altText !== described) describe(row); // typed while the file was on its way
}

function welcomeBack(row, image) {
  if (!image.may_edit) row.hideAltText();
  else if (image.alt_text) row.altText = image.alt_text;
  const state = image.visibility === row.asked ? "known" : `known-${image.visibility}`;
  arrive(row, state, image, image.may_edit ? image.alt_text : row.altText);
}

async function describe(row) {
  if (!row.image) return; // sent along with the file
  const answer = await say(row, { alt_text: row.altText });
  row.noteSaved(answer.status === 200, answer.status === 200 ? "" : reason(answer));
}

/** Do with all files that wait what was chosen. */
function answer(choice) {
  const all = undecided();
  all[0].element.focus(); // the button is hidden now
  for (const row of all) {
    if (choice === "private") row.show("kept");
    else {
      row.show("deciding");
      queue.add(() => decide(row, choice));
    }
  }
}

async function decide(row, location) {
  const answer = await say(row, { visibility: row.asked, location });
  if (answer.status !== 200) row.show("undecided", reason(answer));
  else if (!answer.body.public_copy) row.show("published");
  else {
    row.link(pageOf(answer.body.public_copy));
    row.copy = answer.body.public_copy;
    row.show("copied");
  }
  announce(`${row.file.name}: ${row.sentence} ${question.sentence}`.trim());
}

/** Have this said of the image of a row. */
function say(row, fields) {
  return session.answered(() => change(`${form.dataset.api}/${row.image.id}`, session.token, fields));
}

const pageOf = id => form.dataset.page.replace(/[0-]{36}/, id);

function reason({ body }) {
  const errors = Object.values(body?.errors ?? {}).flat().join(" ");
  return errors || body?.detail || template.dataset.failed;
}

/** Whether the file itself was refused: to send it again helps nothing. */
function isToBlame({ status, body }) {
  return refusals.includes(status) || Boolean(body?.errors?.file);
}

const those = (...states) => [...rows].filter(row => states.includes(row.state));
const inState = (...states) => those(...states).length;
const undecided = () => those("asks", "undecided");

function unsettled() {
  return inState("waiting", ...ON_THE_WAY);
}

function count() {
  if (isAdding) return;
  const [all, left, untaken] = [rows.size, unsettled(), inState("refused", "failed")];
  const said = [tally.dataset.done.replace("{done}", all - left).replace("{all}", all)];
  if (untaken) said.push(tally.dataset.untaken.replace("{untaken}", untaken));
  part(".queue").hidden = !all;
  question.ask(inState(...ON_THE_WAY, "deciding") ? [] : undecided());
  if (question.sentence) said.push(tally.dataset.asked);
  tally.textContent = all ? said.join(" ") : "";
  if (!inState("queued")) held.hidden = true;
  allAgain.hidden = inState("failed") < 2;
  input.required = !inState("waiting", "failed"); // so that the browser asks for files when there are none to send
  if (!all || left) return;
  announce(tally.textContent);
  if (!inState("asks", "undecided", "deciding")) goOn();
}

/** Have what was added filed, and then lead there; one after the other. */
function goOn() {
  const file = said => session.answered(() => submit(form.dataset.arrivals, session.token, said));
  going = going.then(async () => {
    await fileInAlbums([...rows], file, template.dataset.unfiled);
    if (!unsettled()) await arrivals.goOn([...rows]);
  });
}

suggestValues(form.elements.tags, "tag", form.dataset, ",");
suggestValues(form.elements.album, "album", form.dataset);
listenForFiles(input, part("[value=folder]"), add);
form.classList.add("listening");
const hint = part(".drop-hint");
input.after(hint);
hint.hidden = false;
form.addEventListener("submit", event => {
  event.preventDefault();
  const waiting = those("waiting");
  (waiting.length ? waiting : those("failed")).forEach(enqueue);
});
allAgain.addEventListener("click", () => {
  const all = those("failed");
  all[0].element.focus(); // the button is hidden now
  all.forEach(enqueue);
});
addEventListener("beforeunload", event => {
  const isUnfiled = undecided().some(row => row.albums.size);
  if (unsettled() || inState("deciding") || isUnfiled) event.preventDefault();
});
