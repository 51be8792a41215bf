// What you taught it: the map, the table, the marks.

import { get, mark, me, rate, unrate } from "./api.js";
import { $, el, icon, number, plural, scale, stars, starInput, toast } from "./dom.js";
import { guarded, load } from "./load.js";
import { drawMap } from "./map.js";
import "./shell.js";

const PAGE = 60; // ratings at a time: each has a row of stars
let listed = PAGE;

function row(one) {
  const { film } = one;
  const after = guarded(async (work, said) => { await work(); toast(said); await show(); });
  return el("li", { "data-id": film.id }, el("img", { src: film.poster, alt: "", width: 40, height: 60, loading: "lazy" }),
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
    const films = `${one.films.join(", ")}${one.more ? ` and ${number(one.more)} more` : ""}`;
    const mood = one.mean >= scale.liked ? "You love it here: " : one.mean < (scale.low + scale.high) / 2 ? "Not your corner: " : "";
    return el("p", {}, mood, el("b", {}, films), one.around.length ? `. Around: ${one.around.join(", ")}.` : ".");
  });
}

// The ratings, some at a time; the focus stays at the film where it was, or goes to the one that took its place.
function table(rated) {
  const box = $("ratings");
  const lines = [...box.querySelectorAll("li")];
  const held = document.activeElement?.closest?.("#ratings li");
  if (!rated.length) { box.replaceChildren(el("p", { class: "empty" }, "No ratings yet. ", el("a", { href: "/" }, "Start with a few films you know."))); return; }
  const list = el("ul", { class: "rated" }, rated.slice(0, listed).map(row));
  const more = () => {
    list.append(...rated.slice(listed, listed + PAGE).map(row));
    list.children[listed].querySelector("a").focus();
    listed += PAGE;
    button.hidden = listed >= rated.length;
  };
  const button = el("button", { class: "more", type: "button", hidden: listed >= rated.length, onclick: more }, "Show more");
  box.replaceChildren(list, button);
  if (held) {
    const same = [...list.children].find((one) => one.dataset.id === held.dataset.id);
    (same?.querySelector("[tabindex='0']") ?? list.children[Math.min(lines.indexOf(held), list.children.length - 1)].querySelector("a")).focus();
  }
}

const show = () => load([$("ratings"), $("map")], async (signal) => {
  const mine = await me(signal);
  const total = mine.rated.reduce((sum, one) => sum + one.stars, 0);
  $("summary").textContent = mine.rated.length
    ? `${plural(mine.rated.length, "film")} rated, ${stars(total / mine.rated.length)}★ on average. Every one of them counts in your picks; change or take back any.`
    : "Nothing yet. Rate a few films, and they show up here.";
  table(mine.rated);
  $("marks").replaceChildren(...[marked("Watchlist", "watchlist", mine.watchlist), marked("Seen, not rated", "seen", mine.seen), marked("Not interested", "not-interested", mine.not_interested)].filter(Boolean));
  const map = await get("/api/me/map", {}, signal);
  document.querySelector(".mapbox").hidden = !map;
  if (!map) return;
  drawMap($("map"), map);
  $("words").replaceChildren(...words(map));
  if (map.rated > map.mine.length) $("legend").prepend(`Of your ${number(map.rated)} films these are the ${number(map.mine.length)} that you feel most strongly about. `);
});

show();
