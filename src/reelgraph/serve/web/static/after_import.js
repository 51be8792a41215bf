// An export of another service: taking it over, the portrait that it makes, and the films that it leaves open.

import { get, importExport } from "./api.js";
import { apply } from "./changes.js";
import { $, el, poster, scale, toast, year } from "./dom.js";
import { t } from "./i18n.js";
import { guarded } from "./load.js";
import { portraitNote, portraitParts } from "./portrait.js";
import { stored } from "./stored.js";
import { marked, NOTHING, rated } from "./waiting.js";

const SERVICES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", netflix: "Netflix" };
const openReport = stored("import-report", null); // until it is closed, also over a reload of the page
let report = null;
let onChange = () => {};

// Show the report of an import before the page was loaded again.
export function restoreReport({ change }) {
  onChange = change;
  report = openReport.get();
  if (report) draw();
}

// Take over a file. `taken` is called once ratings or films were, `change` after each film that is settled later.
export const importFile = guarded(async (file, { taken, change }) => {
  onChange = change;
  if ($("export").disabled) { toast(t("import.busy")); return; }
  $("export").disabled = true;
  $("reading").textContent = t("import.reading", { file: file.name });
  try {
    const summary = await importWithProfile(file);
    report = { ...summary, source: SERVICES[summary.service] ?? t("import.your_file"), settled: 0, dropped: [] };
    openReport.set(report);
    const isTaught = report.rated + report.seen > 0;
    if (isTaught) await taken();
    const whole = draw();
    $("report").scrollIntoView({ block: "start" });
    $("report").focus({ preventScroll: true });
    await whole;
  } finally {
    $("reading").textContent = "";
    $("export").disabled = false;
  }
});

// A file of several people names them in the error; the visitor says who they are.
async function importWithProfile(file) {
  try {
    return await importExport(file);
  } catch (error) {
    const names = /found \d+ profiles: (.*)/.exec(error.detail ?? error.message);
    const profile = names && prompt(t("import.whose", { file: file.name, names: names[1] }));
    if (!profile) throw error;
    return importExport(file, profile.trim());
  }
}

// Draw the report; the portrait follows, and its failure leaves the rest as it is.
async function draw() {
  const portrait = el("div", { class: "portraitbox" });
  $("report").replaceChildren(summary(), ...report.notes.map((note) => el("p", { class: "hint" }, note)), portrait, el("div", { id: "doubtful" }), el("div", { id: "left-out" }));
  $("report").hidden = false;
  drawDoubtful();
  drawLeftOut();
  if (!report.rated && !report.seen) return;
  await guarded(async () => {
    const parts = portraitParts(await get("/api/me/portrait"));
    if (parts.length) portrait.replaceChildren(...parts, portraitNote());
  })();
}

function summary() {
  const { source } = report;
  const taken = report.rated ? t("import.ratings", { count: report.rated, source }) : report.seen ? t("import.watched", { count: report.seen, source }) : t("import.nothing", { source });
  const more = [report.rated && report.seen ? t("import.also_seen", { count: report.seen }) : null, report.watchlist ? t("import.wanted", { count: report.watchlist }) : null];
  const close = el("button", { class: "link", type: "button", onclick: () => { report = null; openReport.set(null); $("report").hidden = true; } }, t("import.close"));
  return el("p", { class: "summary" }, el("b", {}, taken), ...more.filter(Boolean).map((text) => ` ${text}`), " ", close);
}

// The film of the export that is asked about now, one candidate after the other, with yes and no.
function drawDoubtful({ focus = false } = {}) {
  const box = $("doubtful");
  const [entry] = report.doubtful;
  if (!entry) {
    box.replaceChildren(...(report.settled || report.dropped.length ? [el("p", { class: "hint", role: "status", tabindex: -1 }, t("import.all_settled", { count: report.settled }))] : []));
    if (focus) box.firstChild?.focus();
    return;
  }
  const [film] = entry.candidates;
  const yes = async () => {
    setBusy(true);
    const text = t("import.added", { title: film.title });
    const isStored = await apply({ id: film.id, before: NOTHING, changes: [changeOf(entry)], text, refresh: () => {}, undone: onChange });
    setBusy(false);
    if (!isStored) return;
    report.settled += 1;
    next(entry);
    onChange();
  };
  const no = () => {
    entry.candidates.shift();
    if (entry.candidates.length) { openReport.set(report); drawDoubtful({ focus: true }); return; }
    report.dropped.push({ title: entry.title, year: entry.year });
    next(entry);
  };
  const buttons = [el("button", { class: "solid", type: "button", "aria-keyshortcuts": "y", onclick: yes }, t("import.yes")), el("button", { class: "quiet", type: "button", "aria-keyshortcuts": "n", onclick: no }, t("import.no"))];
  const setBusy = (isBusy) => buttons.forEach((button) => { button.disabled = isBusy; });
  const given = entry.stars !== null && scale ? t("import.given", { stars: entry.stars }) : entry.on_watchlist ? t("import.on_watchlist") : t("import.seen");
  const onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const button = { y: buttons[0], n: buttons[1] }[event.key.toLowerCase()];
    if (button && !button.disabled) { event.preventDefault(); button.click(); }
  };
  const wasOpen = box.querySelector("details")?.open ?? matchMedia("(min-width: 700px)").matches; // on a phone it would hide the picks
  const label = t("import.is_it", { title: `${entry.title}${year(entry)}` });
  const card = el("section", { class: "doubt panel", tabindex: -1, "aria-label": label, onkeydown },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", {},
      el("p", {}, t("import.file_says"), " ", el("b", {}, `${entry.title}${year(entry)}`), `, ${given}.`),
      el("h3", {}, t("import.is_it_this"), " ", el("a", { href: film.page }, `${film.title}${year(film)}`), "?"),
      el("div", { class: "row" }, buttons)));
  box.replaceChildren(el("details", { open: wasOpen }, el("summary", {}, t("import.to_settle", { count: report.doubtful.length })), card));
  if (focus) card.focus();
}

function next(entry) {
  report.doubtful = report.doubtful.filter((other) => other !== entry);
  openReport.set(report);
  drawDoubtful({ focus: true });
  drawLeftOut();
}

function changeOf(entry) {
  if (entry.on_watchlist) return marked("watchlist");
  return scale && entry.stars === null ? marked("seen") : rated(scale ? entry.stars : null);
}

// Every film that was not taken over, with the reason, in a folded list.
function drawLeftOut() {
  const titles = (films) => films.map((film) => film.title);
  const rows = [
    ...report.doubtful.map((entry) => [entry, t("import.reason_doubtful", { titles: titles(entry.candidates).join(" / ") })]),
    ...report.dropped.map((entry) => [entry, t("import.reason_dropped")]),
    ...report.unsure.map((entry) => [entry, t("import.reason_unsure")]),
    ...report.missing.map((entry) => [entry, t("import.reason_missing")]),
  ];
  if (!rows.length) { $("left-out").replaceChildren(); return; }
  const isOpen = Boolean($("left-out").querySelector("details")?.open);
  const items = rows.map(([entry, reason]) => el("li", {}, el("b", {}, `${entry.title}${year(entry)}`), `: ${reason}`));
  const unnamed = report.doubtful_count + report.missing_count - report.settled - rows.length;
  if (unnamed > 0) items.push(el("li", {}, t("import.unnamed", { count: unnamed })));
  const download = el("a", { class: "link", href: URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" })), download: "left-out.csv" }, t("import.download"));
  $("left-out").replaceChildren(el("details", { open: isOpen }, el("summary", {}, t("import.left_out", { count: rows.length + Math.max(unnamed, 0) })), el("ul", {}, items), download));
}

// A table that spreadsheets do not take for formulas.
function csv(rows) {
  const cell = (value) => { const text = String(value ?? ""); return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; };
  return ["title,year,reason", ...rows.map(([entry, reason]) => [entry.title, entry.year, reason].map(cell).join(","))].join("\n");
}
