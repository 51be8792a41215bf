// The wall of well-known films, which a new visitor sees first: a tap says that a film is loved.

import { get, rate, unrate, watch } from "./api.js";
import { $, el, poster, scale, toast, year } from "./dom.js";
import { t } from "./i18n.js";
import { guarded } from "./load.js";
import { stored } from "./stored.js";

const SIZE = 12;
const MAX_OFFERED = 300; // films that the service is told not to offer again
const isClosed = stored("wall-closed", false);
const offered = stored("wall-offered", []); // ids of the films that were on earlier walls
const loved = new Set(); // ids
let films = []; // on the wall
let foot = null; // the row of buttons
let onChange = () => {};
let onEnd = () => {};

// `change` is called after each tap that was stored, `end` when the visitor is through with the wall.
export function setUpWall({ change, end }) { onChange = change; onEnd = end; }

// Whether to show the wall: to somebody of whom nothing is known, and until they leave it.
export const isWallOpen = (filmCount) => !isClosed.get() && (filmCount === 0 || films.length > 0);

export function closeWall() { isClosed.set(true); films = []; }

// Load the first films, unless there are some on the wall.
export async function loadWall(signal) {
  if (!films.length) await showNext(signal);
}

async function showNext(signal) {
  const next = await get("/api/me/wall", { n: SIZE, offered: offered.get() }, signal);
  if (!next.length) {
    if (films.length) toast(t("wall.no_more"));
    else end();
    return;
  }
  films = next;
  offered.set([...offered.get(), ...films.map((film) => film.id)].slice(-MAX_OFFERED));
  draw();
}

function draw() {
  foot = el("div", { class: "row" });
  $("wall").replaceChildren(
    el("div", { class: "head" }, el("div", {}, el("h2", { id: "wall-title", tabindex: -1 }, t("wall.title")), el("p", { class: "hint" }, scale ? t("wall.hint", { stars: scale.high }) : t("wall.hint"))), foot),
    el("ul", { class: "wallfilms" }, films.map((film) => el("li", {}, loveButton(film)))));
  drawFoot();
}

function loveButton(film) {
  return el("button", { class: "love", type: "button", "aria-pressed": String(loved.has(film.id)), onclick: (event) => toggle(film, event.currentTarget) },
    poster(film, { loading: null }), el("span", {}, `${film.title}${year(film)}`));
}

function drawFoot() {
  const others = el("button", { class: "quiet", type: "button", onclick: guarded(async () => { await showNext(); $("wall-title").focus(); }) }, t("wall.others"));
  const done = el("button", { class: loved.size ? "solid" : "quiet", type: "button", id: "wall-done", onclick: end }, loved.size ? t("wall.done", { count: loved.size }) : t("wall.skip"));
  if (foot.children.length) foot.lastChild.replaceWith(done); // the focus may be on the other button
  else foot.append(others, done);
}

// A tap shows at once, and is taken back if it cannot be stored.
const toggle = guarded(async (film, button) => {
  const show = (isLoved) => {
    if (isLoved) loved.add(film.id);
    else loved.delete(film.id);
    button.setAttribute("aria-pressed", String(isLoved));
    drawFoot();
  };
  const isLoved = !loved.has(film.id);
  show(isLoved);
  try {
    if (!isLoved) await unrate(film.id);
    else if (scale) await rate(film.id, scale.high);
    else await watch(film.id);
  } catch (error) {
    show(!isLoved);
    throw error;
  }
  onChange();
});

function end() {
  closeWall();
  onEnd();
}
