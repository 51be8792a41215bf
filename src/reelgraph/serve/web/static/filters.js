// Filters and dials of the list. The address holds them, so that a link or a reload keeps them.

import { $, el, scale } from "./dom.js";
import { genre as genreName, t } from "./i18n.js";

const STATES = ["", "only", "without"];
const STATE_LABELS = { "": "filters.genre_any", only: "filters.genre_only", without: "filters.genre_without" };
const DIALS = ["niche", ...(scale ? ["bold"] : []), "diversity", "calibration"]; // bold goes by the predicted stars
const DELAY = 60; // milliseconds from the last change to `onChange`

// Set up the form of filters; `onChange` is called after a change. Returns a function that reads the filters that are set.
export function setUpFilters(onChange) {
  const form = $("filter-form");
  const genreStates = new Map();
  const address = new URLSearchParams(location.search);

  function chip(genre) {
    const button = el("button", { class: "chip", type: "button" }, genreName(genre));
    const set = (state) => { genreStates.set(genre, state); button.dataset.state = state; button.setAttribute("aria-label", t(STATE_LABELS[state], { genre: genreName(genre) })); };
    button.addEventListener("click", () => { set(STATES[(STATES.indexOf(genreStates.get(genre)) + 1) % STATES.length]); update(); });
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
  const recent = $("recent"); // absent where the model cannot count the recent more
  if (recent) recent.checked = address.get("recent") === "true";
  const details = [...form.querySelectorAll("[data-detail]")];
  for (const input of details) input.value = address.get(input.dataset.detail) ?? "";
  for (const name of DIALS) {
    const dial = form.elements[name];
    const value = Number(address.get(name) ?? 0);
    dial.value = value >= Number(dial.min) && value <= Number(dial.max) ? value : 0; // NaN is out of range, too
  }

  function readFilters() {
    const filters = {};
    const genresWith = (state) => [...genreStates].filter((entry) => entry[1] === state).map(([genre]) => genre);
    if (genresWith("only").length) filters.genre = genresWith("only");
    if (genresWith("without").length) filters.not_genre = genresWith("without");
    for (const [name, id] of [["year_from", "year-from"], ["year_to", "year-to"]]) {
      const value = Number.parseInt($(id).value, 10);
      if (value >= 1000 && value <= 3000) filters[name] = value;
    }
    for (const name of DIALS) if (Number(form.elements[name].value)) filters[name] = Number(form.elements[name].value);
    for (const input of details) if (input.value.trim()) filters[input.dataset.detail] = input.value.trim();
    if ($("only-watchlist").checked) filters.watchlist = true;
    if ($("seen-also").checked) filters.seen = "also";
    if (recent?.checked) filters.recent = true;
    return filters;
  }

  let timer = 0;
  function update() {
    const filters = readFilters();
    const pairs = Object.entries(filters).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
    if ($("say").value.trim()) pairs.push(["words", $("say").value.trim()]);
    const query = new URLSearchParams(pairs).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
    showCount(filters);
    clearTimeout(timer);
    timer = setTimeout(onChange, DELAY);
  }
  function showCount(filters) {
    const count = Object.values(filters).flat().length;
    $("active").hidden = !count;
    $("active").textContent = count;
    $("active").setAttribute("aria-label", t("filters.active", { count }));
  }

  for (const type of ["input", "change"]) form.addEventListener(type, ({ target }) => { if ((target.type === "search") === (type === "change")) update(); }); // names once they are complete
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { chips.forEach((button) => button.reset()); update(); }));
  const wideScreen = matchMedia("(min-width: 961px)");
  const unfold = () => { $("filters").open = wideScreen.matches; };
  wideScreen.addEventListener("change", unfold);
  unfold();
  showCount(readFilters());
  return readFilters;
}
