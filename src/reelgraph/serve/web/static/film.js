// The page of a film: predicted stars, reasons, rating and marks.

import { get, mark, me, rate, unrate, watch } from "./api.js";
import { $, el, icon, prediction, scale, starInput, stars, toast, watchedInput } from "./dom.js";
import { guarded, load } from "./load.js";
import { counterfactual, reasons } from "./why.js";
import "./shell.js";

const { id, title } = $("film").dataset;

const show = () => load([$("why")], async (signal) => {
  const profile = await me(signal);
  const rated = profile.rated.find((entry) => entry.film.id === id);
  const rating = rated?.stars ?? null;
  const isMarked = (kind) => profile[kind].some((film) => film.id === id);
  const marks = { watchlist: isMarked("watchlist"), seen: isMarked("seen"), "not-interested": isMarked("not_interested") };
  const isWatched = Boolean(rated) || marks.seen;
  drawActions(rating, marks, isWatched);
  const canBeListed = !rated && !marks.seen && !marks["not-interested"];
  await drawReasons(profile, rating, isWatched, canBeListed, signal);
});

function drawActions(rating, marks, isWatched) {
  const apply = guarded(async (work, text) => { await work(); toast(text); await show(); });
  const toggle = (kind, label) => apply(() => mark(kind, id, !marks[kind]), marks[kind] ? `Not “${label.toLowerCase()}” any more` : label);
  const canMark = scale || !isWatched;
  const markButton = (kind, iconName, label) => rating === null && canMark && el("button", { class: "quiet tool2", type: "button", "aria-pressed": String(marks[kind]), onclick: () => toggle(kind, label) }, icon(iconName), label);
  const setWatched = (value) => apply(async () => {
    if (value) { await watch(id); return; }
    await unrate(id);
    if (marks.seen) await mark("seen", id, false);
  }, value ? "Watched" : "Not watched");
  const input = scale
    ? starInput({ label: `Rate ${title}`, big: true, value: rating, give: (value) => apply(() => rate(id, value), `You gave ${stars(value)}★`) })
    : watchedInput({ label: `You have seen ${title}`, big: true, value: isWatched, give: setWatched });
  const box = $("acts");
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const [focusedText, inStars] = [focused?.textContent, focused?.closest(".stars")];
  box.replaceChildren(
    input,
    el("div", { class: "row" },
      rating !== null && el("button", { class: "quiet", type: "button", onclick: () => apply(() => unrate(id), "Rating taken back") }, "Take back"),
      markButton("watchlist", "mark", "Watchlist"), scale && markButton("seen", "eye", "Seen it"), markButton("not-interested", "no", "Not interested")));
  if (!focused) return;
  // The focus goes to the same button, or else to the stars.
  const sameButton = inStars ? null : [...box.querySelectorAll("button.quiet")].find((button) => button.textContent === focusedText);
  (sameButton ?? box.querySelector(".stars [tabindex='0'], .watched")).focus();
}

async function drawReasons(profile, rating, isWatched, canBeListed, signal) {
  const box = $("why");
  if (!profile.rated.length && !profile.seen.length) {
    box.replaceChildren(el("p", {}, scale ? "Rate this film or " : "Say that you have seen this film or ", el("a", { href: "/" }, "a few you know"), ", and this says what it would be to you, and why."));
    return;
  }
  const explanation = await get(`/api/me/explain/${encodeURIComponent(id)}`, {}, signal);
  const changes = el("div", { class: "whybox" });
  const button = el("button", { class: "quiet", type: "button", onclick: guarded(async () => {
    button.disabled = true;
    try { changes.replaceChildren(...await counterfactual(id)); } finally { button.disabled = false; }
  }) }, "What would change that?");
  const own = rating === null ? "You have seen it. This is what your films say." : `You gave it ${stars(rating)}★. This is what your other ratings say.`;
  const head = rating === null && (scale || !isWatched) ? prediction(explanation.predicted) : el("p", { class: "hint" }, own);
  box.replaceChildren(el("div", { class: "whybox" }, head, el("div", { class: "whybox" }, ...reasons(explanation)), canBeListed && el("p", {}, button), changes));
}

show();
