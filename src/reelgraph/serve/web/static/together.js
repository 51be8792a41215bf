// Tonight, together. The others' favourites stay in this browser, and go with each question.

import { get, me, together } from "./api.js";
import { $, el, icon, plural, poster, scale, svg, toast, year } from "./dom.js";
import { load } from "./load.js";
import { searching } from "./shell.js";

const COLOURS = ["#ffb43a", "#6fb7e9", "#7fd1a0", "#f08f7a", "#c39be8", "#e7d66b", "#f29ac4", "#9fb3c8"];
const KEY = "together";
const ME = "You";
const MOST = 7; // beside you
let people = [];
let mine; // how many films I rated; undefined until the service has answered
let away = false; // I do not watch tonight
let chosen = null;

function restore() {
  let found = [];
  try { found = JSON.parse(localStorage.getItem(KEY) ?? "[]"); } catch { /* nobody, then */ }
  const film = (one) => typeof one?.id === "string" && typeof one.title === "string";
  const names = new Set([ME]);
  people = (Array.isArray(found) ? found : []).filter((one) => typeof one?.name === "string" && one.name && Array.isArray(one.loves) && !names.has(one.name) && names.add(one.name))
    .slice(0, MOST).map((one) => ({ name: one.name.slice(0, 40), loves: one.loves.filter(film) }));
}
function keep() { try { localStorage.setItem(KEY, JSON.stringify(people)); } catch { /* for this visit, then */ } }

const everybody = () => [...(mine && !away ? [{ name: ME, loves: mine, me: true }] : []), ...people];
const colour = (name) => COLOURS[everybody().findIndex((one) => one.name === name) % COLOURS.length];

function seat(one) {
  const how = one.me ? plural(one.loves, "film rated", "films rated") : one.loves.length ? plural(one.loves.length, "favourite") : "pick favourites";
  const face = el("span", { class: "face", "aria-hidden": "true" }, [...one.name][0].toUpperCase());
  face.style.background = colour(one.name);
  return el("li", { class: "seat" }, face,
    one.me ? el("span", {}, el("b", {}, one.name), el("small", {}, how)) : el("button", { class: "who", type: "button", onclick: () => taste(one.name) }, one.name, el("small", {}, how)),
    el("button", { class: "tool", type: "button", "aria-label": one.me ? "You do not watch" : `${one.name} does not watch`, onclick: () => leave(one) }, icon("no")));
}

function leave(one) {
  if (one.me) away = true;
  else people = people.filter((other) => other !== one);
  if (chosen === one.name) close();
  keep();
  draw();
}

function close() { chosen = null; $("tasting").hidden = true; }

const draw = () => load([$("trouble")], async (signal) => {
  try { mine ??= (await me(signal)).rated.length; } finally { company(); }
  const ready = watching();
  if (ready.length >= 2) await evening(ready, signal);
});

const watching = () => everybody().filter((one) => one.me || one.loves.length);

function company() {
  const join = mine && away ? [el("li", { class: "seat" }, el("button", { class: "who", type: "button", onclick: () => { away = false; draw(); } }, "You watch, too"))] : [];
  $("seats").replaceChildren(...join, ...everybody().map(seat));
  const enough = watching().length >= 2;
  $("alone").hidden = enough;
  $("evening").hidden = !enough;
}

async function evening(ready, signal) {
  const how = document.querySelector("input[name=how]:checked").value;
  const others = Object.fromEntries(ready.filter((one) => !one.me).map((one) => [one.name, Object.fromEntries(one.loves.map((film) => [film.id, scale.high]))]));
  const found = await together({ people: others, me: ready.some((one) => one.me) ? ME : null, how, n: 8 }, signal);
  if (found.unknown.length) { gone(found.unknown); await draw(); return; }
  const tint = (name) => { const dot = el("i", { "aria-hidden": "true" }); dot.style.background = colour(name); return dot; };
  $("gives").replaceChildren(el("ul", { class: "gives" }, found.people.map((one) => el("li", {}, tint(one.name), el("b", {}, one.name), ` ${up(one, found.items.length)}`))));
  $("shared").replaceChildren(...found.items.map(line));
}

// Favourites that went with an older model.
function gone(ids) {
  for (const one of people) one.loves = one.loves.filter((film) => !ids.includes(film.id));
  toast(`${plural(ids.length, "favourite")} ${ids.length === 1 ? "is" : "are"} not in this catalogue any more.`);
  keep();
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

function taste(name) {
  if (chosen !== name) $("loves").replaceChildren();
  chosen = name;
  $("tasting").hidden = false;
  $("tasting-title").textContent = `What ${name} loves`;
  const one = people.find((other) => other.name === name);
  return load([$("loves")], async (signal) => {
    const films = await get("/api/me/questions", { n: 21, loved: one.loves.map((film) => film.id), anybody: true }, signal);
    shelf(one, [...one.loves, ...films.filter((film) => !one.loves.some((other) => other.id === film.id))]);
    $("tasting-title").scrollIntoView({ behavior: "smooth", block: "center" });
  });
}

function shelf(one, films) {
  $("loves").replaceChildren(el("ul", { class: "loves" }, films.map((film) => el("li", {}, el("button", { class: "love", type: "button", "aria-pressed": String(one.loves.some((other) => other.id === film.id)), onclick: (event) => love(one, film, event.currentTarget) }, poster(film), `${film.title}${year(film)}`)))));
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
  if (name === ME || people.some((one) => one.name === name)) { toast(`${name} is here already; give the other one another name.`); return; }
  if (people.length >= MOST) { toast(`${MOST} beside you are the most.`); return; }
  people.push({ name, loves: [] });
  $("name").value = "";
  keep();
  draw();
  taste(name);
});
$("done").addEventListener("click", close);
document.querySelectorAll("input[name=how]").forEach((input) => input.addEventListener("change", () => draw()));
searching($("love-search"), $("love-found"), (film) => {
  const one = people.find((other) => other.name === chosen);
  if (!one) return;
  if (!one.loves.some((other) => other.id === film.id)) love(one, film);
  taste(chosen);
});

restore();
draw();
