// What the visitor taught the service: the map, the ratings, the marks.

import { get, me } from "./api.js";
import { apply } from "./changes.js";
import { $, el, icon, number, plural, scale, stars } from "./dom.js";
import { load } from "./load.js";
import { drawMap } from "./map.js";
import "./shell.js";
import { starInput } from "./stars.js";
import { followTabs } from "./tabs.js";
import { marked, rated as given, stateOf, unrated } from "./waiting.js";

const PAGE_SIZE = 60; // ratings at a time: each has a row of stars
let listLength = PAGE_SIZE;
let profile = null; // what is shown

const thumbnail = (film) => el("img", { src: film.poster, alt: "", width: 40, height: 60, loading: "lazy" });

function ratingRow({ film, stars: value }) {
  const row = el("li", { "data-id": film.id }, thumbnail(film));
  const act = (change, text) => apply({ id: film.id, before: stateOf(profile, film.id), changes: [change], text: `${film.title}: ${text}`, refresh: show, box: row });
  row.append(
    el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, [film.year || null, ...film.genres.slice(0, 3)].filter(Boolean).join(" · "))),
    scale ? starInput({ label: `Rate ${film.title}`, value, give: (rating) => act(given(rating), `${stars(rating)}★`) }) : el("span", {}),
    el("button", { class: "tool", type: "button", "aria-label": scale ? `Take back the rating of ${film.title}` : `You have not seen ${film.title}`, onclick: () => act(unrated(), "taken back") }, icon("no")));
  return row;
}

function markedFilms(title, kind, films) {
  if (!films.length) return null;
  const remove = (film) => (event) => apply({ id: film.id, before: stateOf(profile, film.id), changes: [marked(kind, false)], text: `${film.title}: taken off`, refresh: show, box: event.currentTarget.closest("li") });
  const row = (film) => el("li", {}, thumbnail(film), el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, film.year || "")), el("span", {}),
    el("button", { class: "tool", type: "button", "aria-label": `Take ${film.title} off`, onclick: remove(film) }, icon("no")));
  return el("section", {}, el("div", { class: "head" }, el("h2", {}, title)), el("ul", { class: "rated" }, films.map(row)));
}

// The map in words: a sentence for each group of films.
function mapInWords(map) {
  return map.words.map((group) => {
    const films = `${group.films.join(", ")}${group.more ? ` and ${number(group.more)} more` : ""}`;
    const mood = !scale || group.mean === null ? "" : group.mean >= scale.liked ? "You love it here: " : group.mean < (scale.low + scale.high) / 2 ? "Not your corner: " : "";
    return el("p", {}, mood, el("b", {}, films), group.around.length ? `. Around: ${group.around.join(", ")}.` : ".");
  });
}

// The first ratings and a button for more. The focus stays at its film, or goes to the one that took its place.
function drawRatings(rated) {
  const box = $("ratings");
  const focusedRow = document.activeElement?.closest?.("#ratings li");
  const focusedIndex = [...box.querySelectorAll("li")].indexOf(focusedRow);
  if (!rated.length) { box.replaceChildren(el("p", { class: "empty" }, scale ? "No ratings yet. " : "No films yet. ", el("a", { href: "/" }, "Start with a few films you know."))); return; }
  const list = el("ul", { class: "rated" }, rated.slice(0, listLength).map(ratingRow));
  const showMore = () => {
    list.append(...rated.slice(listLength, listLength + PAGE_SIZE).map(ratingRow));
    list.children[listLength].querySelector("a").focus();
    listLength += PAGE_SIZE;
    button.hidden = listLength >= rated.length;
  };
  const button = el("button", { class: "more", type: "button", hidden: listLength >= rated.length, onclick: showMore }, "Show more");
  box.replaceChildren(list, button);
  if (focusedRow) {
    const sameRow = [...list.children].find((row) => row.dataset.id === focusedRow.dataset.id);
    (sameRow?.querySelector("[tabindex='0']") ?? list.children[Math.min(focusedIndex, list.children.length - 1)].querySelector("a")).focus();
  }
}

const show = () => load([$("ratings"), $("map")], async (signal) => {
  profile = await me(signal);
  const { rated } = profile;
  const total = rated.reduce((sum, rating) => sum + rating.stars, 0);
  $("summary").textContent = rated.length
    ? `${plural(rated.length, "film")} ${scale ? `rated, ${stars(total / rated.length)}★ on average` : "watched"}. Every one of them counts in your picks; ${scale ? "change or take back" : "take back"} any.`
    : profile.seen.length ? `${plural(profile.seen.length, "film")} watched without a rating. They count in your picks.`
    : `Nothing yet. ${scale ? "Rate a few films" : "Say which films you have seen"}, and they show up here.`;
  drawRatings(rated);
  $("marks").replaceChildren(...[markedFilms("Watchlist", "watchlist", profile.watchlist), markedFilms(scale ? "Seen, not rated" : "Seen", "seen", profile.seen), markedFilms("Not interested", "not-interested", profile.not_interested)].filter(Boolean));
  const map = await get("/api/me/map", {}, signal);
  document.querySelector(".mapbox").hidden = !map;
  if (!map) return;
  drawMap($("map"), map);
  $("words").replaceChildren(...mapInWords(map));
  if (map.rated > map.mine.length) $("legend").prepend(`Of your ${number(map.rated)} films these are ${number(map.mine.length)}${scale ? " that you feel most strongly about" : ""}. `);
});

followTabs(show);
show();
