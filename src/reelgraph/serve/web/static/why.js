// Reasons: the sentence of a pick, the signed bars, and the changes that would matter.

import { get } from "./api.js";
import { bars, el, signed } from "./dom.js";
import { decimal, finePercent, genre, percent, rich, richList, stars, t } from "./i18n.js";

const NO_SHARE = 0.0005; // shares below it are shown as zero
// Terms of the model that do not come from a single film of the visitor, in the words of the page.
const termName = (term) => ({
  "average of all movies": t("why.same_for_all"),
  "predicted stars below what they like": t("why.stars_missing"),
  "predicted stars below their floor": t("why.stars_below_floor"),
})[term] ?? term;

export const bold = (...inner) => el("b", {}, ...inner);

// "you gave Heat 5★"
const clause = ({ title, stars: given }) => (given === null ? rich("why.you_watched", { title, film: bold }) : rich("why.you_gave", { title, film: bold, stars: stars(given) }));

// Clauses as one: "you gave Heat 5★ and you gave Alien 4★"; in some languages those after the first begin with a word.
const clauses = (films) => richList(films.map((film, index) => (index ? rich("why.and_clause", { clause: clause(film) }) : clause(film))));

// What the films of a group have in common: "Crime films of the 1990s".
function groupName({ kind, name, decade }) {
  if (kind === "genre") return decade ? t("why.of_genre_decade", { genre: genre(name), decade: String(decade) }) : t("why.of_genre", { genre: genre(name) });
  if (kind === "decade") return t("why.of_decade", { decade: String(decade) });
  if (kind === "tag") return t("why.of_tag", { tag: name });
  return kind === "strongest" ? t("why.of_none") : t("why.of_name", { name });
}

// "of 9 Crime films of the 1990s that you liked, such as Heat and Se7en (together 41 % of what your films add)"
export function groupClause(group) {
  const values = { count: group.count, films: groupName(group), share: percent(group.portion), examples: richList(group.films.map((film) => [bold(film.title)])) };
  if (group.count === group.films.length) return group.watched ? rich("why.group_watched", values) : rich("why.group_liked", values);
  return group.watched ? rich("why.group_watched_such_as", values) : rich("why.group_liked_such_as", values);
}

// Why a film is listed, from `because` and `although`; null if there is nothing to say.
export function sentence({ because, although }) {
  const low = clauses(although);
  if (!because.length) {
    const speaking = although.filter((film) => film.share > 0);
    const text = speaking.length ? rich("why.only_low", { low: richList(speaking.map(clause)) }) : rich("why.only_although", { low });
    return although.length ? el("p", { class: "because" }, ...text) : null;
  }
  const isSingle = because[0].kind === "movie";
  const films = because.map((group) => group.films[0]);
  const why = isSingle ? clauses(films) : groupClause(because[0]);
  const text = isSingle
    ? (although.length ? rich("why.because_although", { why, low }) : rich("why.because", { why }))
    : (although.length ? rich("why.because_of_although", { why, low }) : rich("why.because_of", { why }));
  const viewers = isSingle ? films[0].viewers : null;
  const both = viewers && (films.length > 1 ? t("why.both_first", { count: viewers, title: films[0].title }) : t("why.both", { count: viewers }));
  return el("p", { class: "because" }, ...text, both && ` ${both}`);
}

// `asked`: what the list of the film was made from.
export const loadReasons = async (id, asked) => reasons(await get(`/api/me/explain/${encodeURIComponent(id)}`, asked));

// The nodes that show an explanation: what each film adds, in per cent of all that the visitor's films add.
export function reasons(explanation) {
  if (!explanation.bars.length) return [el("p", { class: "hint" }, t("why.no_films"))];
  const shares = [explanation.score, ...[...explanation.bars, ...explanation.others, ...explanation.apart].map((bar) => bar.share)];
  if (shares.every((share) => Math.abs(share) < NO_SHARE)) return [el("p", { class: "hint" }, t("why.nothing"))];
  const { sums, whole } = explanation;
  const isPercent = sums && whole > 0;
  const shown = (bar) => ({ ...bar, share: isPercent ? bar.share / whole : bar.share });
  const rows = explanation.bars.map((bar) => ({ ...shown(bar), more: bar.stars === null ? "" : `${stars(bar.stars)}★` }));
  for (const bar of explanation.others) rows.push({ ...shown(bar), label: bar.share < 0 ? t("why.others_against", { count: bar.count }) : t("why.others", { count: bar.count }) });
  const look = isPercent ? { format: finePercent } : { unit: explanation.unit === "stars" ? "★" : "" };
  const parts = [el("div", {}, el("h3", {}, t("why.your_films")), bars(rows, look))];
  if (explanation.genres.length > 1) parts.push(el("div", {}, el("h3", {}, t("why.by_genre")), bars(explanation.genres.map((bar) => ({ ...shown(bar), label: genre(bar.label) })), look)));
  if (explanation.shared.length) parts.push(el("div", {}, el("h3", {}, explanation.shared_title), bars(explanation.shared.map(shown), look)));
  return [lowRatings(explanation.low_ratings), el("p", { class: "hint" }, sums ? t("why.summary") : t("why.summary_one_by_one")), el("div", { class: "whys" }, ...parts), counted(explanation)].filter(Boolean);
}

// What the visitor's low ratings do to the predicted stars.
function lowRatings(effect) {
  if (!effect) return null;
  const values = { count: effect.n_ratings, stars: stars(effect.stars), without: stars(effect.stars_without) };
  if (values.stars === values.without) return el("p", {}, t("why.low_same", values));
  return el("p", {}, effect.stars < effect.stars_without ? t("why.low_lower", values) : t("why.low_raise", values));
}

// The exact sum behind the per cents, and what the model held fixed.
function counted({ apart, bars: films, note, others, score, sums }) {
  const exact = (value) => signed(value, (size) => decimal(size, size < 0.1 ? 4 : 2));
  const all = [...films, ...others].map((bar) => bar.share);
  const sum = (values) => values.reduce((total, share) => total + share, 0);
  const terms = [
    [t("why.films_add"), sum(all.filter((share) => share > 0))], [t("why.films_take"), sum(all.filter((share) => share < 0))],
    ...apart.map((term) => [termName(term.label), term.share]),
  ].filter(([, share]) => Math.abs(share) >= NO_SHARE);
  const row = (label, share, props) => el("li", props, el("span", {}, label), el("span", {}, exact(share)));
  const lines = sums ? [el("p", {}, t("why.score")), el("ul", { class: "terms" }, ...terms.map(([label, share]) => row(label, share)), row(t("why.its_score"), score, { class: "total" }))] : [];
  if (note) lines.push(el("p", {}, note));
  return lines.length ? el("details", { class: "hint counted" }, el("summary", {}, t("why.counted")), ...lines) : null;
}
