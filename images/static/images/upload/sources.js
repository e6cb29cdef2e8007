// Where files come from: the picker, one of folders, a drop anywhere on the page, the clipboard.

import { filesOf, filesOfChosen } from "./folders.js";

/**
 * Call `add` with an array of { file, folders } whenever files are chosen in `input`, or a folder by `button`,
 * dropped or pasted; `folders` are the names of those that the file lies in.
 */
export function listenForFiles(input, button, add) {
  const addPlain = files => add([...files].map(file => ({ file, folders: [] })));
  const onChoice = (element, take) => element.addEventListener("change", () => {
    take([...element.files]);
    element.value = ""; // choosing the same file again is a change again
  });
  onChoice(input, addPlain);
  const folderInput = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true, hidden: true });
  onChoice(folderInput, files => add(filesOfChosen(files)));
  button.after(folderInput);
  button.addEventListener("click", () => folderInput.click());

  document.addEventListener("paste", ({ clipboardData }) => {
    const isText = clipboardData.types.includes("text/plain"); // offices put a picture beside what they copy
    if (!isText) addPlain(clipboardData.files);
  });

  const page = document.documentElement;
  const over = (event, isOver) => {
    if (!event.dataTransfer.types.includes("Files")) return false;
    event.preventDefault(); // else the browser leaves the page to show the file
    page.classList.toggle("dropping", isOver);
    return true;
  };
  document.addEventListener("dragover", event => over(event, true));
  document.addEventListener("dragleave", event => over(event, event.relatedTarget !== null));
  document.addEventListener("drop", async event => {
    if (!over(event, false)) return;
    const { items, files } = event.dataTransfer; // which is empty when the event is over
    const entries = [...items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    if (entries.some(entry => entry.isDirectory)) add(await filesOf(entries));
    else addPlain(files);
  });
}
