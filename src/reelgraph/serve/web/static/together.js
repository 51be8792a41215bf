// A list for several people. The favourites of the others stay in this browser and are sent with each request.

import { count, get, together } from "./api.js";
import { $, el, icon, poster, scale, svg, toast, year } from "./dom.js";
import { decimal, genres, percent, t } from "./i18n.js";
import { load } from "./load.js";
import { setUpSearch } from "./shell.js";
import { followTabs } from "./tabs.js";

const COLOURS = ["#ffb43a", "#6fb7e9", "#7fd1a0", "#f08f7a", "#c39be8", "#e7d66b", "#f29ac4", "#9fb3c8"];
const STORAGE_KEY = "together";
const ME = t("together.you");
const MAX_OTHERS = 7;
let others = []; // people beside the visitor: { name, loves: films }
let filmCount; // films that the visitor rated or saw; undefined until the service has answered
let isAway = false; // the visitor does not watch
let editedName = null; // whose favourites are shown

function restore() {
  let stored = [];
  try { stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]"); } catch { /* storage may be forbidden or hold no JSON */ }
  const isFilm = (film) => typeof film?.id === "string" && typeof film.title === "string";
  const names = new Set([ME]);
  const isNewPerson = (person) => typeof person?.name === "string" && person.name && Array.isArray(person.loves) && !names.has(person.name) && names.add(person.name);
  others = (Array.isArray(stored) ? stored : []).filter(isNewPerson).slice(0, MAX_OTHERS)
    .map((person) => ({ name: person.name.slice(0, 40), loves: person.loves.filter(isFilm) }));
}

function save() {
  try { localStorage.setItem(STORAGE_KEY, JSON.stringify(others)); } catch { /* storage may be forbidden: until the page is left */ }
}

const everybody = () => [...(filmCount && !isAway ? [{ name: ME, isMe: true }] : []), ...others];
const withTaste = () => everybody().filter((person) => person.isMe || person.loves.length);
const loves = (person, film) => person.loves.some((loved) => loved.id === film.id);
const colour = (name) => COLOURS[everybody().findIndex((person) => person.name === name) % COLOURS.length];

function seat(person) {
  const face = el("span", { class: "face", "aria-hidden": "true" }, [...person.name][0].toUpperCase());
  face.style.background = colour(person.name);
  const favourites = () => (person.loves.length ? t("together.favourites", { count: person.loves.length }) : t("together.pick_favourites"));
  const label = person.isMe
    ? el("span", { class: "who" }, person.name, el("small", {}, t("count.films", { count: filmCount })))
    : el("button", { class: "who", type: "button", onclick: () => editFavourites(person.name) }, person.name, el("small", {}, favourites()));
  const remove = { class: "tool", type: "button", "aria-label": person.isMe ? t("together.you_leave") : t("together.leaves", { name: person.name }), onclick: () => leave(person) };
  return el("li", { class: "seat" }, face, label, el("button", remove, icon("no")));
}

function leave(person) {
  const before = [...others];
  if (person.isMe) isAway = true;
  else others = others.filter((other) => other !== person);
  if (editedName === person.name) closeFavourites();
  save();
  draw();
  const comeBack = () => { if (person.isMe) isAway = false; else others = before; save(); draw(); };
  toast(person.isMe ? t("toast.you_left") : t("toast.left", { name: person.name }), { undo: comeBack });
}

const draw = () => load([$("trouble")], async (signal) => {
  try { filmCount ??= await countFilms(signal); } finally { drawSeats(); }
  const people = withTaste();
  if (people.length >= 2) await drawPicks(people, signal);
});

async function countFilms(signal) {
  const counts = await count(signal);
  return counts.rated + counts.seen;
}

function drawSeats() {
  const comeBack = () => { isAway = false; draw(); };
  const join = filmCount && isAway ? [el("li", { class: "seat" }, el("button", { class: "who", type: "button", onclick: comeBack }, t("together.you_join")))] : [];
  $("seats").replaceChildren(...join, ...everybody().map(seat));
  const isEnough = withTaste().length >= 2;
  $("alone").hidden = isEnough;
  $("evening").hidden = !isEnough;
}

async function drawPicks(people, signal) {
  const how = document.querySelector("input[name=how]:checked").value;
  const ratings = (person) => Object.fromEntries(person.loves.map((film) => [film.id, scale ? scale.high : 1]));
  const ratingsByName = Object.fromEntries(people.filter((person) => !person.isMe).map((person) => [person.name, ratings(person)]));
  const result = await together({ people: ratingsByName, me: people.some((person) => person.isMe) ? ME : null, how, n: 8 }, signal);
  if (result.unknown.length) { removeUnknown(result.unknown); await draw(); return; }
  const dot = (name) => { const mark = el("i", { "aria-hidden": "true" }); mark.style.background = colour(name); return mark; };
  const lines = result.people.map((person) => el("li", {}, dot(person.name), el("b", {}, person.name), ` ${loss(person, result.items.length)}`));
  const hints = { "least-misery": t("together.least_misery_hint"), mean: t("together.mean_hint"), "envy-bounded": t("together.envy_bounded_hint") };
  $("gives").replaceChildren(el("p", { class: "hint" }, hints[how]), el("p", {}, t("together.given_up")), el("ul", { class: "gives" }, lines),
    el("p", { class: "hint" }, t("together.bars", { share: percent(1) })));
  $("shared").replaceChildren(...result.items.map(pickLine));
}

// Favourites that an older model knew and the current one does not.
function removeUnknown(ids) {
  for (const person of others) person.loves = person.loves.filter((film) => !ids.includes(film.id));
  toast(t("together.gone", { count: ids.length }));
  save();
}

// What a person gives up in the shared list, in words.
function loss(person, listLength) {
  const isMe = person.name === ME;
  const share = percent(person.share);
  const loss = person.share < 0.005
    ? t(isMe ? "together.you_give_nothing" : "together.gives_nothing")
    : t(isMe ? "together.you_give" : "together.gives", { share });
  return person.kept ? t(isMe ? "together.you_keep" : "together.keeps", { loss, kept: person.kept, length: listLength }) : loss;
}

function pickLine({ film, voices }) {
  return el("li", {}, el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", {}, el("h3", {}, el("a", { href: film.page }, film.title)),
      el("p", { class: "meta" }, [film.year || null, ...genres(film.genres.slice(0, 3))].filter(Boolean).join(" · ")),
      el("ul", { class: "voices" }, voices.map(voiceLine))));
}

function voiceLine(voice) {
  const bar = svg("rect", { width: Math.max(1, 100 * voice.level), height: 8 });
  bar.style.fill = colour(voice.name);
  const reason = voice.because ? t("together.because", { title: voice.because }) : t(voice.name === ME ? "together.your_rank" : "together.rank", { rank: voice.rank });
  const label = t("together.voice", { share: percent(voice.level), rank: voice.rank });
  const predicted = voice.predicted === null ? "" : `${decimal(voice.predicted, 1)}★, `;
  return el("li", { class: "voice" }, el("p", {}, el("span", {}, voice.name), el("small", {}, `${predicted}${reason}`), el("span", { class: "level", "aria-hidden": "true" }, percent(voice.level))),
    svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": label }, svg("rect", { class: "track", width: 100, height: 8 }), bar));
}

function editFavourites(name) {
  if (editedName !== name) $("loves").replaceChildren();
  editedName = name;
  $("tasting").hidden = false;
  $("tasting-title").textContent = t("together.loves", { name });
  const person = others.find((other) => other.name === name);
  return load([$("loves")], async (signal) => {
    const loved = person.loves.map((film) => film.id);
    const suggestions = await (loved.length ? get("/api/me/questions", { n: 21, loved, anybody: true }, signal) : get("/api/me/wall", { n: 21, anybody: true }, signal));
    drawFavourites(person, [...person.loves, ...suggestions.filter((film) => !loves(person, film))]);
    $("tasting-title").scrollIntoView({ behavior: "smooth", block: "center" });
  });
}

function closeFavourites() { editedName = null; $("tasting").hidden = true; }

function drawFavourites(person, films) {
  const button = (film) => el("button", { class: "love", type: "button", "aria-pressed": String(loves(person, film)), onclick: (event) => toggleLove(person, film, event.currentTarget) }, poster(film), `${film.title}${year(film)}`);
  $("loves").replaceChildren(el("ul", { class: "loves" }, films.map((film) => el("li", {}, button(film)))));
}

function toggleLove(person, film, button) {
  const wasLoved = loves(person, film);
  person.loves = wasLoved ? person.loves.filter((loved) => loved.id !== film.id) : [...person.loves, film];
  button?.setAttribute("aria-pressed", String(!wasLoved));
  save();
  draw();
}

$("adding").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) return;
  if (name === ME || others.some((person) => person.name === name)) { toast(t("together.known_name", { name })); return; }
  if (others.length >= MAX_OTHERS) { toast(t("together.full", { count: MAX_OTHERS })); return; }
  others.push({ name, loves: [] });
  $("name").value = "";
  save();
  draw();
  editFavourites(name);
});
$("done").addEventListener("click", closeFavourites);
document.querySelectorAll("input[name=how]").forEach((input) => input.addEventListener("change", () => draw()));
setUpSearch($("love-search"), $("love-found"), (film) => {
  const person = others.find((other) => other.name === editedName);
  if (!person) return;
  if (!loves(person, film)) toggleLove(person, film);
  editFavourites(editedName);
});

restore();
draw();
followTabs(() => { filmCount = undefined; draw(); });
