// The input of a rating. What is painted is the visitor's own rating, a preview of the one under a mouse or a finger that
// moves over the stars, or of the one an arrow key went to: never what merely has the focus or lies under a mouse at rest.

import { el, icon, scale, svg } from "./dom.js";
import { t } from "./i18n.js";

const MIN_DRAG = 8; // pixels that a finger moves before it draws a rating over the stars

// Call `give` with a rating and show that it is being sent. The box is busy until the promise of `give` is settled.
async function send(box, give, rating) {
  box.setAttribute("aria-busy", "true");
  try { return await give(rating); } finally { box.removeAttribute("aria-busy"); }
}

// A number to give a rating, for scales such as 0 to 100 or -10 to 10; Enter or leaving the field rates.
function numberInput({ label, value, give }) {
  const input = el("input", { type: "number", min: scale.low, max: scale.high, step: scale.inputStep, value: value ?? "", tabindex: 0, "aria-label": t("stars.range", { label, low: scale.low, high: scale.high }), placeholder: `${scale.low}–${scale.high}` });
  const box = el("div", { class: "stars number", role: "group", "aria-label": label, tabindex: -1 }, input);
  input.addEventListener("change", () => { if (input.value !== "" && input.reportValidity()) send(box, give, Number(input.value)); });
  return box;
}

// Stars to give a rating: one stop of the Tab key; arrows move, Enter rates, a digit rates at once, with Shift half a star
// less. A finger rates with a tap, or by drawing over the stars. The box itself can be given the focus.
export function starInput({ label, value = null, big = false, give }) {
  if (!scale.hasStars) return numberInput({ label, value, give });
  const hasHalves = scale.step < 1;
  const box = el("div", { class: big ? "stars big" : "stars", role: "group", "aria-label": label, tabindex: -1, title: hasHalves ? t("stars.keys", { high: scale.high }) : null });
  const buttons = [];
  let own = value; // what is painted where nothing is previewed
  const show = (rating) => box.querySelectorAll(".fill").forEach((node, index) => {
    node.style.setProperty("--cut", `${100 - 100 * Math.min(Math.max((rating ?? 0) - index, 0), 1)}%`);
  });
  const choose = async (rating) => {
    own = rating;
    show(own); // at once: the answer may take seconds
    const result = await send(box, give, rating);
    if (result === undefined) { own = value; show(own); } // it failed
  };
  for (let whole = 1; whole <= Math.round(scale.high); whole += 1) {
    const star = () => svg("use", { href: "#i-star" });
    const view = { viewBox: "0 0 24 24", "aria-hidden": "true" };
    const cell = el("span", { class: hasHalves ? "half" : null }, svg("svg", view, star()), svg("svg", { ...view, class: "fill" }, star()));
    for (const rating of hasHalves ? [whole - 0.5, whole] : [whole]) {
      const button = el("button", {
        type: "button", tabindex: -1, "data-rating": rating, "aria-label": t("stars.count", { count: rating }),
        "aria-pressed": value === null ? null : String(value === rating), onclick: (event) => { if (event.detail < 2) choose(rating); },
      });
      buttons.push(button);
      cell.append(button);
    }
    box.append(cell);
  }
  const start = value === null ? buttons.length - 1 : Math.max(0, Math.round(value / scale.step) - 1);
  buttons[Math.min(start, buttons.length - 1)].tabIndex = 0;
  addPointer(box, show, () => own, choose);
  addKeys(box, buttons, hasHalves, show, choose);
  box.addEventListener("focusout", () => show(own));
  show(own);
  return box;
}

// A mouse previews what it moves over; a finger that draws over the stars previews, and rates where it is lifted.
function addPointer(box, show, own, choose) {
  let start = null; // where a finger came down
  let isDrawing = false;
  const ratingAt = (event) => Number(document.elementFromPoint(event.clientX, event.clientY)?.closest(".stars button")?.dataset.rating) || null;
  box.addEventListener("pointerdown", (event) => { isDrawing = false; start = event.pointerType === "mouse" ? null : event.clientX; });
  box.addEventListener("pointermove", (event) => {
    // A browser reports a mouse at rest, too, when something new appears under it; that one has not moved.
    if (event.pointerType === "mouse") { if (event.movementX || event.movementY) show(Number(event.target.dataset.rating) || own()); return; }
    if (start === null) return;
    isDrawing ||= Math.abs(event.clientX - start) > MIN_DRAG;
    if (isDrawing) show(ratingAt(event) ?? own());
  });
  box.addEventListener("pointerup", (event) => {
    const rating = isDrawing ? ratingAt(event) : null;
    start = null;
    if (rating) choose(rating);
  });
  box.addEventListener("click", (event) => { if (isDrawing && event.detail) event.stopPropagation(); isDrawing = false; }, { capture: true });
  for (const name of ["pointercancel", "pointerleave"]) box.addEventListener(name, () => { start = null; show(own()); });
}

function addKeys(box, buttons, hasHalves, show, choose) {
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const key = /^Digit([1-9])$/.exec(event.code);
    const digit = hasHalves && event.shiftKey && key ? Number(key[1]) - 0.5 : Number(event.key);
    if (step) {
      const index = buttons.indexOf(event.target); // -1 from the box: the first star, or the last
      const next = buttons[index < 0 ? (step > 0 ? 0 : buttons.length - 1) : Math.min(Math.max(index + step, 0), buttons.length - 1)];
      buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
      show(Number(next.dataset.rating));
      event.preventDefault();
    } else if (digit >= scale.low && digit <= scale.high && event.key.trim()) choose(digit);
  });
}

// A button that says whether a film was watched, in place of stars where there are none.
export function watchedInput({ label, value = false, big = false, give }) {
  return el("button", { class: big ? "solid watched" : "quiet watched", type: "button", "aria-pressed": String(value), "aria-label": label, onclick: (event) => { if (event.detail < 2) send(event.currentTarget, give, !value); } }, icon("eye"), t(value ? "stars.watched" : "action.seen_it"));
}

// Where the focus goes in a box with an input that was not used yet: to all stars, so that none of them looks chosen.
export const startOf = (box) => box.querySelector(".stars input, .stars:not(.number), .watched") ?? box;
