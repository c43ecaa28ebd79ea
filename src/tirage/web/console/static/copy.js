// Copies what a button names, and says so.
"use strict";

document.querySelectorAll("button[data-copy]").forEach((button) => {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    const told = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = "Copied.";
    } catch {
      window.getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      told.textContent = "Marked: press Ctrl+C.";
    }
  });
});
