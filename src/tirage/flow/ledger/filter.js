"use strict";
const rows = [...document.querySelectorAll("#rows tbody tr")];
const texts = rows.map((row) => row.textContent.toLowerCase());
const [text, outcome, cohort, shown, tools] = ["text", "outcome", "cohort", "shown", "tools"].map((id) => document.getElementById(id));
function filter() {
  const wanted = text.value.trim().toLowerCase();
  let count = 0;
  rows.forEach((row, index) => {
    row.hidden = !(texts[index].includes(wanted)
      && (!outcome.value || row.dataset.outcome === outcome.value)
      && (!cohort.value || row.dataset.cohort === cohort.value));
    count += row.hidden ? 0 : 1;
  });
  shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
}
tools.hidden = false;
text.addEventListener("input", filter);
outcome.addEventListener("change", filter);
cohort.addEventListener("change", filter);
document.querySelectorAll("[data-choose]").forEach((link) => link.addEventListener("click", () => {
  outcome.value = link.dataset.choose;
  filter();
}));
filter();
