// The page of a film: predicted stars, reasons, rating and marks.

import { get, me } from "./api.js";
import { apply } from "./changes.js";
import { $, el, icon, prediction, scale } from "./dom.js";
import { counterfactual, spokeFor } from "./film_reasons.js";
import { rich, stars, t } from "./i18n.js";
import { guarded, load } from "./load.js";
import { startOf, starInput, watchedInput } from "./stars.js";
import { followTabs } from "./tabs.js";
import { marked, rated, remember, stateOf, unrated } from "./waiting.js";
import { reasons, sentence } from "./why.js";
import "./shell.js";

const { id, title } = $("film").dataset;
remember({ id, title, page: location.pathname, poster: document.querySelector(".poster.big").getAttribute("src"), year: 0, genres: [] });

const show = () => load([$("why")], async (signal) => {
  const profile = await me(signal);
  const own = profile.rated.find((entry) => entry.film.id === id);
  const rating = own?.stars ?? null;
  const marks = stateOf(profile, id);
  const isWatched = Boolean(own) || marks.seen;
  drawActions(rating, marks, isWatched);
  const canBeListed = !own && !marks.seen && !marks["not-interested"];
  await drawReasons(profile, rating, isWatched, canBeListed, signal);
});

function drawActions(rating, marks, isWatched) {
  const act = (changes, text) => apply({ id, before: marks, changes, text: t("film.said", { title, text }), refresh: show, box: $("acts") });
  const toggle = (kind, label) => act([marked(kind, !marks[kind])], marks[kind] ? t("film.marked_no_more", { mark: label }) : label);
  const canMark = scale || !isWatched;
  const markButton = (kind, iconName, label) => rating === null && canMark && el("button", { class: "quiet tool2", type: "button", "aria-pressed": String(marks[kind]), onclick: () => toggle(kind, label) }, icon(iconName), label);
  const notWatched = [unrated(), ...(marks.seen ? [marked("seen", false)] : [])];
  const setWatched = (value) => act(value ? [rated()] : notWatched, t(value ? "film.watched" : "film.not_watched"));
  const input = scale
    ? starInput({ label: t("film.rate", { title }), big: true, value: rating, give: (value) => act([rated(value)], t("film.stars", { stars: stars(value) })) })
    : watchedInput({ label: t("film.have_seen", { title }), big: true, value: isWatched, give: setWatched });
  const box = $("acts");
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const [focusedText, inStars] = [focused?.textContent, focused?.closest(".stars")];
  box.replaceChildren(
    input,
    el("div", { class: "row" },
      rating !== null && el("button", { class: "quiet", type: "button", onclick: () => act([unrated()], t("film.taken_back")) }, t("action.take_back")),
      markButton("watchlist", "mark", t("action.watchlist")), scale && markButton("seen", "eye", t("action.seen_it")), markButton("not-interested", "no", t("action.not_interested"))));
  if (!focused) return;
  // The focus goes to the same button, or else to the stars.
  const sameButton = inStars ? null : [...box.querySelectorAll("button.quiet")].find((button) => button.textContent === focusedText);
  (sameButton ?? (rating === null ? startOf(box) : box.querySelector(".stars [tabindex='0'], .watched"))).focus();
}

async function drawReasons(profile, rating, isWatched, canBeListed, signal) {
  const box = $("why");
  if (!profile.rated.length && !profile.seen.length) {
    box.replaceChildren(el("p", {}, ...rich("film.first", { link: (...text) => el("a", { href: "/" }, ...text) })));
    return;
  }
  const explanation = await get(`/api/me/explain/${encodeURIComponent(id)}`, {}, signal);
  const changes = el("div", { class: "whybox" });
  const button = el("button", { class: "quiet", type: "button", onclick: guarded(async () => {
    button.disabled = true;
    changes.replaceChildren(el("p", { class: "hint working", role: "status" }, t("film.working")));
    try { changes.replaceChildren(...await counterfactual(id)); } catch (error) { changes.replaceChildren(); throw error; } finally { button.disabled = false; }
  }) }, t("film.what_changes"));
  const own = rating === null ? t("film.own_seen") : t("film.own_rated", { stars: stars(rating) });
  const head = rating === null && (scale || !isWatched) ? prediction(explanation.predicted) : el("p", { class: "hint" }, own);
  box.replaceChildren(el("div", { class: "whybox" }, head, rating === null ? sentence(explanation) : spokeFor(explanation), el("div", { class: "whybox" }, ...reasons(explanation)), canBeListed && el("p", {}, button), changes));
}

followTabs(show);
show();
