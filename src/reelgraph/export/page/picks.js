// The list: films with their reasons, stars to give, and what to do with each.
import { $, count, el, icon, replaceItems, svg, toast } from "./dom.js";
import { poster } from "./poster.js";
import { bars, sentence } from "./reasons.js";
import { starInput } from "./star_input.js";

const PAGE = 12;
const NICHE = 0.6; // standard deviations of the log of the number of ratings, at the ends of the dial

export class Picks {
  constructor(engine, person, filters) {
    Object.assign(this, { engine, person, filters, length: PAGE, open: new Set() });
    $("more").onclick = () => { this.length += PAGE; this.draw(); };
  }

  reset() {
    this.length = PAGE;
    this.open.clear();
    this.draw();
  }

  draw() {
    const { engine, person, filters } = this, { history } = person;
    const started = performance.now();
    const options = { order: filters.order, k: this.length + 1, allowed: filters.mask(person), hidden: person.hidden, niche: filters.niche, seenAlso: filters.seenAlso };
    const { films, note } = engine.recommend(history, options);
    this.isOwn = !note;
    this.seconds = (performance.now() - started) / 1000;
    const shown = films.slice(0, this.length).map(({ row }) => engine.films[row]);
    const stars = engine.stars && this.isOwn ? engine.stars.rate(history, shown.map((film) => film.row)) : null;
    replaceItems($("picks"), shown.map((film, n) => this._card(film, history, stars?.[n])));
    const empty = films.length ? "" : "No film passes these filters.";
    $("picks-note").textContent = [note, empty].filter(Boolean).join(" ");
    $("picks-title").textContent = this.isOwn ? "Picks for you" : "Most rated films";
    $("more").hidden = films.length <= this.length;
  }

  _card(film, history, stars) {
    const { engine, person } = this;
    const explained = this.isOwn ? engine.explain(history, film.row, this.filters.order) : null;
    const card = el("li", { class: "pick", "data-row": film.row });
    const whybox = el("div", { class: "whybox", hidden: true });
    const why = explained && el("button", { class: "link", type: "button", "aria-expanded": "false" }, "Why?");
    if (why) {
      why.onclick = () => {
        const isOpen = whybox.hidden;
        if (!whybox.children.length) whybox.append(el("h3", {}, "What your ratings add to its score"), bars(engine, history, explained));
        whybox.hidden = !isOpen;
        card.classList.toggle("open", isOpen);
        why.setAttribute("aria-expanded", String(isOpen));
      };
    }
    const own = person.ratings.get(film.row);
    const rate = starInput(engine.scale, `Your stars for ${film.name}`, own ? own.stars : null, (value) => {
      person.rate(film.row, value);
      toast(`${film.name}: ${value} ${value === 1 ? "star" : "stars"}`, () => (own ? person.rate(film.row, own.stars, own.time) : person.unrate(film.row)));
    });
    const hide = el("button", { class: "tool", type: "button", "aria-label": `Not interested in ${film.name}`, title: "Not interested" }, icon("hide"));
    hide.onclick = () => { person.hide(film.row); toast(`${film.name}: not shown again`, () => person.show(film.row)); };
    const isWished = person.wish.has(film.row);
    const wish = el("button", { class: "tool", type: "button", "aria-pressed": String(isWished), "aria-label": `${film.name} on my watchlist`, title: "Watchlist" }, icon("keep"));
    wish.onclick = () => person.toggleWish(film.row);
    card.append(poster(film),
      el("div", { class: "body" }, el("h3", {}, film.name), el("p", { class: "meta" }, metaOf(film)), stars ? guess(stars, engine.scale) : null, explained ? sentence(engine, history, explained.shares) : el("p", { class: "because" }, `${count(engine.counts[film.row], "person", "people")} rated it.`), why ? el("p", {}, why) : null),
      el("div", { class: "acts" }, rate, el("span", { class: "tools" }, wish, hide)), whybox);
    return card;
  }
}

export const metaOf = (film) => [film.year || null, ...film.genres.slice(0, 3)].filter(Boolean).join(" · ");

/** Predicted stars with their interval and distribution. */
function guess(predicted, scale) {
  const highest = Math.max(...predicted.chances, 1e-9), width = 8;
  const levels = svg("svg", { class: "dist", viewBox: `0 0 ${predicted.chances.length * width} 30`, width: predicted.chances.length * width, height: 30, "aria-hidden": "true" },
    predicted.chances.map((chance, n) => {
      const height = Math.max(1.5, (28 * chance) / highest);
      return svg("rect", { class: predicted.levels[n] >= scale.likedFrom - 1e-9 ? "hot" : "cold", x: n * width + 1, y: 30 - height, width: width - 2, height, rx: 1.5 });
    }));
  return el("div", { class: "guess" }, el("span", { class: "value" }, predicted.stars.toFixed(1), el("small", {}, "★")), levels, el("span", { class: "range" }, `likely ${predicted.low.toFixed(1)} to ${predicted.high.toFixed(1)}`));
}
