// What spares a click: `/` goes to the search, a form is sent once, an action that loses something is asked about.
"use strict";

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey) {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  const form = event.target;
  if (form.method === "post") {
    window.setTimeout(() => form.querySelectorAll("button").forEach((each) => { each.disabled = true; }), 0);
  }
});

document.addEventListener("change", (event) => {
  const all = event.target.closest("input[data-all]");
  if (all) {
    document.querySelectorAll(`input[name="${all.dataset.all}"]`).forEach((each) => { each.checked = all.checked; });
  }
});
