// Reasons: the sentence, the signed bars, and what would have to be different.

import { get } from "./api.js";
import { bars, el, number, plural, stars, year } from "./dom.js";

// Terms of the model that no film of the person brings, in the words of the page.
const SAID = { "average of all movies": "the same for every film" };

export function sentence(pick) {
  if (!pick.because.length) return null;
  const parts = pick.because.flatMap((one, place) => [place ? " and " : "", el("b", {}, one.title), ` ${stars(one.stars)}★`]);
  const loved = pick.because[0].viewers;
  return el("p", { class: "because" }, "Because you gave ", ...parts, ".", loved ? ` ${number(loved)} people loved both it and ${pick.because.length > 1 ? "the first" : "that"}.` : "");
}

export const explained = async (id) => reasons(await get(`/api/me/explain/${encodeURIComponent(id)}`));

export function reasons(why) {
  if (!why.bars.length) return [el("p", { class: "hint" }, "Rate a few films first; then this says why, film by film.")];
  const nothing = (share) => Math.abs(share) < 0.0005;
  if (nothing(why.score) && [...why.bars, ...why.apart, { share: why.others }].every((one) => nothing(one.share))) return [el("p", { class: "hint" }, "Your ratings say nothing about it.")];
  const rows = why.bars.map((one) => ({ ...one, more: one.stars === null ? "" : `${stars(one.stars)}★` }));
  if (why.other_count) rows.push({ label: `${plural(why.other_count, "other film")}`, share: why.others });
  for (const one of why.apart) rows.push({ ...one, label: SAID[one.label] ?? one.label, apart: true });
  const unit = why.unit === "stars" ? "★" : "";
  const score = why.score.toFixed(Math.max(...rows.map((row) => Math.abs(row.share))) < 0.1 ? 3 : 2);
  const told = why.sums
    ? `What each film you rated adds to its score of ${Number(score) ? score : score.replace("-", "")}. It adds up.`
    : "What would be lost without each rating alone; these do not add up.";
  const parts = [el("div", {}, el("h3", {}, "Your films"), bars(rows, { unit }))];
  if (why.genres.length > 1) parts.push(el("div", {}, el("h3", {}, "The same, by their genres"), bars(why.genres, { unit })));
  const note = why.note && el("details", { class: "hint counted" }, el("summary", {}, "How this is counted"), `${why.note[0].toUpperCase()}${why.note.slice(1)}.`);
  return [el("p", { class: "hint" }, told), el("div", { class: "whys" }, ...parts), note].filter(Boolean);
}

export async function different(id) {
  const found = await get(`/api/me/counterfactual/${encodeURIComponent(id)}`, { n: 10 });
  const listed = found.rank <= found.k;
  const place = listed ? `It is number ${number(found.rank)} of your list.` : `It is number ${number(found.rank)} in your order, so not among your first ${found.k}.`;
  if (!found.altered.length) return [el("p", { class: "hint" }, `${place} No small change of your ratings would ${listed ? "take it out of" : "bring it into"} them.`)];
  const lines = found.altered.map((one) => el("li", {}, el("span", {}, el("b", {}, `${one.film.title}${year(one.film)}`),
    one.becomes === null ? ` not counted (you gave ${stars(one.stars)}★)` : ` ${stars(one.becomes)}★ in place of ${stars(one.stars)}★`)));
  const few = found.smallest ? "The smallest change" : "A change";
  return [el("div", { class: "needs" }, el("p", {}, `${place} ${few} that would make it number ${number(found.after)}:`), el("ul", { class: "needs" }, lines))];
}
