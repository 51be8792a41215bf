// Filters and dials of the list; they stand in the address, so that a link or a reload keeps them.

import { $, el } from "./dom.js";

const STATES = ["", "only", "without"];
const SPOKEN = { "": "any", only: "only", without: "without" };
const DIALS = ["niche", "bold", "diversity", "calibration"];

export function filtering(changed) {
  const form = $("filter-form");
  const genres = new Map();
  const address = new URLSearchParams(location.search);

  function chip(genre) {
    const button = el("button", { class: "chip", type: "button" }, genre);
    const set = (state) => { genres.set(genre, state); button.dataset.state = state; button.setAttribute("aria-label", `${genre}: ${SPOKEN[state]}`); };
    button.addEventListener("click", () => { set(STATES[(STATES.indexOf(genres.get(genre)) + 1) % STATES.length]); told(); });
    set(address.getAll("genre").includes(genre) ? "only" : address.getAll("not_genre").includes(genre) ? "without" : "");
    button.reset = () => set("");
    return button;
  }

  const chips = JSON.parse(document.documentElement.dataset.genres).map(chip);
  $("genres").append(...chips);
  $("year-from").value = address.get("year_from") ?? "";
  $("year-to").value = address.get("year_to") ?? "";
  $("only-watchlist").checked = address.get("watchlist") === "true";
  $("seen-also").checked = address.get("seen") === "also";
  for (const name of DIALS) {
    const dial = form.elements[name];
    const asked = Number(address.get(name) ?? 0);
    dial.value = asked >= Number(dial.min) && asked <= Number(dial.max) ? asked : 0; // what is no number is neither
  }

  function wanted() {
    const asked = {};
    const chosen = (state) => [...genres].filter(([, one]) => one === state).map(([genre]) => genre);
    if (chosen("only").length) asked.genre = chosen("only");
    if (chosen("without").length) asked.not_genre = chosen("without");
    for (const [name, id] of [["year_from", "year-from"], ["year_to", "year-to"]]) {
      const value = Number.parseInt($(id).value, 10);
      if (value >= 1000 && value <= 3000) asked[name] = value;
    }
    for (const name of DIALS) if (Number(form.elements[name].value)) asked[name] = Number(form.elements[name].value);
    if ($("only-watchlist").checked) asked.watchlist = true;
    if ($("seen-also").checked) asked.seen = "also";
    return asked;
  }

  let wait = 0;
  function told() {
    const asked = wanted();
    const text = new URLSearchParams(Object.entries(asked).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))).toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
    active(asked);
    clearTimeout(wait);
    wait = setTimeout(changed, 60);
  }
  function active(asked) {
    const many = Object.values(asked).flat().length;
    $("active").hidden = !many;
    $("active").textContent = many;
    $("active").setAttribute("aria-label", `${many} set`);
  }

  form.addEventListener("input", told);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { chips.forEach((one) => one.reset()); told(); }));
  const wide = matchMedia("(min-width: 961px)");
  const unfold = () => { $("filters").open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  active(wanted());
  return wanted;
}
