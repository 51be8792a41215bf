// Building blocks of the page. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element with attributes and handlers (`onclick`, ...); absent ones are left out. */
export const el = (name, props, ...children) => fill(document.createElement(name), props, children);
export const svg = (name, props, ...children) => fill(document.createElementNS(SVG, name), props, children);

const ICONS = {
  hide: "M5 5l14 14M19 5 5 19", why: "M5 20V10m7 10V4m7 16v-7", keep: "M6 4h12v16l-6-4.5L6 20z", remove: "M5 5l14 14M19 5 5 19",
};
export const icon = (name) => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

/** Show a text for some seconds, with a button where it can be undone. */
export function toast(text, undo) {
  const note = el("div", { class: "toast" }, el("span", {}, text));
  const timer = setTimeout(() => note.remove(), undo ? 7000 : 3500);
  if (undo) note.append(el("button", { type: "button", onclick: () => { clearTimeout(timer); note.remove(); undo(); } }, "Undo"));
  const box = $("toasts");
  while (box.children.length > 1) box.firstChild.remove();
  box.append(note);
}

/** Replace the items of a list; the focus, if it was in one, goes to the stars of the item that is now in its place. */
export function replaceItems(list, items) {
  const place = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...items);
  if (place >= 0) list.children[Math.min(place, items.length - 1)]?.querySelector(".stars button[tabindex='0']")?.focus({ preventScroll: true });
}

export const count = (n, singular, many = `${singular}s`) => `${n.toLocaleString("en")} ${n === 1 ? singular : many}`;
export const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
