// Building blocks of the page. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function filled(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const el = (name, props, ...children) => filled(document.createElement(name), props, children);
export const svg = (name, props, ...children) => filled(document.createElementNS(SVG, name), props, children);
export const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));

export const scale = (() => {
  const [low, high, step] = document.documentElement.dataset.scale.split(",").map(Number);
  const levels = [];
  for (let stars = low; stars <= high + 1e-9; stars += step) levels.push(Math.round(stars * 100) / 100);
  return { low, high, step, levels, liked: 0.8 * high };
})();

export const number = (value) => value.toLocaleString("en");
export const stars = (value) => `${Math.round(value * 10) / 10}`;
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
export const year = (film) => (film.year ? ` (${film.year})` : "");

export function poster(film, props = {}) {
  return el("img", { class: "poster", src: film.poster, alt: "", width: 120, height: 180, loading: "lazy", ...props });
}

// Change the page in one go, moving what stays where the browser can.
export function change(work) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!document.startViewTransition || still || document.hidden) return work();
  return document.startViewTransition(work).updateCallbackDone;
}

export function toast(text, { undo, bad } = {}) {
  const one = el("div", { class: bad ? "toast bad" : "toast" }, el("span", {}, text));
  const leave = setTimeout(() => one.remove(), undo || bad ? 7000 : 3500);
  if (undo) {
    one.append(el("button", { type: "button", onclick: () => { clearTimeout(leave); one.remove(); undo(); } }, "Undo"));
  }
  const box = $("toasts");
  while (box.children.length > 1) box.firstChild.remove();
  box.append(one);
}

// Stars to give: one stop of the Tab key, arrows move, Enter gives, digits give at once, with Shift half a star less.
export function starInput({ label, value = null, big = false, give }) {
  const half = scale.step < 1;
  const box = el("div", { class: big ? "stars big" : "stars", role: "group", "aria-label": label, title: half ? `Keys: 1 to ${scale.high}, with Shift half a star less` : null });
  const buttons = [];
  const whole = Math.round(scale.high);
  const show = (shown) => box.querySelectorAll(".fill").forEach((fill, place) => {
    fill.style.setProperty("--cut", `${100 - 100 * Math.min(Math.max((shown ?? 0) - place, 0), 1)}%`);
  });
  for (let place = 1; place <= whole; place += 1) {
    const values = half ? [place - 0.5, place] : [place];
    const star = () => svg("use", { href: "#i-star" });
    const view = { viewBox: "0 0 24 24", "aria-hidden": "true" };
    const cell = el("span", { class: half ? "half" : null }, svg("svg", view, star()), svg("svg", { ...view, class: "fill" }, star()));
    for (const one of values) {
      const button = el("button", {
        type: "button", tabindex: -1, "aria-label": `${one} ${one === 1 ? "star" : "stars"}`,
        "aria-pressed": value === null ? null : String(value === one), onclick: (event) => { if (event.detail < 2) give(one); },
        onmouseenter: () => show(one), onfocus: () => show(one), onblur: () => show(value),
      });
      buttons.push(button);
      cell.append(button);
    }
    box.append(cell);
  }
  const start = value === null ? buttons.length - 1 : Math.max(0, Math.round(value / scale.step) - 1);
  buttons[Math.min(start, buttons.length - 1)].tabIndex = 0;
  box.addEventListener("mouseleave", () => show(value));
  box.addEventListener("keydown", (event) => {
    const now = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const key = /^Digit([1-9])$/.exec(event.code);
    const digit = half && event.shiftKey && key ? Number(key[1]) - 0.5 : Number(event.key);
    if (step && now >= 0) {
      const next = buttons[Math.min(Math.max(now + step, 0), buttons.length - 1)];
      buttons.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
      event.preventDefault();
    } else if (digit >= scale.low && digit <= scale.high && event.key.trim()) give(digit);
  });
  show(value);
  return box;
}

// The predicted stars as a picture: one bar for each level, those of a liked film in colour.
export function distribution(chances, width = 8) {
  const most = Math.max(...chances, 1e-9);
  const box = svg("svg", { class: "dist", viewBox: `0 0 ${chances.length * width} 30`, width: chances.length * width, height: 30, "aria-hidden": "true" });
  chances.forEach((chance, place) => {
    const height = Math.max(1.5, (28 * chance) / most);
    const kind = scale.levels[place] >= scale.liked - 1e-9 ? "hot" : "cold";
    box.append(svg("rect", { class: kind, x: place * width + 1, y: 30 - height, width: width - 2, height, rx: 1.5 }));
  });
  return box;
}

export function guess(predicted) {
  if (!predicted) return null;
  const range = predicted.low === null ? null : [stars(predicted.low), stars(predicted.high)];
  const spoken = [`Predicted ${stars(predicted.stars)} stars`];
  if (range) spoken.push(`80 % between ${range[0]} and ${range[1]}`);
  if (predicted.liked !== null) spoken.push(`${Math.round(100 * predicted.liked)} % chance of ${scale.liked} or more`);
  return el("div", { class: "guess" },
    el("span", { class: "vh" }, `${spoken.join("; ")}.`),
    el("span", { class: "value", "aria-hidden": "true" }, predicted.stars.toFixed(1), el("small", {}, "★")),
    predicted.chances.length ? distribution(predicted.chances, predicted.chances.length > 6 ? 7 : 11) : null,
    range && el("span", { class: "range", "aria-hidden": "true" }, `${Math.round(100 * predicted.liked)} % for`, el("br"), `${scale.liked}★ or more`));
}

// Shares as bars to both sides of an axis.
export function bars(rows, { unit = "" } = {}) {
  const most = Math.max(...rows.map((row) => Math.abs(row.share)), 1e-9);
  const down = Math.max(...rows.map((row) => -row.share), 0);
  const zero = (100 * down) / (most + down || 1);
  const wide = (share) => (Math.abs(share) / (most + down || 1)) * 100;
  return el("ul", { class: "bars" }, rows.map((row) => {
    const length = wide(row.share);
    const kind = row.apart ? "apart" : row.share < 0 ? "down" : "up";
    const name = row.page ? el("a", { href: row.page }, row.label) : row.label;
    const sign = row.share < 0 ? "−" : "+";
    const digits = most < 0.1 ? 3 : 2;
    return el("li", {},
      el("span", { class: "label" }, el("span", {}, name), row.more && el("small", {}, row.more)),
      svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: kind, x: row.share < 0 ? zero - length : zero, y: 2, width: Math.max(length, 0.6), height: 10, rx: 1 }),
        svg("path", { class: "axis", d: `M${zero} 0V14`, "vector-effect": "non-scaling-stroke" })),
      el("span", { class: "share" }, `${sign}${Math.abs(row.share).toFixed(digits)}${unit}`));
  }));
}
