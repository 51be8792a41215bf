// What the visitor taught the service: the map, the ratings, the marks.

import { get, me } from "./api.js";
import { apply } from "./changes.js";
import { $, el, icon, scale } from "./dom.js";
import { genres, rich, stars, t } from "./i18n.js";
import { load } from "./load.js";
import { drawMap } from "./map.js";
import { portraitParts } from "./portrait.js";
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
  const act = (change, text) => apply({ id: film.id, before: stateOf(profile, film.id), changes: [change], text: t("film.said", { title: film.title, text }), refresh: show, box: row });
  row.append(
    el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, [film.year || null, ...genres(film.genres.slice(0, 3))].filter(Boolean).join(" · "))),
    scale ? starInput({ label: t("film.rate", { title: film.title }), value, give: (rating) => act(given(rating), t("film.stars", { stars: stars(rating) })) }) : el("span", {}),
    el("button", { class: "tool", type: "button", "aria-label": t("taste.take_back", { title: film.title }), onclick: () => act(unrated(), t("taste.taken_back")) }, icon("no")));
  return row;
}

function markedFilms(title, kind, films) {
  if (!films.length) return null;
  const remove = (film) => (event) => apply({ id: film.id, before: stateOf(profile, film.id), changes: [marked(kind, false)], text: t("film.said", { title: film.title, text: t("taste.taken_off") }), refresh: show, box: event.currentTarget.closest("li") });
  const row = (film) => el("li", {}, thumbnail(film), el("div", {}, el("a", { href: film.page }, film.title), el("small", {}, film.year || "")), el("span", {}),
    el("button", { class: "tool", type: "button", "aria-label": t("taste.take_off", { title: film.title }), onclick: remove(film) }, icon("no")));
  return el("section", {}, el("div", { class: "head" }, el("h2", {}, title)), el("ul", { class: "rated" }, films.map(row)));
}

// The map in words: a sentence for each group of films.
function mapInWords(map) {
  return map.words.map((group) => {
    const films = el("b", {}, group.more ? t("taste.and_more", { films: group.films.join(", "), count: group.more }) : group.films.join(", "));
    const isLow = group.mean < scale?.low / 2 + scale?.high / 2;
    const mood = !scale || group.mean === null ? "taste.here" : group.mean >= scale.liked ? "taste.love_here" : isLow ? "taste.not_yours" : "taste.here";
    return el("p", {}, ...rich(mood, { films }), group.around.length ? ` ${t("taste.around", { films: group.around.join(", ") })}` : "");
  });
}

// The first ratings and a button for more. The focus stays at its film, or goes to the one that took its place.
function drawRatings(rated) {
  const box = $("ratings");
  const focusedRow = document.activeElement?.closest?.("#ratings li");
  const focusedIndex = [...box.querySelectorAll("li")].indexOf(focusedRow);
  if (!rated.length) { box.replaceChildren(el("p", { class: "empty" }, ...rich("taste.none", { link: (...text) => el("a", { href: "/" }, ...text) }))); return; }
  const list = el("ul", { class: "rated" }, rated.slice(0, listLength).map(ratingRow));
  const showMore = () => {
    list.append(...rated.slice(listLength, listLength + PAGE_SIZE).map(ratingRow));
    list.children[listLength].querySelector("a").focus();
    listLength += PAGE_SIZE;
    button.hidden = listLength >= rated.length;
  };
  const button = el("button", { class: "more", type: "button", hidden: listLength >= rated.length, onclick: showMore }, t("picks.more"));
  box.replaceChildren(list, button);
  if (focusedRow) {
    const sameRow = [...list.children].find((row) => row.dataset.id === focusedRow.dataset.id);
    (sameRow?.querySelector("[tabindex='0']") ?? list.children[Math.min(focusedIndex, list.children.length - 1)].querySelector("a")).focus();
  }
}

async function drawPortrait(signal) {
  const parts = portraitParts(await get("/api/me/portrait", {}, signal), { full: true });
  $("portrait-parts").replaceChildren(...parts);
  $("portrait").hidden = !parts.length;
}

const show = () => load([$("ratings"), $("map")], async (signal) => {
  profile = await me(signal);
  const { rated } = profile;
  const total = rated.reduce((sum, rating) => sum + rating.stars, 0);
  $("summary").textContent = rated.length
    ? t("taste.summary", { count: rated.length, stars: stars(total / rated.length) })
    : profile.seen.length ? t("taste.summary_seen", { count: profile.seen.length }) : t("taste.nothing");
  drawRatings(rated);
  $("marks").replaceChildren(...[markedFilms(t("action.watchlist"), "watchlist", profile.watchlist), markedFilms(t("taste.seen"), "seen", profile.seen), markedFilms(t("action.not_interested"), "not-interested", profile.not_interested)].filter(Boolean));
  await drawPortrait(signal);
  const map = await get("/api/me/map", {}, signal);
  document.querySelector(".mapbox").hidden = !map;
  if (!map) return;
  drawMap($("map"), map);
  $("words").replaceChildren(...mapInWords(map));
  if (map.rated > map.mine.length) $("legend").prepend(`${t("map.shown", { all: map.rated, shown: map.mine.length })} `);
});

followTabs(show);
show();
