// The diary: days, the newest first.

import { get } from "./api.js";
import { $, el, scale } from "./dom.js";
import { language, list, stars, t } from "./i18n.js";
import { load } from "./load.js";
import "./shell.js";

const PAGE_SIZE = 40;
const dayFormat = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
let count = 0;

const outcomes = () => ({ chosen: t("diary.chosen"), watched: t("diary.watched"), "not-watched": t("diary.not_watched"), later: t("diary.later"), passed: t("diary.passed") });

const link = (film) => el("a", { href: film.page }, film.title);

function what(entry) {
  if (entry.kind === "rated") {
    const rated = entry.stars === null ? t("diary.saw") : t("diary.rated", { stars: stars(entry.stars) });
    return [rated, entry.rank === null ? null : t("diary.from_list", { rank: entry.rank })];
  }
  if (entry.kind === "seen") return [t("diary.seen"), null];
  if (entry.kind === "suggested") {
    const company = entry.company > 1 ? t("tonight.for_people", { count: entry.company }) : null;
    return [t("diary.suggested"), [company, entry.outcome ? outcomes()[entry.outcome] : null].filter(Boolean).join(" · ") || null];
  }
  const titles = entry.films.map((one) => one.title);
  return [t("diary.imported", { count: entry.count }), titles.length ? t("diary.among", { films: list(titles) }) : null];
}

function line(entry) {
  const [film] = entry.films;
  const [head, more] = what(entry);
  const isOne = entry.kind !== "imported";
  return el("li", { class: `entry ${entry.kind}` },
    isOne && film ? el("img", { src: film.poster, alt: "", width: 40, height: 60, loading: "lazy" }) : el("span", { class: "dot", "aria-hidden": "true" }),
    el("div", {}, isOne ? [film ? link(film) : t("diary.unknown_film"), " "] : null, el("span", { class: "what" }, head), more && el("small", {}, more)));
}

function draw(entries) {
  for (const entry of entries.filter(({ kind }) => kind !== "shown")) { // every visit shows a list
    const day = dayFormat.format(new Date(1000 * entry.at));
    let section = $("days").lastElementChild;
    if (section?.dataset.day !== day) {
      section = el("section", { class: "day", "data-day": day }, el("h2", {}, day), el("ul", {}));
      $("days").append(section);
    }
    section.querySelector("ul").append(line(entry));
  }
}

const show = (offset) => load([$("days")], async (signal) => {
  const page = await get("/api/me/diary", { offset, n: PAGE_SIZE }, signal);
  if (!offset) $("days").replaceChildren();
  draw(page.entries);
  count = offset + page.entries.length;
  $("more").hidden = !page.more;
  if (!$("days").children.length && !page.more) $("days").replaceChildren(el("p", { class: "empty" }, scale ? t("diary.empty") : t("diary.empty"), " ", el("a", { href: "/tonight" }, t("tonight.title"))));
});

$("more").addEventListener("click", () => show(count));
show(0);
