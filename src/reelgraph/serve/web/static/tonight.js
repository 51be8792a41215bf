// One film for tonight, by mood, length and who watches; another one on request.

import { get, mark, post, put } from "./api.js";
import { $, el, icon, poster, prediction, scale } from "./dom.js";
import { remember, showQuestion } from "./evening.js";
import { decimal, genres, list, rich, t } from "./i18n.js";
import { complain, guarded, load } from "./load.js";
import "./shell.js";

const WISHES_KEY = "tonight-wishes";
const LENGTHS = { any: {}, 90: { max_minutes: 90 }, 100: { max_minutes: 99 }, 120: { max_minutes: 120 }, long: { min_minutes: 121 } };
const MAX_PEOPLE = 7;
let others = []; // people of "Together": { name, loves: films }

const moodNames = () => ({ any: t("mood.any"), light: t("mood.light"), moving: t("mood.moving"), tense: t("mood.tense"), exciting: t("mood.exciting"), thoughtful: t("mood.thoughtful"), family: t("mood.family") });
const lengthNames = () => ({ any: t("tonight.any_length"), 90: t("tonight.up_to", { minutes: 90 }), 100: t("tonight.under", { minutes: 100 }), 120: t("tonight.up_to", { minutes: 120 }), long: t("tonight.longer", { minutes: 120 }) });

function restore() {
  let people = [];
  let wishes = {};
  try {
    people = JSON.parse(localStorage.getItem("together") ?? "[]");
    wishes = JSON.parse(sessionStorage.getItem(WISHES_KEY) ?? "{}");
  } catch { /* storage may be forbidden or hold no JSON */ }
  const isPerson = (person) => typeof person?.name === "string" && person.name && Array.isArray(person.loves) && person.loves.some((film) => typeof film?.id === "string");
  others = (Array.isArray(people) ? people : []).filter(isPerson).slice(0, MAX_PEOPLE);
  return wishes && typeof wishes === "object" ? wishes : {};
}

function save() {
  const wishes = { mood: chosen("mood"), length: chosen("length"), people: checkedPeople() };
  try { sessionStorage.setItem(WISHES_KEY, JSON.stringify(wishes)); } catch { /* storage may be forbidden */ }
}

const chosen = (name) => document.querySelector(`input[name=${name}]:checked`)?.value ?? "any";
const checkedPeople = () => [...document.querySelectorAll("input[name=person]:checked")].map((input) => input.value);

function option(type, name, value, text, checked) {
  return el("label", { class: "option" }, el("input", { type, name, value, checked }), el("span", {}, text));
}

function drawWishes(state, wishes) {
  const names = moodNames();
  const moods = ["any", ...state.moods.map((mood) => mood.name)];
  const mood = moods.includes(wishes.mood) ? wishes.mood : "any";
  $("moods").hidden = moods.length < 2;
  $("mood-options").replaceChildren(...moods.map((name) => option("radio", "mood", name, names[name], name === mood)));
  const length = state.with_length && wishes.length in LENGTHS ? String(wishes.length) : "any";
  $("lengths").hidden = !state.with_length;
  $("length-options").replaceChildren(...["any", "90", "100", "120", "long"].map((name) => option("radio", "length", name, lengthNames()[name], name === length)));
  $("length-hint").hidden = state.with_length === state.films;
  $("length-hint").textContent = state.with_length ? t("tonight.some_lengths", { known: state.with_length, films: state.films }) : t("tonight.no_lengths");
  const people = wishes.people ?? [""];
  $("people").replaceChildren(option("checkbox", "person", "", t("tonight.you"), people.includes("")), ...others.map((person) => option("checkbox", "person", person.name, person.name, people.includes(person.name))));
}

function request() {
  const watching = checkedPeople();
  const ratings = (person) => Object.fromEntries(person.loves.map((film) => [film.id, scale ? scale.high : 1]));
  const people = Object.fromEntries(others.filter((person) => watching.includes(person.name)).map((person) => [person.name, ratings(person)]));
  const mood = chosen("mood");
  return { mood: mood === "any" ? null : mood, ...LENGTHS[chosen("length")], people, me: watching.includes("") };
}

function showFilm(tonight) {
  if (!tonight) {
    $("film").replaceChildren(el("p", { class: "empty" }, t("tonight.none_left")));
    return;
  }
  const { film, because, voices } = tonight;
  const facts = [film.year || null, tonight.runtime ? t("film.minutes", { minutes: tonight.runtime }) : null, ...genres(film.genres.slice(0, 3))];
  const loved = because.map((reason) => reason.title);
  let wished = tonight.wished;
  const wish = guarded(async () => {
    await mark("watchlist", film.id, !wished);
    wished = !wished;
    watchlist.setAttribute("aria-pressed", String(wished));
  });
  const choose = el("button", { class: "solid", id: "choose", type: "button", onclick: guarded(async () => {
    choose.disabled = true;
    try { await put("/api/me/tonight/answer", { item_id: film.id, at: tonight.at, outcome: "chosen" }); } catch (error) { choose.disabled = false; throw error; }
    showChosen();
  }) }, t(tonight.company > 1 ? "tonight.choose_together" : "tonight.choose"));
  const decision = el("div", { role: "status" });
  const showChosen = () => {
    choose.remove();
    decision.replaceChildren(el("p", { class: "note" }, el("b", {}, t("tonight.chosen")), " ", t("tonight.chosen_ask")));
  };
  const watchlist = el("button", { class: "quiet", type: "button", "aria-pressed": String(wished), onclick: wish }, icon("mark"), t("tonight.watchlist"));
  $("film").replaceChildren(el("article", { class: "onefilm", "data-id": film.id },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film, { width: 240, height: 360, loading: "eager" })),
    el("div", { class: "onebody" },
      el("p", { class: "eyebrow" }, tonight.company > 1 ? t("tonight.for_people", { count: tonight.company }) : t("tonight.for_you")),
      el("h2", { tabindex: -1 }, el("a", { href: film.page }, film.title)),
      el("p", { class: "meta" }, facts.filter(Boolean).join(" · ")),
      prediction(tonight.predicted),
      loved.length ? el("p", { class: "because" }, t("tonight.because", { films: list(loved) })) : null,
      voices.length ? el("ul", { class: "voicelist" }, voices.map(voice)) : null,
      tonight.fitting === null ? null : el("p", { class: "hint" }, t("tonight.fitting", { count: tonight.fitting })),
      decision,
      el("div", { class: "row" }, choose, el("button", { class: "quiet", id: "another", type: "button", onclick: () => find() }, icon("again"), t("tonight.another")), watchlist,
        el("a", { class: "quiet", href: film.page }, t("tonight.more"))))));
  if (tonight.chosen) showChosen();
}

// "Ann: 4.1★, because of Heat"
function voice({ name, rank, because, stars }) {
  const reason = because ? t("tonight.voice_because", { film: because }) : t(name ? "tonight.voice_rank" : "tonight.own_rank", { rank });
  const parts = stars === null ? [reason] : [el("b", {}, `${decimal(stars, 1)}★`), ", ", reason];
  return el("li", {}, `${name || t("tonight.you")}: `, parts);
}

async function find() {
  if (!checkedPeople().length) { complain(new Error(t("tonight.nobody"))); return; }
  save();
  const buttons = [$("find"), $("another")].filter(Boolean);
  buttons.forEach((button) => { button.disabled = true; });
  $("film").setAttribute("aria-busy", "true");
  try {
    const { tonight } = await post("/api/me/tonight", request());
    showFilm(tonight);
    if (tonight) remember(tonight.at);
    if (navigator.serviceWorker?.controller) get("/api/me/tonight").catch(() => {}); // kept for a start without a connection
    $("film").scrollIntoView({ behavior: "smooth", block: "nearest" });
    $("film").querySelector("h2")?.focus({ preventScroll: true });
  } catch (error) {
    complain(error);
    buttons.forEach((button) => { button.disabled = false; });
  } finally {
    $("find").disabled = false;
    $("film").setAttribute("aria-busy", "false");
  }
}

$("wishes").addEventListener("submit", (event) => { event.preventDefault(); find(); });

const wishes = restore();
load([$("wishes"), $("film")], async (signal) => {
  const state = await get("/api/me/tonight", {}, signal);
  drawWishes(state, wishes);
  showQuestion($("ask"), state.ask);
  if (state.tonight) showFilm(state.tonight);
});
