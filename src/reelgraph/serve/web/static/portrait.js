// The portrait of a visitor's taste: their mean, genres and decades, and what they love more than others do.

import { el, poster, scale, year } from "./dom.js";
import { decimal, genre, list, percent, rich, stars, t } from "./i18n.js";

const MIN_FILMS = 5; // fewer say nothing
const FAVOURITES = 3;
const MIN_GROUP = 5; // films in a genre that is called out as one judged harder or kinder than others do
const MIN_DIFFERENCE = 0.25; // stars

// Parts of the portrait; nothing for somebody who rated and saw too few films. `full` adds what needs more space.
export function portraitParts(portrait, { full = false } = {}) {
  if (portrait.rated + portrait.seen < MIN_FILMS) return [];
  const facts = [meanFact(portrait), groupFact(t("portrait.genres"), portrait.genres, genre), groupFact(t("portrait.decades"), portrait.decades, (name) => t("portrait.decade", { decade: name.slice(0, -1) })), unusualFact(portrait.unusual[0])];
  const parts = [el("dl", { class: "portrait" }, facts)];
  if (!full) return parts;
  const sentences = differences(portrait);
  if (sentences.length) parts.push(el("p", { class: "hint" }, sentences.join(" ")));
  if (portrait.unusual.length > 1) parts.push(el("h3", {}, t("portrait.unusual_all")), el("ul", { class: "oddlove" }, portrait.unusual.map(oddLove)));
  return parts;
}

const fact = (label, value, note) => value && el("div", {}, el("dt", {}, label), el("dd", {}, el("b", {}, value), note && el("small", {}, note)));

function meanFact({ rated, seen, mean, kinder_than: kinder, difference }) {
  if (mean === null) return fact(t("portrait.watched"), t("count.films", { count: rated + seen }));
  const others = kinder === null ? null : kinder >= 0.5 ? t("portrait.kinder", { share: percent(kinder) }) : t("portrait.harder", { share: percent(1 - kinder) });
  const gap = difference === null || Math.abs(difference) < 0.05 ? "" : difference > 0 ? t("portrait.above", { stars: decimal(difference, 1) }) : t("portrait.below", { stars: decimal(-difference, 1) });
  return fact(t("portrait.mean"), `${decimal(mean, 1)}★`, others ?? gap);
}

function groupFact(label, groups, name) {
  const best = groups.slice(0, FAVOURITES).sort((one, other) => (other.mean ?? 0) - (one.mean ?? 0)); // as on the card
  if (!best.length) return null;
  const [first] = best;
  const note = first.mean === null
    ? t("portrait.share", { name: name(first.name), share: percent(first.share), usual: percent(first.usual_share) })
    : t("portrait.group", { name: name(first.name), stars: decimal(first.mean, 1), films: t("count.films", { count: first.movies }) });
  return fact(label, list(best.map((group) => name(group.name))), note);
}

const titleLink = (film) => el("a", { href: film.page }, film.title);

function unusualFact(love) {
  if (!love) return null;
  return fact(t("portrait.unusual"), titleLink(love.film), lovedBy(love));
}

function lovedBy({ stars: given, others, viewers }) {
  return given === null || others === null
    ? t("portrait.seen_by", { count: viewers })
    : t("portrait.against", { own: stars(given), others: decimal(others, 1) });
}

const oddLove = (love) => el("li", {}, el("a", { href: love.film.page, tabindex: -1, "aria-hidden": "true" }, poster(love.film)), el("span", {}, titleLink(love.film), year(love.film), el("small", {}, lovedBy(love))));

// The genres that the visitor judges most differently from others, if they do at all.
function differences({ genres }) {
  if (!scale) return [];
  const judged = genres.filter((group) => group.movies >= MIN_GROUP && group.difference !== null).sort((a, b) => a.difference - b.difference);
  const sentences = [];
  const [hardest] = judged;
  const kindest = judged.at(-1);
  if (hardest && hardest.difference <= -MIN_DIFFERENCE) sentences.push(t("portrait.harder_on", { name: genre(hardest.name), stars: decimal(-hardest.difference, 1) }));
  if (kindest && kindest.difference >= MIN_DIFFERENCE) sentences.push(t("portrait.kinder_on", { name: genre(kindest.name), stars: decimal(kindest.difference, 1) }));
  return sentences;
}

export const portraitNote = () => el("p", { class: "hint" }, rich("portrait.more", { link: (...inner) => el("a", { href: "/taste" }, ...inner) }));
