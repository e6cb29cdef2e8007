// Where files come from: the picker, a drop anywhere on the page, the clipboard.

/** Call `add` with the files, an array, whenever some are chosen in `input`, dropped or pasted. */
export function listenForFiles(input, add) {
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // choosing the same file again is a change again
  });

  document.addEventListener("paste", ({ clipboardData }) => {
    const isText = clipboardData.types.includes("text/plain"); // offices put a picture beside what they copy
    if (!isText) add([...clipboardData.files]);
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
  document.addEventListener("drop", event => {
    if (over(event, false)) add([...event.dataTransfer.files]);
  });
}
