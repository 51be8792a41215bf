// Drop an export: what was read, films that are doubtful as questions, and what was left out.
import { $, count, el } from "./dom.js";
import { sort } from "./read_export.js";
import { FileError } from "./zip.js";

const NAMES = { letterboxd: "Letterboxd", imdb: "IMDb", trakt: "Trakt", netflix: "Netflix", simkl: "Simkl", own: "your own file" };
const SHOWN = 24;

export class ImportView {
  constructor(engine, person) {
    Object.assign(this, { engine, person });
    const input = $("export");
    input.onchange = () => { if (input.files.length) this.read(input.files[0]); input.value = ""; };
    for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, (event) => this._drag(name, event));
  }

  _drag(name, event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) this.read(event.dataTransfer.files[0]);
  }

  async read(file, profile) {
    $("reading").textContent = `Reading ${file.name} …`;
    await new Promise((done) => { setTimeout(done, 20); }); // so that it is painted
    try {
      const result = await this.engine.readExport(file, profile);
      $("reading").textContent = "";
      this.person.take(result);
      this._report(result);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      $("reading").textContent = error.message;
      if (error.profiles) $("reading").append(" ", ...error.profiles.map((name) => el("button", { class: "link", type: "button", onclick: () => this.read(file, name) }, name)).flatMap((button) => [button, " "]));
    }
  }

  _report(result) {
    const of = (status) => result.movies.filter((movie) => movie.status === status);
    const doubtful = of("doubtful"), missing = of("missing"), box = $("report");
    const known = [count(result.ratings.size, "rating"), result.seen.length ? `${count(result.seen.length, "film")} seen` : "", result.watchlist.length ? `${result.watchlist.length} on the watchlist` : ""].filter(Boolean).join(", ");
    box.replaceChildren(
      el("h2", {}, `Read from ${NAMES[result.service]}`),
      el("p", { class: "summary" }, el("b", {}, known), `. ${count(of("matched").length, "film")} matched, ${doubtful.length} doubtful, ${missing.length} not in the catalogue.`),
      doubtful.length ? el("h3", {}, "Is this the film?") : null,
      doubtful.length ? el("ul", { class: "doubts" }, doubtful.slice(0, SHOWN).map((movie) => this._doubt(movie))) : null,
      this._list("Not in the catalogue", missing.map((movie) => `${nameOf(movie)}: ${movie.match.reason}`)),
      this._list("Rows left out", [...result.skipped.map(([reason, n]) => `${n.toLocaleString("en")} ${reason}`), ...result.unreadable]),
    );
    [...box.childNodes].filter((node) => node.nodeType === 3).forEach((node) => node.remove());
    box.hidden = false;
    box.focus();
  }

  _list(title, lines) {
    if (!lines.length) return "";
    return el("details", {}, el("summary", {}, `${title} (${lines.length.toLocaleString("en")})`), el("ul", {}, lines.slice(0, 500).map((line) => el("li", {}, line))));
  }

  _doubt(movie) {
    const line = el("li", {}, el("p", {}, el("b", {}, nameOf(movie)), el("br"), el("small", {}, movie.match.reason)));
    const choices = movie.match.candidates.map((row) => {
      const film = this.engine.films[row];
      return el("button", { class: "quiet", type: "button", onclick: () => this._take(movie, row, line) }, `${film.name}${film.year ? ` (${film.year})` : ""}`);
    });
    line.append(el("div", { class: "row" }, choices, el("button", { class: "link", type: "button", onclick: () => line.remove() }, "None of these")));
    return line;
  }

  _take(movie, row, line) {
    const taken = { ratings: new Map(), seen: [], watchlist: [], times: new Map() };
    sort(taken, row, movie.entries, this.engine.scale);
    this.person.take(taken);
    line.remove();
  }
}

const nameOf = (movie) => `${movie.title}${movie.year ? ` (${movie.year})` : ""}`;
