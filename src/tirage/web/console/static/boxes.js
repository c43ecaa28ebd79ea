// One sample: frames and brightness at once, boxes by mouse and by keyboard, verdicts by one key.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const judge = document.getElementById("judge");
const figure = document.getElementById("picture");
const began = performance.now();

judge.addEventListener("submit", () => {
  judge.elements.seconds.value = Math.min(86400, Math.round((performance.now() - began) / 1000));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) { return; }
  const verdict = { 1: "ok", o: "ok", 2: "leak", l: "leak", 3: "doubt", d: "doubt" }[event.key.toLowerCase()];
  if (verdict) {
    event.preventDefault();
    judge.requestSubmit(judge.querySelector(`button[value=${verdict}]`));
  }
});

if (figure) {
  const picture = document.getElementById("shown");
  const overlay = document.getElementById("overlay");
  const view = document.getElementById("view");
  const list = document.getElementById("boxes");
  const { width, height } = overlay.viewBox.baseVal;
  let side = figure.dataset.side;
  let boxes = JSON.parse(judge.elements.boxes.value);
  const kept = JSON.stringify(boxes);

  const frame = () => Number(view.elements.frame?.value || 0);

  const refresh = () => {
    const low = Number(view.elements.low.value);
    const high = Math.max(low + 1, Number(view.elements.high.value));
    picture.src = `/api/v1/samples/${figure.dataset.number}/frames/${frame()}/${side}.png?low=${low}&high=${high}`;
    picture.alt = `Frame ${frame() + 1}, ${side}`;
    const number = document.getElementById("frame-shown");
    if (number) { number.textContent = frame() + 1; }
    judge.elements.frame.value = frame();
    overlay.querySelectorAll("rect").forEach((each) => {
      each.setAttribute("visibility", Number(each.dataset.frame) === frame() ? "visible" : "hidden");
    });
  };

  const place = (rect, box) => {
    rect.setAttribute("x", box.x0);
    rect.setAttribute("y", box.y0);
    rect.setAttribute("width", box.x1 - box.x0);
    rect.setAttribute("height", box.y1 - box.y0);
  };

  const clamp = (value, least, most) => Math.min(most, Math.max(least, Math.round(value)));

  const draw = (focused = -1) => {
    judge.elements.boxes.value = JSON.stringify(boxes);
    overlay.querySelectorAll("rect.drawn").forEach((each) => each.remove());
    list.replaceChildren();
    boxes.forEach((box, index) => {
      const rect = document.createElementNS(SVG, "rect");
      rect.classList.add("drawn");
      rect.dataset.frame = box.frame;
      rect.setAttribute("tabindex", "0");
      rect.setAttribute("role", "button");
      rect.setAttribute("aria-label", `Box ${index + 1}: arrows move it, Shift and arrows size it, Delete removes it`);
      rect.setAttribute("visibility", box.frame === frame() ? "visible" : "hidden");
      place(rect, box);
      rect.addEventListener("keydown", (event) => nudge(event, index));
      rect.addEventListener("pointerdown", (event) => move(event, index));
      overlay.append(rect);
      const item = document.createElement("li");
      item.append(`Frame ${box.frame + 1}: ${box.x0}, ${box.y0} to ${box.x1}, ${box.y1} `);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "Remove";
      remove.addEventListener("click", () => { boxes.splice(index, 1); draw(); });
      item.append(remove);
      if (JSON.stringify(boxes) === kept) {
        const propose = document.createElement("button");
        propose.name = "action";
        propose.value = `promote-${index}`;
        propose.textContent = "Propose for its device";
        item.append(" ", propose);
      }
      list.append(item);
      if (index === focused) { rect.focus(); }
    });
  };

  const nudge = (event, index) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const box = boxes[index];
    if (event.key === "Delete" || event.key === "Backspace") {
      boxes.splice(index, 1);
      draw(Math.min(index, boxes.length - 1));
    } else if (steps[event.key]) {
      const step = Math.max(1, Math.round(width / 128));
      const [x, y] = steps[event.key].map((each) => each * step);
      if (event.shiftKey) {
        box.x1 = clamp(box.x1 + x, box.x0 + 1, width);
        box.y1 = clamp(box.y1 + y, box.y0 + 1, height);
      } else {
        const across = clamp(x, -box.x0, width - box.x1), down = clamp(y, -box.y0, height - box.y1);
        box.x0 += across; box.x1 += across; box.y0 += down; box.y1 += down;
      }
      draw(index);
    } else { return; }
    event.preventDefault();
    event.stopPropagation();
  };

  const at = (event) => {
    const area = overlay.getBoundingClientRect();
    return [
      clamp((event.clientX - area.left) * width / area.width, 0, width),
      clamp((event.clientY - area.top) * height / area.height, 0, height),
    ];
  };

  const follow = (onMove, onEnd) => {
    const end = () => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", end);
      onEnd();
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", end);
  };

  const move = (event, index) => {
    event.preventDefault();
    event.stopPropagation();
    const rect = event.currentTarget, box = boxes[index], [x, y] = at(event), old = { ...box };
    rect.focus();
    follow((next) => {
      const [right, down] = at(next);
      const across = clamp(right - x, -old.x0, width - old.x1), below = clamp(down - y, -old.y0, height - old.y1);
      Object.assign(box, { x0: old.x0 + across, x1: old.x1 + across, y0: old.y0 + below, y1: old.y1 + below });
      place(rect, box);
    }, () => draw(index));
  };

  overlay.addEventListener("pointerdown", (event) => {
    if (event.button) { return; }
    event.preventDefault();
    const [x, y] = at(event), box = { frame: frame(), x0: x, y0: y, x1: x, y1: y };
    const rect = document.createElementNS(SVG, "rect");
    rect.classList.add("drawn");
    overlay.append(rect);
    follow((next) => {
      const [right, down] = at(next);
      Object.assign(box, { x0: Math.min(x, right), x1: Math.max(x, right), y0: Math.min(y, down), y1: Math.max(y, down) });
      place(rect, box);
    }, () => {
      rect.remove();
      if (box.x1 - box.x0 > 2 && box.y1 - box.y0 > 2 && boxes.length < 64) { boxes.push(box); }
      draw(boxes.length - 1);
    });
  });

  view.addEventListener("input", refresh);
  view.addEventListener("submit", (event) => {
    if (event.submitter?.name === "side") {
      event.preventDefault();
      side = event.submitter.value;
      refresh();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "b" && !event.ctrlKey && !event.metaKey && !event.target.matches("input:not([type=range]), textarea")) {
      side = side === "after" ? "before" : "after";
      refresh();
    }
  });
  draw();
}
