// The wall of well-known films, which a new visitor sees first: a tap says that a film is loved, or that it was not liked.

import { get, rate, unrate, watch } from "./api.js";
import { $, el, poster, scale, toast, year } from "./dom.js";
import { stars, t } from "./i18n.js";
import { guarded } from "./load.js";
import { stored } from "./stored.js";

const SIZE = 12;
const MAX_OFFERED = 300; // films that the service is told not to offer again
const isClosed = stored("wall-closed", false);
const offered = stored("wall-offered", []); // ids of the films that were on earlier walls
const said = new Map(); // id -> "loved" or "disliked"
let verdict = "loved"; // what the next tap says
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

// The stars that a tap counts as: the highest, or the level next to a quarter of the way up.
const starsOf = (value) => (value === "loved" ? scale.high : scale.levels.reduce((best, level) => {
  const distance = (stars) => Math.abs(stars - scale.low - (scale.high - scale.low) / 4);
  return distance(level) < distance(best) ? level : best;
}));

const hint = () => (scale ? t("wall.hint", { stars: stars(starsOf(verdict)) }) : t("wall.hint"));

function draw() {
  foot = el("div", { class: "row" });
  $("wall").replaceChildren(
    el("div", { class: "head" }, el("div", {}, el("h2", { id: "wall-title", tabindex: -1 }, t("wall.title")), el("p", { class: "hint", id: "wall-hint" }, hint())), foot),
    scale && verdicts(),
    el("ul", { class: "wallfilms" }, films.map((film) => el("li", {}, filmButton(film)))));
  drawFoot();
}

// What a tap says.
function verdicts() {
  const choose = (value) => { verdict = value; $("wall-hint").textContent = hint(); };
  const option = (value, text) => el("label", {}, el("input", { type: "radio", name: "verdict", value, checked: value === verdict, onchange: () => choose(value) }), el("span", {}, text));
  return el("div", { class: "segments", role: "radiogroup", "aria-label": t("wall.verdict") }, option("loved", t("wall.loved")), option("disliked", t("wall.disliked")));
}

const nameOf = (film) => `${film.title}${year(film)}`;

function showSaid(button, film) {
  const value = said.get(film.id);
  button.setAttribute("aria-pressed", String(Boolean(value)));
  button.dataset.said = value ?? "";
  if (scale && value) button.setAttribute("aria-label", `${nameOf(film)}: ${t(value === "loved" ? "wall.loved" : "wall.disliked")}`);
  else button.removeAttribute("aria-label");
}

function filmButton(film) {
  const button = el("button", { class: "love", type: "button", onclick: () => toggle(film, button) }, poster(film, { loading: null }), el("span", {}, nameOf(film)));
  showSaid(button, film);
  return button;
}

function drawFoot() {
  const others = el("button", { class: "quiet", type: "button", onclick: guarded(async () => { await showNext(); $("wall-title").focus(); }) }, t("wall.others"));
  const done = el("button", { class: said.size ? "solid" : "quiet", type: "button", id: "wall-done", onclick: end }, said.size ? t("wall.done", { count: said.size }) : t("wall.skip"));
  if (foot.children.length) foot.lastChild.replaceWith(done); // the focus may be on the other button
  else foot.append(others, done);
}

// A tap shows at once, and is taken back if it cannot be stored.
const toggle = guarded(async (film, button) => {
  const show = (value) => {
    if (value) said.set(film.id, value);
    else said.delete(film.id);
    showSaid(button, film);
    drawFoot();
  };
  const before = said.get(film.id);
  const value = before === verdict ? undefined : verdict;
  show(value);
  try {
    if (!value) await unrate(film.id);
    else if (scale) await rate(film.id, starsOf(value));
    else await watch(film.id);
  } catch (error) {
    show(before);
    throw error;
  }
  onChange();
});

function end() {
  closeWall();
  onEnd();
}
