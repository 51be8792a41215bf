// The films of an export that may be one of several: settled one by one with yes and no, or all suggestions at once.

import { changeMany, me } from "./api.js";
import { $, el, poster, scale, toast, year } from "./dom.js";
import { t } from "./i18n.js";
import { guarded } from "./load.js";
import { after, marked, rated, stateOf, undoing } from "./waiting.js";

const suggestion = (entry) => entry.candidates[0];

// What a yes changes, and where the row is counted then. What is there already stays.
function effectOf(entry, state) {
  const at = entry.at ? { at: entry.at } : {};
  const isSeen = state.rating !== undefined || state.seen;
  if (entry.on_watchlist) return isSeen || state.watchlist ? ["same"] : ["watchlist", marked("watchlist")];
  if (!scale) return state.rating !== undefined ? ["same"] : ["seen", rated(null, at)];
  if (entry.stars === null) return isSeen ? ["same"] : ["seen", { ...marked("seen"), ...at }];
  return [!isSeen ? "rated" : state.rating === entry.stars ? "same" : "changed", rated(entry.stars, at)];
}

// Take the first candidate of some entries. `report` is changed with them, and `drawn` draws it; both are undone together.
const take = guarded(async (report, entries, drawn) => {
  const profile = await me();
  const films = new Map(); // id -> { before, state, changes }
  const counted = [];
  for (const entry of entries) {
    const { id } = suggestion(entry);
    const before = stateOf(profile, id);
    const film = films.get(id) ?? { before, state: before, changes: [] };
    const [count, change] = effectOf(entry, film.state);
    counted.push(count);
    films.set(id, change ? { before, state: after(film.state, change), changes: [...film.changes, change] } : film);
  }
  const sets = [...films].map(([id, { changes, before }]) => ({ id, changes, back: undoing(before, changes) }));
  await changeMany(sets.flatMap(({ id, changes }) => latestOf(changes).map((change) => ({ id, ...change }))));
  const count = (sign) => {
    for (const name of counted) report[name] += sign;
    report.settled += sign * entries.length;
    report.doubtful_count -= sign * entries.length;
    report.doubtful = sign > 0 ? report.doubtful.filter((entry) => !entries.includes(entry)) : [...entries, ...report.doubtful];
    drawn();
  };
  const undo = guarded(async () => {
    await changeMany(sets.flatMap(({ id, back }) => back.map((change) => ({ id, ...change }))));
    count(-1);
  });
  const text = entries.length > 1 ? t("import.taken_all", { count: entries.length }) : t("import.added", { title: suggestion(entries[0]).title });
  toast(text, { undo });
  count(1);
});

// Of each kind the last change counts.
const latestOf = (changes) => changes.filter((change, index) => !changes.slice(index + 1).some(({ kind }) => kind === change.kind));

// The film that is asked about now, one candidate after the other, and a button for all suggestions.
export function drawDoubtful(report, drawn, { focus = false } = {}) {
  const box = $("doubtful");
  const [entry] = report.doubtful;
  if (!entry) {
    box.replaceChildren(...(report.settled || report.dropped.length ? [el("p", { class: "hint", role: "status", tabindex: -1 }, t("import.all_settled", { count: report.settled }))] : []));
    if (focus) box.firstChild?.focus();
    return;
  }
  const busy = (work) => async () => { setBusy(true); await work(); setBusy(false); };
  const all = el("button", { class: "quiet", type: "button", id: "take-all", onclick: busy(() => take(report, [...report.doubtful], drawn)) }, t("import.take_all", { count: report.doubtful.length }));
  const { card, buttons } = question(report, entry, busy, drawn);
  const setBusy = (isBusy) => [all, ...buttons].forEach((button) => { button.disabled = isBusy; });
  const wasOpen = box.querySelector("details")?.open ?? matchMedia("(min-width: 700px)").matches; // on a phone it would hide the picks
  const wasListOpen = Boolean(box.querySelector(".suggestions")?.open);
  const suggestions = el("details", { class: "suggestions", open: wasListOpen }, el("summary", {}, t("import.suggestions")),
    el("ul", {}, report.doubtful.map((other) => el("li", {}, `${other.title}${year(other)} → `, el("a", { href: suggestion(other).page }, `${suggestion(other).title}${year(suggestion(other))}`)))));
  const isSeveral = report.doubtful.length > 1;
  box.replaceChildren(
    el("details", { class: "settle", open: wasOpen }, el("summary", {}, t("import.to_settle", { count: report.doubtful_count })), card),
    ...(isSeveral ? [el("div", { class: "row" }, all), suggestions] : []));
  if (focus && wasOpen) card.focus();
}

function question(report, entry, busy, drawn) {
  const film = suggestion(entry);
  const yes = busy(() => take(report, [entry], drawn));
  const no = () => {
    entry.candidates.shift();
    if (!entry.candidates.length) {
      report.dropped.push({ title: entry.title, year: entry.year });
      report.doubtful_count -= 1;
      report.doubtful = report.doubtful.filter((other) => other !== entry);
    }
    drawn();
  };
  const buttons = [el("button", { class: "solid", type: "button", "aria-keyshortcuts": "y", onclick: yes }, t("import.yes")), el("button", { class: "quiet", type: "button", "aria-keyshortcuts": "n", onclick: no }, t("import.no"))];
  const given = entry.stars !== null && scale ? t("import.given", { stars: entry.stars }) : entry.on_watchlist ? t("import.on_watchlist") : t("import.seen");
  const onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const button = { y: buttons[0], n: buttons[1] }[event.key.toLowerCase()];
    if (button && !button.disabled) { event.preventDefault(); button.click(); }
  };
  const label = t("import.is_it", { title: `${entry.title}${year(entry)}` });
  const card = el("section", { class: "doubt panel", tabindex: -1, "aria-label": label, onkeydown },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", {},
      el("p", {}, t("import.file_says"), " ", el("b", {}, `${entry.title}${year(entry)}`), `, ${given}.`),
      el("h3", {}, t("import.is_it_this"), " ", el("a", { href: film.page }, `${film.title}${year(film)}`), "?"),
      el("div", { class: "row" }, buttons)));
  return { card, buttons };
}
