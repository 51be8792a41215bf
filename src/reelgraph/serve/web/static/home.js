// The home page: interview, import, live picks.

import { connection, count, get } from "./api.js";
import { apply } from "./changes.js";
import { $, change, el, icon, poster, prediction, scale, toast } from "./dom.js";
import { setUpFilters } from "./filters.js";
import { genres, rich, stars, t } from "./i18n.js";
import { guarded, load } from "./load.js";
import { openReport, undecidedIds } from "./open_report.js";
import { setUpWords } from "./say.js";
import { startOf, starInput, watchedInput } from "./stars.js";
import { stored } from "./stored.js";
import { followTabs } from "./tabs.js";
import { marked, NOTHING, rated, unrated } from "./waiting.js";
import { closeWall, isWallOpen, loadWall, setUpWall } from "./wall.js";
import { loadReasons, sentence } from "./why.js";
import "./shell.js";

const INTERVIEW_LENGTH = 8; // answers
const STEP = 10; // picks at a time
const MAX_PICKS = 96;
let filmCount = 0; // films that the visitor rated or saw
let listLength = STEP;
let list = null; // the answer of the service that is shown
let asked = {}; // what the scores of the list come from beside the films
let question = null; // the film of the interview
let isComplete = false; // whether the last refresh has filled everything

const notSeen = stored("not-seen", []);
const interviewOpen = stored("interview", null); // opened or closed by the visitor; null leaves it to the number of ratings

// Show the wall or the interview, or neither; returns which.
async function updateHero(signal) {
  const counts = await count(signal);
  filmCount = counts.rated + counts.seen;
  if (counts.ask) import("./evening.js").then((evening) => evening.askOnPage()).catch(() => {});
  const isWall = isWallOpen(filmCount);
  const isDone = !isWall && (interviewOpen.get() === null ? filmCount >= INTERVIEW_LENGTH : filmCount > 0 && !interviewOpen.get());
  $("slim").hidden = !isDone;
  const taught = rich("home.taught", { count: filmCount, link: (...text) => el("a", { href: "/taste" }, ...text) });
  $("slim-text").replaceChildren(...taught, counts.rated && counts.seen ? ` ${t("home.taught_unrated", { count: counts.seen })}` : "");
  $("hero").hidden = isDone;
  $("hero").classList.toggle("walled", isWall);
  $("hero").classList.toggle("taught", filmCount > 0);
  $("wall").hidden = !isWall;
  $("interview").hidden = isWall;
  return isDone ? null : isWall ? "wall" : "interview";
}

function refresh() {
  isComplete = false;
  return load([$("picks"), $("interview"), $("wall")], async (signal) => {
    const step = await updateHero(signal);
    await Promise.all([loadPicks(signal), step === "wall" ? loadWall(signal) : step && loadQuestion(signal)]);
    isComplete = true;
  });
}

function progress() {
  const dots = Array.from({ length: INTERVIEW_LENGTH }, (_, index) => el("i", { class: index < filmCount ? "on" : null }));
  return el("div", { class: "progress", role: "img", "aria-label": t("home.progress", { done: Math.min(filmCount, INTERVIEW_LENGTH), all: INTERVIEW_LENGTH }) }, dots);
}

async function loadQuestion(signal) {
  const [film] = await get("/api/me/questions", { n: 1, not_seen: notSeen.get() }, signal);
  const box = $("interview");
  if (!film) { box.replaceChildren(el("p", { class: "hint" }, t(connection.isOpen ? "home.no_question" : "home.no_question_offline"))); return; }
  if (question?.id === film.id) { box.querySelector(".progress")?.replaceWith(progress()); return; }
  question = film;
  const hadFocus = box.contains(document.activeElement);
  box.replaceChildren(questionCard(film));
  box.setAttribute("aria-busy", "false"); // it can be answered while the picks are still loading
  if (hadFocus) startOf(box).focus();
}

function questionCard(film) {
  const before = { ...NOTHING, seen: film.watched };
  const answer = guarded(async (work) => {
    if (node.hasAttribute("aria-busy")) return undefined; // the second click of a double click
    node.setAttribute("aria-busy", "true");
    try { return await work(); } finally { node.removeAttribute("aria-busy"); }
  });
  const askNext = async () => {
    if (question?.id === film.id) question = null; // draw the card anew even if the same film is asked for again
    await refresh();
  };
  const give = (change, text) => answer(() => apply({ id: film.id, before, changes: [change], text: t("film.said", { title: film.title, text }), refresh: askNext }));
  const input = scale
    ? starInput({ label: t("film.rate", { title: film.title }), big: true, give: (value) => give(rated(value), t("film.stars", { stars: stars(value) })) })
    : watchedInput({ label: t("film.have_seen", { title: film.title }), big: true, give: () => give(rated(), t("action.watched")) });
  const unskip = guarded(async () => { notSeen.set(notSeen.get().filter((id) => id !== film.id)); await askNext(); });
  const skip = (event) => event.detail < 2 && answer(async () => {
    notSeen.set([...notSeen.get(), film.id].slice(-300));
    toast(t("toast.skipped", { title: film.title }), { undo: unskip });
    await askNext();
  });
  const node = el("div", { class: "question" },
    el("div", { class: "stack" }, poster(film, { loading: null, width: 172, height: 258 })),
    el("div", { class: "ask" },
      el("div", { class: "words2" }, progress(), el("p", { class: "eyebrow" }, t(film.watched ? "home.ask_watched" : filmCount ? "home.ask_next" : "home.ask")),
        el("h2", {}, film.title), el("p", { class: "meta" }, [film.year || null, ...genres(film.genres)].filter(Boolean).join(" · "))),
      el("div", { class: "wide2" }, input),
      el("div", { class: "row wide2" }, el("button", { class: "quiet", type: "button", id: "not-seen", onclick: skip }, t(film.watched ? "home.ask_other" : "home.not_seen")),
        filmCount >= 3 && el("button", { class: "link", type: "button", onclick: closeInterview }, t("home.enough")))));
  return node;
}

function closeInterview() {
  interviewOpen.set(false);
  $("hero").hidden = true;
  $("slim").hidden = false;
  $("picks-title").scrollIntoView({ behavior: "smooth", block: "start" });
}

const readFilters = setUpFilters(() => { listLength = STEP; reloadPicks(); });
const phrase = setUpWords(() => $("filter-form").dispatchEvent(new Event("input"))); // as a change of the filters

// Load the list alone; everything if a refresh is under way or has failed, because this load takes its place.
const reloadPicks = () => (isComplete ? load([$("picks")], loadPicks) : refresh());

async function loadPicks(signal) {
  const filters = { ...readFilters(), ...phrase.read() };
  list = await get("/api/me/picks", { n: listLength, ...filters, exclude: undecidedIds() }, signal);
  asked = Object.fromEntries(Object.entries(filters).filter(([name]) => ["recent", "words", "language"].includes(name)));
  const pairs = Object.entries(filters).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  $("download").href = `/api/me/picks.csv?${new URLSearchParams([["n", "50"], ...pairs])}`;
  await phrase.show(list.words);
  await change(drawPicks);
}

function drawPicks() {
  const box = $("picks");
  $("picks-title").textContent = t(list.personal ? "picks.yours" : "picks.everybody");
  const note = list.personal || list.rated || list.seen ? list.note : t("picks.until");
  $("picks-note").textContent = list.items.length ? note : "";
  $("picks-order").hidden = !list.mixed_order || !list.items.length;
  const cardsBefore = new Map([...box.children].filter((node) => node.dataset.id).map((node) => [node.dataset.id, node]));
  const focusedId = document.activeElement?.closest?.(".pick")?.dataset.id;
  const focusedIndex = focusedId ? [...cardsBefore.keys()].indexOf(focusedId) : -1;
  const isOpen = (film) => Boolean(cardsBefore.get(film.id)?.querySelector("[aria-expanded='true']"));
  const cards = list.items.map((pick) => card(pick, isOpen(pick.film)));
  box.replaceChildren(...(cards.length ? cards : [el("p", { class: "empty" }, emptyText())]));
  $("more").hidden = !list.more || listLength >= MAX_PICKS;
  if (focusedIndex >= 0 && cards.length) (cards[Math.min(focusedIndex, cards.length - 1)].querySelector("h3 a")).focus({ preventScroll: true });
}

function emptyText() {
  const { year_from: from, year_to: to } = readFilters();
  return from > to ? t("picks.no_year", { from: String(from), to: String(to) }) : list.note;
}

function card(pick, isOpen) {
  const { film } = pick;
  const reasons = el("div", { class: "whybox", hidden: true });
  const { button, toggle } = whyButton(film, reasons);
  const because = sentence(pick) ?? el("p", { class: "because" });
  if (list.personal) because.append(" ", button);
  const article = el("article", { class: "pick", "data-id": film.id },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", { class: "body" },
      el("h3", {}, el("a", { href: film.page }, film.title), pick.new && el("span", { class: "badge" }, t("picks.new"))),
      el("p", { class: "meta" }, [film.year || null, ...genres(film.genres.slice(0, 3))].filter(Boolean).join(" · ")),
      prediction(pick.predicted), because),
    actions(pick),
    reasons);
  article.style.viewTransitionName = `film-${film.id.replace(/[^A-Za-z0-9_-]/g, (letter) => `_${letter.codePointAt(0)}`)}`;
  if (isOpen) toggle();
  return article;
}

// A button that shows the reasons of a pick in a box, and hides them again.
function whyButton(film, box) {
  const button = el("button", { class: "link", type: "button", "aria-expanded": "false", "aria-label": t("picks.why_film", { title: film.title }), onclick: () => toggle() }, t("picks.why"));
  const isExpanded = () => button.getAttribute("aria-expanded") === "true";
  const setExpanded = (value) => button.setAttribute("aria-expanded", String(value));
  const setVisible = (value) => change(() => { box.hidden = !value; box.closest(".pick").classList.toggle("open", value); });
  const toggle = guarded(async () => {
    setExpanded(!isExpanded());
    if (!isExpanded()) { await setVisible(false); return; }
    let nodes;
    try { nodes = await loadReasons(film.id, asked); } catch (error) { setExpanded(false); throw error; }
    if (!isExpanded()) return; // closed before the answer
    box.replaceChildren(...nodes);
    await setVisible(true);
  });
  return { button, toggle };
}

const cardOf = (film) => $("picks").querySelector(`[data-id="${CSS.escape(film.id)}"]`);

// The stars, or the button of a film watched, and the marks of a pick. A rating or a mark takes it off the list, and can be undone.
function actions(pick) {
  const { film } = pick;
  const isView = !scale && pick.watched;
  const rating = isView ? null : pick.given ?? undefined;
  const stateNow = () => ({ ...NOTHING, rating, seen: pick.watched && rating === undefined, watchlist: pick.wished });
  const act = (changes, text, shown = { refresh }) => apply({ id: film.id, before: stateNow(), changes, text: t("film.said", { title: film.title, text }), box: cardOf(film), ...shown });
  const recommendation = list.recommendation_id;
  const give = (value) => act([rated(value, { recommendation })], t("film.stars", { stars: stars(value) }));
  const setWatched = (isWatched) => (isWatched ? act([rated(null, { recommendation })], t("action.watched")) : act([unrated(), marked("seen", false)], t("action.not_watched")));
  const input = scale
    ? starInput({ label: t("film.rate", { title: film.title }), value: pick.given, give })
    : watchedInput({ label: t("film.have_seen", { title: film.title }), value: pick.watched, give: setWatched });
  const setMark = (kind, text) => act([marked(kind)], text);
  const toggleWatchlist = async (event) => {
    const button = event.currentTarget;
    const isWished = !pick.wished;
    const show = (value) => { pick.wished = value; button.setAttribute("aria-pressed", String(value)); };
    const result = act([marked("watchlist", isWished)], t(isWished ? "action.wished" : "action.unwished"), { refresh: () => {}, undone: () => show(!isWished) });
    show(isWished); // at once
    if (!(await result)) show(!isWished);
  };
  const tool = (iconName, label, onclick, pressed = null) => el("button", { class: "tool", type: "button", title: label, "aria-label": t("action.of", { action: label, title: film.title }), "aria-pressed": pressed, onclick }, icon(iconName), el("span", { class: "toolname" }, label));
  return el("div", { class: "acts" },
    input,
    el("div", { class: "tools" }, tool("mark", t("action.watchlist"), toggleWatchlist, String(pick.wished)), scale && tool("eye", t("action.seen_it"), () => setMark("seen", t("action.seen"))), tool("no", t("action.not_interested"), () => setMark("not-interested", t("action.refused")))));
}

// After an import the picks take the place of the wall and the interview.
const importHooks = {
  taken: () => { closeWall(); interviewOpen.set(false); listLength = STEP; return refresh(); },
  change: refresh,
};
const importFile = guarded(async (file) => { if (file) await (await import("./after_import.js")).importFile(file, importHooks); });

function acceptFiles() {
  const { classList } = document.documentElement;
  let timer = 0;
  $("export").addEventListener("change", (event) => { importFile(event.target.files[0]); event.target.value = ""; });
  addEventListener("dragover", (event) => { event.preventDefault(); classList.add("dropping"); clearTimeout(timer); timer = setTimeout(() => classList.remove("dropping"), 200); });
  addEventListener("drop", (event) => { event.preventDefault(); classList.remove("dropping"); importFile(event.dataTransfer.files[0]); });
}

acceptFiles();
if (openReport.get()) import("./after_import.js").then((module) => module.restoreReport(importHooks));
setUpWall({
  change: refresh,
  end: () => refresh().then(() => {
    if ($("hero").hidden) $("picks-title").scrollIntoView({ behavior: "smooth", block: "start" });
    else if (!$("interview").contains(document.activeElement)) $("interview").focus(); // it is answered already
  }),
});
$("more").addEventListener("click", () => { listLength = Math.min(listLength + STEP, MAX_PICKS); reloadPicks(); });
$("more-questions").addEventListener("click", () => { interviewOpen.set(true); question = null; refresh().then(() => $("hero").scrollIntoView({ behavior: "smooth", block: "center" })); });

// After the way back from a film, or a reload, the list is as long as before and scrolled to the same place.
const lastView = stored("left", null);
const navigation = performance.getEntriesByType("navigation")[0]?.type;
const view = navigation === "back_forward" || navigation === "reload" ? lastView.get() : null;
const isSameList = view?.search === location.search;
if (isSameList) { listLength = view.shown; history.scrollRestoration = "manual"; }
addEventListener("pagehide", () => lastView.set({ search: location.search, shown: listLength, top: scrollY }));
followTabs(refresh);
refresh().then(() => { if (isSameList) scrollTo({ top: view.top, behavior: "instant" }); });
