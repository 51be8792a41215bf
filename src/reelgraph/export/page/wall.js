// Well-known films to tap, for whoever has no export.
import { $, el } from "./dom.js";
import { poster } from "./poster.js";

export class Wall {
  constructor(engine, person) {
    Object.assign(this, { engine, person, start: 0 });
    this.films = this._wellKnown();
    $("wall-more").onclick = () => { this.start = (this.start + this.size) % this.films.length; this.draw(); };
  }

  get size() {
    return matchMedia("(max-width: 560px)").matches ? 8 : matchMedia("(max-width: 1080px)").matches ? 12 : 16;
  }

  /** The most rated films, the first of each series before the others. */
  _wellKnown() {
    const rows = [...this.engine.counts.keys()].filter((row) => this.engine.listed[row]).sort((a, b) => this.engine.counts[b] - this.engine.counts[a] || a - b).slice(0, 120);
    const names = new Set();
    const films = rows.map((row) => this.engine.films[row]);
    const isFirst = (film) => {
      const name = film.name.split(/[:\d]| - | II| III/)[0].trim() || film.name;
      return !names.has(name) && Boolean(names.add(name));
    };
    const firsts = films.filter(isFirst);
    return [...firsts, ...films.filter((film) => !firsts.includes(film))];
  }

  draw() {
    $("wall").hidden = this.person.ratings.size + this.person.seen.size > 15;
    const shown = this.films.slice(this.start, this.start + this.size);
    $("wallfilms").replaceChildren(...shown.map((film) => el("li", {}, this._button(film))));
    const stars = this.engine.scale.high;
    $("wall-hint").textContent = `Each counts as ${stars} ${stars === 5 ? "stars" : "points"}; you can change that below.`;
  }

  _button(film) {
    const isLoved = () => this.person.ratings.has(film.row);
    const button = el("button", { class: "love", type: "button", "aria-pressed": String(isLoved()) }, poster(film), el("span", {}, film.name));
    button.onclick = () => {
      if (isLoved()) this.person.unrate(film.row);
      else this.person.rate(film.row, this.engine.scale.high);
    };
    button.dataset.row = film.row;
    return button;
  }

  /** Show which films are rated, without drawing the wall anew. */
  refresh() {
    $("wall").hidden = this.person.ratings.size + this.person.seen.size > 15;
    for (const button of $("wallfilms").querySelectorAll("button")) button.setAttribute("aria-pressed", String(this.person.ratings.has(Number(button.dataset.row))));
  }
}
