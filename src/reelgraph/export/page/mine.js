// A person's own ratings: to change, to download and to forget.
import { $, count, el, icon, replaceItems, toast } from "./dom.js";
import { metaOf } from "./picks.js";
import { poster } from "./poster.js";
import { starInput } from "./star_input.js";

const PAGE = 20;

export class Mine {
  constructor(engine, person) {
    Object.assign(this, { engine, person, length: PAGE });
    $("rated-more").onclick = () => { this.length = Infinity; this.draw(); };
    $("download").onclick = () => this._download();
    $("forget").onclick = () => this._forget();
  }

  draw() {
    const { person } = this;
    $("mine").hidden = person.isEmpty;
    const parts = [count(person.ratings.size, "rating")];
    if (person.seen.size) parts.push(`${count(person.seen.size, "film")} seen without one`);
    if (person.wish.size) parts.push(`${person.wish.size} on the watchlist`);
    if (person.hidden.size) parts.push(`${person.hidden.size} not shown`);
    $("kept").textContent = `${parts.join(", ")}. ${person.isKept ? "Kept in this browser, nowhere else." : "This browser keeps nothing for files: download your ratings before you close the page."}`;
    const rows = [...person.ratings].sort((a, b) => (b[1].time ?? 0) - (a[1].time ?? 0) || a[0] - b[0]);
    replaceItems($("rated"), rows.slice(0, this.length).map(([row, { stars }]) => this._line(this.engine.films[row], stars)));
    $("rated-more").hidden = rows.length <= this.length;
    $("rated-more").textContent = `All ${rows.length} ratings`;
  }

  _line(film, stars) {
    const { person, engine } = this;
    const remove = el("button", { class: "tool", type: "button", "aria-label": `Take back the stars of ${film.name}`, title: "Take back" }, icon("remove"));
    remove.onclick = () => {
      const { time } = person.ratings.get(film.row);
      person.unrate(film.row);
      toast(`${film.name}: taken back`, () => person.rate(film.row, stars, time));
    };
    return el("li", {}, poster(film), el("span", {}, el("strong", {}, film.name), el("small", {}, metaOf(film))), starInput(engine.scale, `Your stars for ${film.name}`, stars, (value) => person.rate(film.row, value)), remove);
  }

  _download() {
    const url = URL.createObjectURL(new Blob([this.person.csv()], { type: "text/csv" }));
    const link = el("a", { href: url, download: "my-ratings.csv", hidden: true });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  _forget() {
    const box = $("confirm");
    $("confirm-text").textContent = `Forget ${count(this.person.ratings.size, "rating")} and all else you told this page?`;
    box.returnValue = "no";
    box.onclose = () => { if (box.returnValue === "yes") this.person.forget(); };
    box.showModal();
  }
}
