// The search box: films by title, and stars for the one that is chosen.
import { $, el } from "./dom.js";
import { poster } from "./poster.js";

const MOST = 8;

export class SearchBox {
  constructor(engine, choose) {
    Object.assign(this, { engine, choose, at: -1, films: [] });
    this.input = $("search");
    this.box = $("found");
    this.input.oninput = () => this._find();
    this.input.onkeydown = (event) => this._key(event);
    this.input.onfocus = () => { if (this.input.value) this._find(); };
    document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".search")) this._close(); });
  }

  _find() {
    const query = this.input.value.trim();
    if (!query) return this._close();
    this.films = this.engine.search(query, MOST).map((row) => this.engine.films[row]);
    this.at = this.films.length ? 0 : -1;
    const lines = this.films.map((film, n) => el("li", { role: "option", id: `found-${n}`, "aria-selected": String(n === this.at), onclick: () => this._take(n) },
      poster(film), el("span", {}, el("strong", {}, film.name), el("small", {}, [film.year || null, ...film.genres.slice(0, 3)].filter(Boolean).join(" · ")))));
    this.box.replaceChildren(...(lines.length ? lines : [el("li", { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "No film has this title.")]));
    this.box.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    return this._mark();
  }

  _mark() {
    [...this.box.children].forEach((line, n) => line.setAttribute("aria-selected", String(n === this.at)));
    if (this.at >= 0) {
      this.input.setAttribute("aria-activedescendant", `found-${this.at}`);
      this.box.children[this.at].scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  _key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.films.length) {
      this.at = (this.at + step + this.films.length) % this.films.length;
      this._mark();
      event.preventDefault();
    } else if (event.key === "Enter" && this.at >= 0 && !this.box.hidden) {
      event.preventDefault(); // or the star that gets the focus would be pressed
      this._take(this.at);
    }
    else if (event.key === "Escape") this._close();
  }

  _take(n) {
    const film = this.films[n];
    this.input.value = "";
    this._close();
    this.choose(film);
  }

  _close() {
    this.box.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
