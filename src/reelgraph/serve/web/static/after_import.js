// An export of another service: taking it over, what became of its rows, the portrait, and the films that it leaves open.

import { get, importExport } from "./api.js";
import { $, el, toast, year } from "./dom.js";
import { list, t } from "./i18n.js";
import { guarded } from "./load.js";
import { openReport } from "./open_report.js";
import { portraitNote, portraitParts } from "./portrait.js";
import { drawDoubtful } from "./settle.js";

const SERVICES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", netflix: "Netflix" };
const KINDS_LEFT_OUT = {
  repeated: "import.out_repeated", not_film: "import.out_not_film", unreadable: "import.out_unreadable", other_person: "import.out_other_person", not_watched: "import.out_not_watched",
};
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
    if (isTaught()) await taken();
    else if (report.doubtful.length) onChange(); // the picks are without them until they are settled
    const whole = draw();
    $("report").scrollIntoView({ block: "start" });
    $("report").focus({ preventScroll: true });
    await whole;
  } finally {
    $("reading").textContent = "";
    $("export").disabled = false;
  }
});

const isTaught = () => report.rated + report.seen + report.same + report.changed > 0;

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
  const notes = report.notes.map((note) => el("p", { class: "hint" }, note));
  $("report").replaceChildren(el("div", { id: "taken" }), ...notes, el("div", { id: "doubtful" }), portrait, el("div", { id: "left-out" }));
  $("report").hidden = false;
  drawSummary();
  drawDoubtful(report, settled);
  drawLeftOut();
  if (!isTaught()) return;
  await guarded(async () => {
    const parts = portraitParts(await get("/api/me/portrait"));
    if (parts.length) portrait.replaceChildren(...parts, portraitNote());
  })();
}

// After films were settled, or taken back: the numbers and lists of the report, and what follows on the page.
function settled() {
  if (!report) { onChange(); return; } // it was closed before an undo
  openReport.set(report);
  drawSummary();
  drawDoubtful(report, settled, { focus: true });
  drawLeftOut();
  onChange();
}

const countLeftOut = () => report.missing_count + report.dropped.length + Object.values(report.left_out).reduce((sum, count) => sum + count, 0);

// What was taken, and every row of the file in one sentence: the parts add up to the rows.
function drawSummary() {
  const { source } = report;
  const taken = report.rated ? t("import.ratings", { count: report.rated, source }) : report.seen ? t("import.watched", { count: report.seen, source }) : t("import.nothing", { source });
  const parts = [
    ["import.part_rated", report.rated], ["import.part_seen", report.seen], ["import.part_watchlist", report.watchlist], ["import.part_same", report.same],
    ["import.part_changed", report.changed], ["import.part_to_settle", report.doubtful_count], ["import.part_left_out", countLeftOut()],
  ].filter(([, count]) => count).map(([key, count]) => t(key, { count }));
  const close = el("button", { class: "link", type: "button", onclick: () => { report = null; openReport.set(null); $("report").hidden = true; onChange(); } }, t("import.close"));
  $("taken").replaceChildren(
    el("p", { class: "summary" }, el("b", {}, taken), " ", close),
    ...(parts.length ? [el("p", { class: "rows", role: "status" }, t("import.rows", { count: report.rows, parts: list(parts) }))] : []));
}

// Every row that was not taken over, with the reason, in a folded list.
function drawLeftOut() {
  const rows = [
    ...report.dropped.map((entry) => [entry, t("import.reason_dropped")]),
    ...report.missing.map((entry) => [entry, t("import.reason_missing")]),
  ];
  const kinds = Object.entries(report.left_out).map(([kind, count]) => t(KINDS_LEFT_OUT[kind], { count }));
  if (!countLeftOut()) { $("left-out").replaceChildren(); return; }
  const isOpen = Boolean($("left-out").querySelector("details")?.open);
  const items = [...kinds.map((text) => el("li", {}, text)), ...rows.map(([entry, reason]) => el("li", {}, el("b", {}, `${entry.title}${year(entry)}`), `: ${reason}`))];
  const unnamed = report.missing_count - report.missing.length;
  if (unnamed > 0) items.push(el("li", {}, t("import.unnamed", { count: unnamed })));
  const download = rows.length ? el("a", { class: "link", href: URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" })), download: "left-out.csv" }, t("import.download")) : null;
  $("left-out").replaceChildren(el("details", { open: isOpen }, el("summary", {}, t("import.left_out", { count: countLeftOut() })), el("ul", {}, items), download));
}

// A table that spreadsheets do not take for formulas.
function csv(rows) {
  const cell = (value) => { const text = String(value ?? ""); return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`; };
  return ["title,year,reason", ...rows.map(([entry, reason]) => [entry.title, entry.year, reason].map(cell).join(","))].join("\n");
}
