// A session that ended while files were on their way: the page asks for sign-in, and all that waited goes on.

import { fetchPage } from "../request.js";

export class Session {
  #form;
  #dialog;
  #note;
  #signIn;
  #asking = null; // until somebody has signed in
  #resolve;
  #isNobody = false; // as the page said that was looked at last

  /** `form` has the token of requests; `dialog` asks for sign-in, and `note` is there as long as it is needed. */
  constructor(form, dialog, note) {
    [this.#form, this.#dialog, this.#note, this.#signIn] = [form, dialog, note, dialog.querySelector("form")];
    this.#signIn.addEventListener("submit", event => { event.preventDefault(); this.#submit(); });
    dialog.addEventListener("click", ({ target }) => {
      if (target.value === "again") this.#look(dialog.dataset.unsigned);
      if (target.value === "close") dialog.close();
    });
    note.querySelector("button").addEventListener("click", () => dialog.showModal());
    document.addEventListener("visibilitychange", () => { // back from the tab where somebody signed in, perhaps
      if (this.#asking && document.visibilityState === "visible") this.#look("");
    });
  }

  get token() {
    return this.#form.elements.csrfmiddlewaretoken.value;
  }

  /** Return the answer to `ask`, asked anew when somebody is signed in; `wait` is called when that is waited for. */
  async answered(ask, wait = () => {}) {
    let answer = await ask();
    if (answer.status === 403) { // the token was of an earlier session, or a page says so of nobody
      if (await this.#renew()) answer = await ask();
      else if (this.#isNobody) answer = { status: 401 };
    }
    while (answer.status === 401) {
      wait();
      await this.#begun();
      answer = await ask();
    }
    return answer;
  }

  /** Resolve when there is a session: another tab may have begun one. */
  #begun() {
    this.#asking ??= new Promise(resolve => {
      this.#resolve = resolve;
      this.#renew().then(isBegun => { if (isBegun) this.#end(); else this.#ask(); });
    });
    return this.#asking;
  }

  #ask() {
    this.#note.hidden = false;
    this.#say("");
    this.#dialog.showModal();
  }

  #end() {
    this.#note.hidden = true;
    this.#dialog.close();
    this.#signIn.elements.password.value = "";
    this.#asking = null;
    this.#resolve();
  }

  async #look(otherwise) {
    const isBegun = await this.#renew();
    if (isBegun && this.#asking) this.#end();
    else this.#say(isBegun ? "" : otherwise);
  }

  async #submit() {
    const { action } = this.#signIn;
    const { status, body } = await fetchPage(action, { method: "POST", body: new FormData(this.#signIn) });
    if (this.#take(body) || (status === 403 && await this.#renew())) return this.#end(); // another tab was first
    const told = body?.querySelector(".errorlist, h1 + p")?.textContent.trim();
    this.#say(status && told ? told : this.#dialog.dataset.failed);
    this.#signIn.elements.password.select();
  }

  /** Take the token of the session that there is; tell whether there is one that may upload. */
  async #renew() {
    return this.#take((await fetchPage(this.#dialog.dataset.page)).body);
  }

  /** Take what a page of the library has: the token of its form, and who it is for. */
  #take(page) {
    const token = page?.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (token) this.#signIn.elements.csrfmiddlewaretoken.value = token;
    this.#isNobody = Boolean(page?.querySelector("main [name=username]") && !page.querySelector("form.upload"));
    if (!page?.querySelector("form.upload")) return false;
    this.#form.elements.csrfmiddlewaretoken.value = token;
    document.querySelector(".account").replaceWith(page.querySelector(".account"));
    return true;
  }

  #say(sentence) {
    this.#dialog.querySelector(".error").textContent = sentence;
  }
}
