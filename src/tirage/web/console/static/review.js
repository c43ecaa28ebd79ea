// The grid by keyboard: what is said is kept at once, and `u` takes the last one back.
"use strict";

const form = document.getElementById("grid");
const tiles = form ? Array.from(form.querySelectorAll(".tile")) : [];
const told = document.getElementById("said");
const VERDICTS = { 1: "ok", o: "ok", 2: "leak", l: "leak", 3: "doubt", d: "doubt" };
const said = [];
let current = 0;
let since = performance.now();

function go(index) {
  if (index < 0 || index >= tiles.length) { return; }
  tiles[current].tabIndex = -1;
  current = index;
  tiles[current].tabIndex = 0;
  tiles[current].focus();
  since = performance.now();
}

function perRow() {
  const top = tiles[0].offsetTop;
  const next = tiles.findIndex((each) => each.offsetTop !== top);
  return next < 0 ? tiles.length : next;
}

function show(tile, verdict) {
  tile.classList.remove("ok", "leak", "doubt");
  if (verdict) { tile.classList.add(verdict); }
  tile.querySelectorAll("input[type=radio]").forEach((each) => { each.checked = each.value === verdict; });
}

async function send(method, tile, body) {
  const answer = await fetch(`/api/v1/samples/${tile.dataset.number}/reading`, {
    method,
    headers: {
      "Content-Type": "application/json",
      "If-Match": `"${tile.dataset.version}"`,
      "X-CSRF-Token": form.elements.csrf.value,
    },
    body: body && JSON.stringify(body),
  });
  const found = await answer.json();
  if (!answer.ok) { throw new Error(found.detail); }
  tile.dataset.version = found.version;
  form.elements[`version-${tile.dataset.number}`].value = found.version;
}

async function say(tile, verdict) {
  const before = ["ok", "leak", "doubt"].find((each) => tile.classList.contains(each)) || "";
  const seconds = Math.min(86400, Math.round((performance.now() - since) / 1000));
  show(tile, verdict);
  try {
    await send("PUT", tile, { verdict, seconds });
    said.push({ tile, before });
    told.textContent = `Sample ${tile.dataset.number}: ${verdict}, kept. u takes it back.`;
  } catch (error) {
    show(tile, before);
    told.textContent = `Sample ${tile.dataset.number} was not kept: ${error.message}.`;
  }
}

async function undo() {
  const last = said.pop();
  if (!last) { told.textContent = "There is nothing to take back."; return; }
  try {
    await (last.before ? send("PUT", last.tile, { verdict: last.before }) : send("DELETE", last.tile));
    show(last.tile, last.before);
    told.textContent = `Sample ${last.tile.dataset.number}: taken back.`;
    go(tiles.indexOf(last.tile));
  } catch (error) {
    told.textContent = `Sample ${last.tile.dataset.number} was not taken back: ${error.message}.`;
  }
}

function turn(tile) {
  const picture = tile.querySelector("img");
  const isBefore = tile.classList.toggle("before");
  picture.src = picture.src.replace(isBefore ? "after.png" : "before.png", isBefore ? "before.png" : "after.png");
  told.textContent = isBefore ? "The original; this look is in the audit." : "The output.";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]), select, textarea")) {
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const inside = tiles.length && event.target.closest(".tile, body");
  if (key === "?") {
    const keys = document.getElementById("keys");
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  } else if (!tiles.length) {
    return;
  } else if (key === "ArrowRight") { go(current + 1);
  } else if (key === "ArrowLeft") { go(current - 1);
  } else if (key === "ArrowDown") { go(Math.min(tiles.length - 1, current + perRow()));
  } else if (key === "ArrowUp") { go(Math.max(0, current - perRow()));
  } else if (key === "Enter" && (event.target === document.body || event.target.matches(".tile"))) {
    window.location.href = `/review/samples/${tiles[current].dataset.number}`;
  } else if (VERDICTS[key] && inside) {
    const tile = tiles[current];
    go(current + 1);
    say(tile, VERDICTS[key]);
  } else if (key === "b") { turn(tiles[current]);
  } else if (key === "u") { undo();
  } else { return; }
  event.preventDefault();
});

tiles.forEach((tile, index) => {
  tile.addEventListener("focusin", () => {
    tiles[current].tabIndex = -1;
    current = index;
    tile.tabIndex = 0;
  });
});
if (tiles.length) { tiles[0].focus({ preventScroll: true }); }
