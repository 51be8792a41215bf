// What you taught it: the map, the table, the marks.

import { complain, get, guarded, mark, me, rate, unrate } from "./api.js";
import { $, el, icon, plural, scale, stars, starInput, toast } from "./dom.js";
import { drawMap } from "./map.js";
import "./shell.js";

function row(one) {
  const { film } = one;
  const after = guarded(async (work, said) => { await work(); toast(said); await show(); });
  return el("li", {}, el("img", { src: film.poster, alt: "", width: 40, height: 60, loading: "lazy" }),
    el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, [film.year || null, ...film.genres.slice(0, 3)].filter(Boolean).join(" · "))),
    starInput({ label: `Rate ${film.title}`, value: one.stars, give: (value) => after(() => rate(film.id, value), `${film.title}: ${stars(value)}★`) }),
    el("button", { class: "tool", type: "button", "aria-label": `Take back the rating of ${film.title}`, onclick: () => after(() => unrate(film.id), `${film.title}: taken back`) }, icon("no")));
}

function marked(title, kind, films) {
  if (!films.length) return null;
  const line = (film) => el("li", {}, el("img", { src: film.poster, alt: "", width: 40, height: 60, loading: "lazy" }), el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, film.year || "")), el("span", {}),
    el("button", { class: "tool", type: "button", "aria-label": `Take ${film.title} off`, onclick: guarded(async () => { await mark(kind, film.id, false); await show(); }) }, icon("no")));
  return el("section", {}, el("div", { class: "head" }, el("h2", {}, title)), el("ul", { class: "rated" }, films.map(line)));
}

function words(map) {
  return map.words.map((one) => {
    const films = one.films.length > 4 ? `${one.films.slice(0, 4).join(", ")} and ${one.films.length - 4} more` : one.films.join(", ");
    const mood = one.mean >= scale.liked ? "You love it here: " : one.mean < (scale.low + scale.high) / 2 ? "Not your corner: " : "";
    return el("p", {}, mood, el("b", {}, films), one.around.length ? `. Around: ${one.around.join(", ")}.` : ".");
  });
}

const show = guarded(async () => {
  const mine = await me();
  const total = mine.rated.reduce((sum, one) => sum + one.stars, 0);
  $("summary").textContent = mine.rated.length
    ? `${plural(mine.rated.length, "film")} rated, ${stars(total / mine.rated.length)}★ on average. Every one of them counts in your picks; change or take back any.`
    : "Nothing yet. Rate a few films, and they show up here.";
  $("ratings").replaceChildren(mine.rated.length ? el("ul", { class: "rated" }, mine.rated.map(row)) : el("p", { class: "empty" }, "No ratings yet. ", el("a", { href: "/" }, "Start with a few films you know.")));
  $("marks").replaceChildren(...[marked("Watchlist", "watchlist", mine.watchlist), marked("Seen, not rated", "seen", mine.seen), marked("Not interested", "not-interested", mine.not_interested)].filter(Boolean));
  await get("/api/me/map").then((map) => {
    if (!map) { document.querySelector(".mapbox").hidden = true; return; }
    drawMap($("map"), map);
    $("words").replaceChildren(...words(map));
  });
});

show().catch(complain);
