// The first page: interview, import, live picks.

import { count, get, importExport, mark, rate, unrate } from "./api.js";
import { $, change, el, guess, icon, number, plural, poster, stars, starInput, toast, year } from "./dom.js";
import { filtering } from "./filters.js";
import { guarded, load } from "./load.js";
import { explained, sentence } from "./why.js";
import "./shell.js";

const WANTED = 8; // answers of an interview
const STEP = 12; // picks at a time
const MOST = 96;
const SERVICES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", netflix: "Netflix" };
let rated = 0;
let shown = STEP;
let busy = false;
let list = null;
let asking = null;
let complete = false; // has the last refresh filled everything?

// In this tab only, and where nothing can be kept, for this page.
function keeping(name, otherwise) {
  let here = otherwise;
  return {
    get: () => { try { return JSON.parse(sessionStorage.getItem(name)) ?? here; } catch { return here; } },
    set: (value) => { here = value; try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* here, then */ } },
  };
}
const notSeen = keeping("not-seen", []);
const open = keeping("interview", null); // is the interview wanted, whatever was taught?

async function taught(signal) {
  rated = (await count(signal)).rated;
  const done = open.get() === null ? rated >= WANTED : rated > 0 && !open.get();
  $("slim").hidden = !done;
  $("slim-text").replaceChildren("Taught by ", el("a", { href: "/taste" }, plural(rated, "film")), ".");
  $("hero").hidden = done;
  return done;
}

function refresh() {
  complete = false;
  return load([$("picks"), $("interview")], async (signal) => {
    const done = await taught(signal);
    await Promise.all([picks(signal), done ? null : ask(signal)]);
    complete = true;
  });
}

function progress() {
  const dots = Array.from({ length: WANTED }, (_, place) => el("i", { class: place < rated ? "on" : null }));
  return el("div", { class: "progress", role: "img", "aria-label": `${Math.min(rated, WANTED)} of ${WANTED} films rated` }, dots);
}

async function ask(signal) {
  const box = $("interview");
  const focused = box.contains(document.activeElement);
  const [film] = await get("/api/me/questions", { n: 1, not_seen: notSeen.get() }, signal);
  if (!film) { box.replaceChildren(el("p", { class: "hint" }, "There is nothing left to ask.")); return; }
  if (asking?.id === film.id) { box.querySelector(".progress")?.replaceWith(progress()); return; }
  asking = film;
  const next = guarded(async (work) => {
    if (busy) return; // the second one of a double click
    busy = true;
    try { await work(); asking = null; await refresh(); } finally { busy = false; }
  });
  const give = (value) => next(() => rate(film.id, value));
  const skip = () => next(async () => notSeen.set([...notSeen.get(), film.id].slice(-300)));
  box.replaceChildren(el("div", { class: "question" },
    el("div", { class: "stack" }, poster(film, { loading: null, width: 172, height: 258 })),
    el("div", { class: "ask" },
      el("div", { class: "words2" }, progress(), el("p", { class: "eyebrow" }, rated ? "And this one?" : "Have you seen this?"),
        el("h2", {}, film.title), el("p", { class: "meta" }, [film.year || null, ...film.genres].filter(Boolean).join(" · "))),
      el("div", { class: "wide2" }, starInput({ label: `Rate ${film.title}`, big: true, give })),
      el("div", { class: "row wide2" }, el("button", { class: "quiet", type: "button", id: "not-seen", onclick: skip }, "Haven't seen it"),
        rated >= 3 && el("button", { class: "link", type: "button", onclick: () => { open.set(false); finish(); } }, "Enough for now")))));
  if (focused) (box.querySelector(".stars [tabindex='0']") ?? box).focus();
}

function finish() {
  $("hero").hidden = true;
  $("slim").hidden = false;
  $("picks-title").scrollIntoView({ behavior: "smooth", block: "start" });
}

const wanted = filtering(() => { shown = STEP; more(); });

// The list alone; everything while a refresh is under way or has failed, as this load takes its place.
const more = () => (complete ? load([$("picks")], picks) : refresh());

async function picks(signal) {
  const filters = wanted();
  list = await get("/api/me/picks", { n: shown, ...filters }, signal);
  const pairs = Object.entries(filters).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  $("download").href = `/api/me/picks.csv?${new URLSearchParams([["n", "50"], ...pairs])}`;
  await change(() => show($("picks")));
}

function show(box) {
  $("picks-title").textContent = list.rated ? "Your picks" : "What everybody watches";
  const note = list.rated ? list.note : "Until you rate something, these are the most rated films.";
  $("picks-note").textContent = list.items.length ? note : "";
  const kept = new Map([...box.children].filter((one) => one.dataset.id).map((one) => [one.dataset.id, one]));
  const held = document.activeElement?.closest?.(".pick")?.dataset.id;
  const place = held ? [...kept.keys()].indexOf(held) : -1;
  const cards = list.items.map((one) => {
    const opened = kept.get(one.film.id)?.querySelector("[aria-expanded='true']");
    return card(one, Boolean(opened));
  });
  box.replaceChildren(...cards);
  if (!cards.length) box.replaceChildren(el("p", { class: "empty" }, empty()));
  $("more").hidden = !list.more || shown >= MOST;
  if (place >= 0 && cards.length) (cards[Math.min(place, cards.length - 1)].querySelector("h3 a")).focus({ preventScroll: true });
}

function empty() {
  const { year_from: from, year_to: to } = wanted();
  return from > to ? `No year is from ${from} on and up to ${to}: turn the two round.` : "No film fits these filters. Take one away, and there will be more.";
}

function card(pick, opened) {
  const { film } = pick;
  const said = (text, undo) => toast(text, { undo: guarded(async () => { await undo(); await refresh(); }) });
  const after = guarded(async (work, text, undo) => { await work(); said(text, undo); await refresh(); });
  // What takes a film off the watchlist puts it back there when it is undone.
  const undoing = (work, wished) => async () => { await work(); if (wished) await mark("watchlist", film.id); };
  const give = (value) => after(() => rate(film.id, value, list.recommendation_id), `${film.title}: ${stars(value)}★`, undoing(() => (pick.given === null ? unrate(film.id) : rate(film.id, pick.given)), pick.wished));
  const put = (kind, text) => after(() => mark(kind, film.id), `${film.title}: ${text}`, undoing(() => mark(kind, film.id, false), pick.wished && kind === "not-interested"));
  const box = el("div", { class: "whybox", hidden: true });
  const button = el("button", { class: "link", type: "button", "aria-expanded": "false", "aria-label": `Why ${film.title}?`, onclick: () => toggle() }, "Why?");
  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  const expand = (open) => button.setAttribute("aria-expanded", String(open));
  const toggle = guarded(async () => {
    expand(!isOpen());
    if (!isOpen()) { await change(() => { box.hidden = true; made.classList.remove("open"); }); return; }
    let parts;
    try { parts = await explained(film.id); } catch (error) { expand(false); throw error; }
    if (isOpen()) await change(() => { box.replaceChildren(...parts); box.hidden = false; made.classList.add("open"); });
  });
  const tool = (name, label, work, pressed) => el("button", { class: "tool", type: "button", title: label, "aria-label": `${label}: ${film.title}`, "aria-pressed": pressed === undefined ? null : String(pressed), onclick: work }, icon(name));
  const wish = guarded(async (event) => {
    const wished = !pick.wished;
    await mark("watchlist", film.id, wished);
    pick.wished = wished; // not turned round: two clicks in a row have sent the same
    event.target.closest("button").setAttribute("aria-pressed", String(pick.wished));
    toast(pick.wished ? `${film.title}: on your watchlist` : `${film.title}: off your watchlist`);
  });
  const because = sentence(pick) ?? el("p", { class: "because" });
  if (list.rated) because.append(" ", button);
  const made = el("article", { class: "pick", "data-id": film.id },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", { class: "body" },
      el("h3", {}, el("a", { href: film.page }, film.title), pick.new && el("span", { class: "badge" }, "new here")),
      el("p", { class: "meta" }, [film.year || null, ...film.genres.slice(0, 3)].filter(Boolean).join(" · ")),
      guess(pick.predicted), because),
    el("div", { class: "acts" },
      starInput({ label: `Rate ${film.title}`, value: pick.given, give }),
      el("div", { class: "tools" }, tool("mark", "Watchlist", wish, pick.wished), tool("eye", "Seen it", () => put("seen", "seen")), tool("no", "Not interested", () => put("not-interested", "not for you")))),
    box);
  made.style.viewTransitionName = `film-${film.id.replace(/[^A-Za-z0-9_-]/g, (letter) => `_${letter.codePointAt(0)}`)}`;
  if (opened) toggle();
  return made;
}

const take = guarded(async (file) => {
  if (!file) return;
  if ($("export").disabled) { toast("One file after the other: the first is still being read."); return; }
  $("export").disabled = true;
  const box = $("report");
  box.replaceChildren(el("p", {}, `Reading ${file.name} …`));
  try {
    const told = await importExport(file);
    const open = told.doubtful_count + told.missing_count;
    const from = SERVICES[told.service] ?? "your file";
    box.replaceChildren(el("p", {}, el("b", {}, `${plural(told.rated, "rating")} taken over`), ` from ${from}`,
      told.seen ? `, ${plural(told.seen, "film")} seen` : "", told.watchlist ? `, ${number(told.watchlist)} on your watchlist` : "", "."));
    if (open) {
      const lines = [
        ...told.doubtful.map((one) => el("li", {}, `${one.title}${year(one)}: is it `, ...one.candidates.flatMap((film, place) => [place ? ", " : "", el("a", { href: `/film/${encodeURIComponent(film.item_id)}` }, film.title)]), "?")),
        ...told.missing.map((title) => el("li", {}, `${title}: not in the catalogue`)),
      ];
      box.append(el("details", {}, el("summary", {}, `${plural(open, "film")} left out, because it is not sure which they are, or they are not here`), el("ul", {}, lines)));
    }
    rated = told.rated;
    await refresh();
    if (told.rated) { $("hero").hidden = false; toast(`${plural(told.rated, "rating")} from ${from}: these are your picks now`); }
  } catch (error) { box.replaceChildren(); throw error; } finally { $("export").disabled = false; }
});

function dropping() {
  const root = document.documentElement;
  let over = 0;
  $("export").addEventListener("change", (event) => { take(event.target.files[0]); event.target.value = ""; });
  addEventListener("dragover", (event) => { event.preventDefault(); root.classList.add("dropping"); clearTimeout(over); over = setTimeout(() => root.classList.remove("dropping"), 200); });
  addEventListener("drop", (event) => { event.preventDefault(); root.classList.remove("dropping"); take(event.dataTransfer.files[0]); });
}

dropping();
$("more").addEventListener("click", () => { shown = Math.min(shown + STEP, MOST); more(); });
$("more-questions").addEventListener("click", () => { open.set(true); asking = null; refresh().then(() => $("hero").scrollIntoView({ behavior: "smooth", block: "center" })); });

// Back from a film: the list is as long as it was, and stands where it stood.
const left = keeping("left", null);
const way = performance.getEntriesByType("navigation")[0]?.type;
const back = way === "back_forward" || way === "reload" ? left.get() : null;
const same = back?.search === location.search;
if (same) { shown = back.shown; history.scrollRestoration = "manual"; }
addEventListener("pagehide", () => left.set({ search: location.search, shown, top: scrollY }));
addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
refresh().then(() => { if (same) scrollTo({ top: back.top, behavior: "instant" }); });
