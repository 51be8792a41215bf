// Which films may be listed, in which order, and how well known they are.
import { $, el } from "./dom.js";

export class Filters {
  constructor(engine, changed) {
    this.engine = engine;
    this.only = new Set();
    this.without = new Set();
    const years = engine.films.map((film) => film.year).filter(Boolean);
    const [first, last] = [years.reduce((a, b) => Math.min(a, b), 9999), years.reduce((a, b) => Math.max(a, b), 0)];
    for (const [id, year] of [["year-from", first], ["year-to", last]]) Object.assign($(id), { placeholder: years.length ? year : "", min: first, max: last });
    this.changed = () => { this._count(); changed(); };
    $("genres").replaceChildren(...engine.genreNames.filter((name) => !name.startsWith("(")).map((name) => this._chip(name)));
    const form = $("filter-form");
    form.oninput = () => this.changed();
    form.onsubmit = (event) => event.preventDefault();
    form.onreset = () => setTimeout(() => {
      this.only.clear();
      this.without.clear();
      for (const chip of $("genres").children) this._mark(chip, "");
      this.changed();
    });
    if (matchMedia("(min-width: 961px)").matches) $("filters").open = true;
  }

  get order() {
    return document.querySelector("input[name=order]:checked").value;
  }

  get niche() {
    return Number($("niche").value);
  }

  _chip(name) {
    const chip = el("button", { class: "chip", type: "button", "aria-pressed": "false", "aria-describedby": "genre-hint" }, name);
    chip.onclick = () => {
      const next = { "": "only", only: "without", without: "" }[chip.dataset.state ?? ""];
      this.only.delete(name);
      this.without.delete(name);
      if (next === "only") this.only.add(name);
      if (next === "without") this.without.add(name);
      this._mark(chip, next);
      this.changed();
    };
    return chip;
  }

  _mark(chip, state) {
    chip.dataset.state = state;
    chip.setAttribute("aria-pressed", String(Boolean(state)));
    const name = chip.textContent;
    if (state) chip.setAttribute("aria-label", state === "only" ? `only ${name}` : `without ${name}`);
    else chip.removeAttribute("aria-label");
  }

  _count() {
    const n = this.only.size + this.without.size + Number($("year-from").value !== "") + Number($("year-to").value !== "") + Number($("seen-also").checked) + Number($("only-watchlist").checked) + Number(this.niche !== 0) + Number(this.order !== "liked");
    $("active").hidden = !n;
    $("active").textContent = String(n);
  }

  /** One for each film that may be listed, but for those that the person hides. */
  mask(person) {
    const from = Number($("year-from").value) || 0, to = Number($("year-to").value) || 0, onlyWish = $("only-watchlist").checked;
    const isAllowed = (film) => {
      if (onlyWish && !person.wish.has(film.row)) return 0;
      if ((from || to) && !film.year) return 0;
      if ((from && film.year < from) || (to && film.year > to)) return 0;
      if (this.only.size && !film.genres.some((name) => this.only.has(name))) return 0;
      return film.genres.some((name) => this.without.has(name)) ? 0 : 1;
    };
    const mask = new Uint8Array(this.engine.films.length);
    for (const film of this.engine.films) mask[film.row] = isAllowed(film);
    return mask;
  }

  get seenAlso() {
    return $("seen-also").checked;
  }
}
