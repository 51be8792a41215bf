// The input of a rating: stars, half stars where the scale has them, or a number for other scales.
import { el, svg } from "./dom.js";

const STAR = "M12 3.2l2.7 5.6 6.1.9-4.4 4.3 1 6.1L12 17.2l-5.4 2.9 1-6.1L3.2 9.7l6.1-.9z";

/** Stars to give: one stop of the Tab key; arrows move, Enter or a digit rates, with Shift half a star less. */
export function starInput(scale, label, value, give) {
  if (!(scale.low > 0 && scale.high <= 10 && scale.step >= 0.5)) {
    const input = el("input", { type: "number", min: scale.low, max: scale.high, step: scale.step || "any", value: value ?? "", "aria-label": label });
    input.addEventListener("change", () => { if (input.value !== "" && input.reportValidity()) give(Number(input.value)); });
    return el("div", { class: "stars" }, input);
  }
  const hasHalves = scale.step < 1;
  const box = el("div", { class: hasHalves ? "stars halves" : "stars", role: "group", "aria-label": label });
  const buttons = [];
  const show = (rating) => box.querySelectorAll(".fill").forEach((node, index) => {
    node.style.setProperty("--cut", `${100 - 100 * Math.min(Math.max((rating ?? 0) - index, 0), 1)}%`);
  });
  for (let whole = 1; whole <= Math.round(scale.high); whole += 1) {
    const star = (name) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: name }, svg("path", { d: STAR }));
    const cell = el("span", { class: hasHalves ? "half" : null }, star(null), star("fill"));
    for (const rating of hasHalves ? [whole - 0.5, whole] : [whole]) {
      const button = el("button", { type: "button", tabindex: -1, "data-rating": rating, "aria-label": rating === 1 ? "1 star" : `${rating} stars`, "aria-pressed": String(value === rating), onclick: () => give(rating) });
      buttons.push(button);
      cell.append(button);
    }
    box.append(cell);
  }
  const start = buttons.findIndex((button) => Number(button.dataset.rating) === value);
  buttons[start < 0 ? buttons.length - 1 : start].tabIndex = 0;
  box.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") show(Number(event.target.dataset.rating) || value); });
  box.addEventListener("pointerleave", () => show(value));
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (step) {
      const next = buttons[Math.min(Math.max(buttons.indexOf(event.target) + step, 0), buttons.length - 1)];
      buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
      show(Number(next.dataset.rating));
      event.preventDefault();
    } else if (digit) {
      const rating = Number(digit[1]) - (hasHalves && event.shiftKey ? 0.5 : 0);
      if (rating >= scale.low && rating <= scale.high) give(rating);
    }
  });
  box.addEventListener("focusout", () => show(value));
  show(value);
  return box;
}
