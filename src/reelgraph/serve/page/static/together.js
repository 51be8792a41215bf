// Tonight, together. The others' favourites stay in this browser, and go with each question.

import { get, guarded, me, together } from "./api.js";
import { $, el, icon, plural, poster, scale, svg, year } from "./dom.js";
import { searching } from "./shell.js";

const COLOURS = ["#ffb43a", "#6fb7e9", "#7fd1a0", "#f08f7a", "#c39be8", "#e7d66b", "#f29ac4", "#9fb3c8"];
const KEY = "together";
const ME = "You";
let people = [];
let mine = null;
let chosen = null;

function load() {
  try { people = JSON.parse(localStorage.getItem(KEY) ?? "[]"); } catch { people = []; }
  if (!Array.isArray(people)) people = [];
}
function keep() { try { localStorage.setItem(KEY, JSON.stringify(people)); } catch { /* for this visit, then */ } }

const everybody = () => [...(mine ? [{ name: ME, loves: mine, me: true }] : []), ...people];
const colour = (name) => COLOURS[everybody().findIndex((one) => one.name === name) % COLOURS.length];

function seat(one) {
  const how = one.me ? plural(one.loves, "film rated", "films rated") : one.loves.length ? plural(one.loves.length, "favourite") : "pick favourites";
  const face = el("span", { class: "face", "aria-hidden": "true" }, [...one.name][0].toUpperCase());
  face.style.background = colour(one.name);
  return el("li", { class: "seat" }, face,
    one.me ? el("span", {}, el("b", {}, one.name), el("small", {}, how)) : el("button", { class: "who", type: "button", onclick: () => taste(one.name) }, one.name, el("small", {}, how)),
    el("button", { class: "tool", type: "button", "aria-label": `${one.name} does not watch`, onclick: () => leave(one) }, icon("no")));
}

function leave(one) {
  if (one.me) mine = null;
  else people = people.filter((other) => other !== one);
  if (chosen === one.name) close();
  keep();
  draw();
}

function close() { chosen = null; $("tasting").hidden = true; }

const draw = guarded(async () => {
  $("seats").replaceChildren(...everybody().map(seat));
  const ready = everybody().filter((one) => one.me || one.loves.length);
  $("alone").hidden = ready.length >= 2;
  $("evening").hidden = ready.length < 2;
  if (ready.length >= 2) await evening(ready);
});

async function evening(ready) {
  const how = document.querySelector("input[name=how]:checked").value;
  const others = Object.fromEntries(ready.filter((one) => !one.me).map((one) => [one.name, Object.fromEntries(one.loves.map((film) => [film.id, scale.high]))]));
  const found = await together({ people: others, me: ready.some((one) => one.me) ? ME : null, how, n: 8 });
  const tint = (name) => { const dot = el("i", { "aria-hidden": "true" }); dot.style.background = colour(name); return dot; };
  $("gives").replaceChildren(el("ul", { class: "gives" }, found.people.map((one) => el("li", {}, tint(one.name), el("b", {}, one.name), ` ${up(one, found.items.length)}`))));
  $("shared").replaceChildren(...found.items.map(line));
}

function up(one, many) {
  const you = one.name === ME;
  const verb = you ? "give" : "gives";
  const kept = one.kept ? `, ${you ? "keep" : "keeps"} ${one.kept} of ${you ? "your" : "their"} own ${many}` : "";
  return (one.share < 0.005 ? `${verb} up nothing` : `${verb} up ${Math.round(100 * one.share)} %`) + kept;
}

function line(one) {
  return el("li", {}, el("a", { href: one.film.page, tabindex: -1, "aria-hidden": "true" }, poster(one.film)),
    el("div", {}, el("h3", {}, el("a", { href: one.film.page }, one.film.title)),
      el("p", { class: "meta" }, [one.film.year || null, ...one.film.genres.slice(0, 3)].filter(Boolean).join(" · ")),
      el("ul", { class: "voices" }, one.voices.map((voice) => {
        const bar = svg("rect", { width: Math.max(1, 100 * voice.level), height: 8 });
        bar.style.fill = colour(voice.name);
        return el("li", { class: "voice" }, el("p", {}, el("span", {}, voice.name), el("small", {}, voice.because ? `for ${voice.because}` : `number ${voice.rank} of ${voice.name === ME ? "your" : "their"} own`)),
          svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": `${Math.round(100 * voice.level)} % of their own favourites, number ${voice.rank} of their own list` }, svg("rect", { class: "track", width: 100, height: 8 }), bar));
      }))));
}

const taste = guarded(async (name) => {
  chosen = name;
  $("tasting").hidden = false;
  $("tasting-title").textContent = `What ${name} loves`;
  const one = people.find((other) => other.name === name);
  const films = await get("/api/me/questions", { n: 21, loved: one.loves.map((film) => film.id), anybody: true });
  shelf(one, [...one.loves, ...films.filter((film) => !one.loves.some((other) => other.id === film.id))]);
  $("tasting-title").scrollIntoView({ behavior: "smooth", block: "center" });
});

function shelf(one, films) {
  $("loves").replaceChildren(...films.map((film) => el("li", {}, el("button", { class: "love", type: "button", "aria-pressed": String(one.loves.some((other) => other.id === film.id)), onclick: (event) => love(one, film, event.currentTarget) }, poster(film), `${film.title}${year(film)}`))));
}

function love(one, film, button) {
  const had = one.loves.some((other) => other.id === film.id);
  one.loves = had ? one.loves.filter((other) => other.id !== film.id) : [...one.loves, film];
  button?.setAttribute("aria-pressed", String(!had));
  keep();
  draw();
}

$("adding").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) return;
  if (!everybody().some((one) => one.name === name) && people.length < 7) people.push({ name, loves: [] });
  $("name").value = "";
  keep();
  draw();
  if (people.some((one) => one.name === name)) taste(name);
});
$("done").addEventListener("click", close);
document.querySelectorAll("input[name=how]").forEach((input) => input.addEventListener("change", () => draw()));
searching($("love-search"), $("love-found"), (film) => {
  const one = people.find((other) => other.name === chosen);
  if (!one) return;
  if (!one.loves.some((other) => other.id === film.id)) love(one, film);
  taste(chosen);
});

guarded(async () => {
  load();
  const known = await me();
  mine = known.rated.length || null;
  await draw();
})();
