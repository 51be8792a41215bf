// Reasons on the page of a film: what spoke for one that was rated, and the changes that would matter.

import { get } from "./api.js";
import { el, year } from "./dom.js";
import { rich, richList, stars, t } from "./i18n.js";
import { bold, groupClause } from "./why.js";

// What spoke for a film that the visitor has rated, whatever they gave it; null if nothing did.
export function spokeFor({ because }) {
  if (!because.length) return null;
  const isSingle = because[0].kind === "movie";
  const named = ({ title, stars: given }) => [bold(title), given === null ? null : ` (${stars(given)}★)`].filter(Boolean);
  const films = isSingle ? richList(because.map((group) => named(group.films[0]))) : groupClause(because[0]);
  return el("p", { class: "because" }, ...rich("why.spoke_for", { films }));
}

// The nodes that show the smallest change of the visitor's films that lists a film, or no longer does.
export async function counterfactual(id) {
  const result = await get(`/api/me/counterfactual/${encodeURIComponent(id)}`, { n: 10 });
  const isListed = result.rank <= result.k;
  const place = isListed ? t("why.in_list", { rank: result.rank }) : t("why.not_in_list", { rank: result.rank, length: result.k });
  if (!result.altered.length) return [el("p", { class: "hint" }, place, " ", isListed ? t("why.nothing_takes_it_out") : t("why.nothing_brings_it_in"))];
  const changeText = ({ becomes, film, stars: given }) => {
    const values = { title: `${film.title}${year(film)}`, film: bold, stars: given === null ? "" : stars(given), becomes: becomes === null ? "" : stars(becomes) };
    if (becomes !== null) return rich("why.other_stars", values);
    return given === null ? rich("why.without_view", values) : rich("why.without_rating", values);
  };
  const lines = result.altered.map((change) => el("li", {}, el("span", {}, ...changeText(change))));
  const head = result.smallest ? t("why.smallest_change", { rank: result.after }) : t("why.a_change", { rank: result.after });
  return [el("div", { class: "needs" }, el("p", {}, place, " ", head), el("ul", { class: "needs" }, lines))];
}
