// Reasons: the sentence of a pick, the signed bars, and the changes that would matter.

import { get } from "./api.js";
import { bars, el, number, plural, scale, stars, year } from "./dom.js";

// Terms of the model that do not come from a film of the visitor, in the words of the page.
const TERM_LABELS = { "average of all movies": "the same for every film" };
const NO_SHARE = 0.0005; // shares below it are shown as zero

export function sentence(pick) {
  if (!pick.because.length) return null;
  const verb = (reason) => (reason.stars === null ? "watched" : "gave");
  const parts = pick.because.flatMap((reason, index) => {
    const isNewVerb = !index || verb(reason) !== verb(pick.because[index - 1]);
    return [index ? " and " : "", isNewVerb ? `${verb(reason)} ` : "", el("b", {}, reason.title), reason.stars === null ? "" : ` ${stars(reason.stars)}★`];
  });
  const { viewers } = pick.because[0];
  return el("p", { class: "because" }, "Because you ", ...parts, ".", viewers ? ` ${number(viewers)} people ${scale ? "loved" : "saw"} both it and ${pick.because.length > 1 ? "the first" : "that"}.` : "");
}

export const loadReasons = async (id) => reasons(await get(`/api/me/explain/${encodeURIComponent(id)}`));

// The nodes that show an explanation.
export function reasons(explanation) {
  if (!explanation.bars.length) return [el("p", { class: "hint" }, scale ? "Rate a few films first; then this says why, film by film." : "Say which films you have seen first; then this says why, film by film.")];
  const shares = [explanation.score, explanation.others, ...[...explanation.bars, ...explanation.apart].map((bar) => bar.share)];
  if (shares.every((share) => Math.abs(share) < NO_SHARE)) return [el("p", { class: "hint" }, "Your films say nothing about it.")];
  const rows = explanation.bars.map((bar) => ({ ...bar, more: bar.stars === null ? "" : `${stars(bar.stars)}★` }));
  if (explanation.other_count) rows.push({ label: `${plural(explanation.other_count, "other film")}`, share: explanation.others });
  for (const term of explanation.apart) rows.push({ ...term, label: TERM_LABELS[term.label] ?? term.label, apart: true });
  const unit = explanation.unit === "stars" ? "★" : "";
  const digits = Math.max(...rows.map((row) => Math.abs(row.share))) < 0.1 ? 3 : 2;
  const score = explanation.score.toFixed(digits);
  const summary = explanation.sums
    ? `What each film you ${scale ? "rated or saw" : "saw"} adds to its score of ${Number(score) ? score : score.replace("-", "")}. It adds up.`
    : "What would be lost without each film alone; these do not add up.";
  const parts = [el("div", {}, el("h3", {}, "Your films"), bars(rows, { unit }))];
  if (explanation.genres.length > 1) parts.push(el("div", {}, el("h3", {}, "The same, by their genres"), bars(explanation.genres, { unit })));
  const { note } = explanation;
  const details = note && el("details", { class: "hint counted" }, el("summary", {}, "How this is counted"), `${note[0].toUpperCase()}${note.slice(1)}.`);
  return [el("p", { class: "hint" }, summary), el("div", { class: "whys" }, ...parts), details].filter(Boolean);
}

// The nodes that show the smallest change of the visitor's films that lists a film, or no longer does.
export async function counterfactual(id) {
  const result = await get(`/api/me/counterfactual/${encodeURIComponent(id)}`, { n: 10 });
  const isListed = result.rank <= result.k;
  const place = isListed ? `It is number ${number(result.rank)} of your list.` : `It is number ${number(result.rank)} in your order, so not among your first ${result.k}.`;
  if (!result.altered.length) return [el("p", { class: "hint" }, `${place} No small change of your films would ${isListed ? "take it out of" : "bring it into"} them.`)];
  const lines = result.altered.map((change) => el("li", {}, el("span", {}, el("b", {}, `${change.film.title}${year(change.film)}`),
    change.becomes === null ? ` not counted (you ${change.stars === null ? "have seen it" : `gave ${stars(change.stars)}★`})` : ` ${stars(change.becomes)}★ in place of ${stars(change.stars)}★`)));
  const subject = result.smallest ? "The smallest change" : "A change";
  return [el("div", { class: "needs" }, el("p", {}, `${place} ${subject} that would make it number ${number(result.after)}:`), el("ul", { class: "needs" }, lines))];
}
