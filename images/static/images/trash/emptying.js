// Emptying the trash goes on by itself, part after part, until nothing is left or somebody leaves the page.

const form = document.getElementById("emptying");
form.requestSubmit(form.elements.action);
