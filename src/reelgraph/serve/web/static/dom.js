// Building blocks of the page. Text always goes in as text, never as markup.

import { decimal, number, percent, stars, t } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

// Set the attributes and handlers (`onclick`, ...) of a node and append its children; absent ones are left out.
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const el = (name, props, ...children) => fill(document.createElement(name), props, children);
export const svg = (name, props, ...children) => fill(document.createElementNS(SVG, name), props, children);
export const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));

// The scale of the stars; null for a service of views, which has none.
export const scale = (() => {
  if (!document.documentElement.dataset.scale) return null;
  const values = document.documentElement.dataset.scale.split(",");
  const [low, high, step, liked] = values.map(Number);
  const levels = [];
  for (let stars = low; stars <= high + 1e-9; stars += step) levels.push(Math.round(stars * 100) / 100);
  return { low, high, step, levels, liked, inputStep: values[4], hasStars: low > 0 && high <= 10 && step >= 0.5 && values[4] !== "any" };
})();

export { number, stars };
export const plural = (count, singular, many = `${singular}s`) => `${number(count)} ${count === 1 ? singular : many}`;
export const year = (film) => (film.year ? ` (${film.year})` : "");

export function poster(film, props = {}) {
  return el("img", { class: "poster", src: film.poster, alt: "", width: 120, height: 180, loading: "lazy", ...props });
}

// Change the page in one step, animated where the browser can.
export function change(work) {
  const isReduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!document.startViewTransition || isReduced || document.hidden) return work();
  const transition = document.startViewTransition(work);
  for (const promise of [transition.ready, transition.finished]) promise.catch(() => {}); // a newer change skips the animation
  return transition.updateCallbackDone;
}

// Show a text for some seconds, with a button if it can be undone. Returns its node. The seconds begin when `pending` is settled.
export function toast(text, { undo, bad, pending = null } = {}) {
  const note = el("div", { class: bad ? "toast bad" : "toast" }, el("span", {}, text));
  let timer = 0;
  const leaveLater = () => { clearTimeout(timer); timer = setTimeout(() => note.remove(), undo || bad ? 7000 : 3500); };
  for (const name of ["mouseenter", "focusin"]) note.addEventListener(name, () => clearTimeout(timer)); // it is being read
  for (const name of ["mouseleave", "focusout"]) note.addEventListener(name, leaveLater);
  if (pending) pending.finally(leaveLater);
  else leaveLater();
  if (undo) {
    note.append(el("button", { type: "button", onclick: () => { clearTimeout(timer); note.remove(); undo(); } }, t("toast.undo")));
  }
  const box = $("toasts");
  while (box.children.length > 1) box.firstChild.remove();
  box.append(note);
  return note;
}

// The distribution of predicted stars: one bar for each level, those of a liked film in colour.
export function distribution(chances, width = 8) {
  const highest = Math.max(...chances, 1e-9);
  const box = svg("svg", { class: "dist", viewBox: `0 0 ${chances.length * width} 30`, width: chances.length * width, height: 30, "aria-hidden": "true" });
  chances.forEach((chance, index) => {
    const height = Math.max(1.5, (28 * chance) / highest);
    const kind = scale.levels[index] >= scale.liked - 1e-9 ? "hot" : "cold";
    box.append(svg("rect", { class: kind, x: index * width + 1, y: 30 - height, width: width - 2, height, rx: 1.5 }));
  });
  return box;
}

// Predicted stars with their distribution; nothing for a model that predicts none.
export function prediction(predicted) {
  if (!predicted) return null;
  const range = predicted.low === null ? null : [stars(predicted.low), stars(predicted.high)];
  const spoken = [t("predicted.stars", { count: Math.round(10 * predicted.stars) / 10 })];
  if (range) spoken.push(t("predicted.range", { low: range[0], high: range[1] }));
  if (predicted.liked !== null) spoken.push(t("predicted.liked", { share: percent(predicted.liked), stars: stars(scale.liked) }));
  return el("div", { class: "guess" },
    el("span", { class: "vh" }, spoken.join(" ")),
    el("span", { class: "value", "aria-hidden": "true" }, decimal(predicted.stars, 1), el("small", {}, "★")),
    predicted.chances.length ? distribution(predicted.chances, predicted.chances.length > 6 ? 7 : 11) : null,
    range && el("span", { class: "range", "aria-hidden": "true" }, t("predicted.share", { share: percent(predicted.liked) }), el("br"), t("predicted.or_more", { stars: stars(scale.liked) })));
}

// A number with its sign; what is rounded to zero has none.
export const signed = (value, format) => {
  const text = format(Math.abs(value));
  return text === format(0) ? text : `${value < 0 ? "−" : "+"}${text}`;
};

// Signed shares as bars to both sides of an axis; `format` writes one without its sign, if not as a decimal number of a unit.
export function bars(rows, { unit = "", format } = {}) {
  const largest = Math.max(...rows.map((row) => Math.abs(row.share)), 1e-9);
  const mostNegative = Math.max(...rows.map((row) => -row.share), 0);
  const range = largest + mostNegative;
  const zero = (100 * mostNegative) / range;
  const write = format ?? ((value) => `${decimal(value, largest < 0.1 ? 3 : 2)}${unit}`);
  return el("ul", { class: "bars" }, rows.map((row) => {
    const length = (100 * Math.abs(row.share)) / range;
    const kind = row.apart ? "apart" : row.share < 0 ? "down" : "up";
    const name = row.page ? el("a", { href: row.page }, row.label) : row.label;
    return el("li", {},
      el("span", { class: "label" }, el("span", {}, name), row.more && el("small", {}, row.more)),
      svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: kind, x: row.share < 0 ? zero - length : zero, y: 2, width: Math.max(length, 0.6), height: 10, rx: 1 }),
        svg("path", { class: "axis", d: `M${zero} 0V14`, "vector-effect": "non-scaling-stroke" })),
      el("span", { class: "share" }, signed(row.share, write)));
  }));
}
