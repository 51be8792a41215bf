// The recommender without a page around it: films, lists, reasons, search and the reading of exports.
import { ArrayArchive } from "./array_archive.js";
import { Matcher } from "./match.js";
import { EmbeddingPart, FilterPart } from "./parts.js";
import { byNiche, poolSize, Ranking, topK } from "./ranking.js";
import { readExport } from "./read_export.js";
import { Stars } from "./stars.js";
import { setRules } from "./text.js";
import { TitleIndex } from "./title_index.js";
import { TitleSearch } from "./title_search.js";
import { displayTitle } from "./titles.js";

export class Engine {
  constructor(archive, meta) {
    setRules(archive.get("rules"));
    this.scale = meta.scale;
    this.genreNames = meta.movies.genreNames;
    this.ids = archive.get("ids");
    this.counts = archive.get("counts");
    this.listed = archive.get("listed");
    this.series = { rows: archive.get("series_rows"), starts: archive.get("series_starts") };
    const years = archive.get("years"), genres = archive.get("genres"), titles = archive.get("titles");
    this.titles = titles;
    this.imdb = archive.get("imdb");
    this.tmdb = archive.get("tmdb");
    this.films = titles.map((title, row) => ({ row, title, year: years[row], genres: genres[row].map((place) => this.genreNames[place]) }));
    this.people = archive.has("people") ? { names: archive.get("people_names"), of: archive.get("people") } : null;
    this.localTitles = archive.has("local_titles") ? archive.get("local_titles") : null;
    const language = (globalThis.navigator?.language ?? "").toLowerCase().split("-")[0];
    const localTitle = (row) => this.localTitles?.[row].find(([, codes]) => codes.split(" ").includes(language))?.[0];
    for (const film of this.films) Object.defineProperty(film, "name", { get() { return (this._name ??= localTitle(this.row) ?? displayTitle(this.title)); } });
    this.rowOfId = new Map(this.ids.map((id, row) => [String(id), row]));
    const n = titles.length;
    const parts = meta.model.parts.map((part, place) => (part.kind === "filter" ? new FilterPart(archive, place, part, n) : new EmbeddingPart(archive, place, part, n)));
    this.stars = meta.model.stars ? new Stars(archive, meta.model.stars, this.scale, n) : null;
    this.ranking = new Ranking(meta.model, this.scale, parts, this.stars);
    this.years = years;
    this._popularity = Float32Array.from(this.counts);
  }

  static async open(meta, base64) {
    return new Engine(await ArrayArchive.open(base64, meta.sections, meta.size), meta);
  }

  get index() {
    return (this._index ??= new TitleIndex(this.titles, this.years));
  }

  get matcher() {
    return (this._matcher ??= new Matcher(this.index, this.imdb, this.tmdb, this.counts, this.rowOfId));
  }

  search(query, n) {
    this._search ??= new TitleSearch(this.index, this.counts, this.people, this.localTitles);
    return this._search.find(query, n);
  }

  readExport(file, profile) {
    return readExport(file, this.matcher, this.scale, profile);
  }

  /** A history of ratings by row, films seen, and times by row. */
  history(ratings, seen = [], times = new Map()) {
    const entries = [...[...ratings].map(([row, stars]) => ({ row, stars, seen: false })), ...seen.filter((row) => !ratings.has(row)).map((row) => ({ row, stars: this.scale.seenStars, seen: true }))];
    entries.sort((a, b) => a.row - b.row);
    const history = { rows: entries.map((entry) => entry.row), stars: entries.map((entry) => Math.fround(entry.stars)), seen: entries.map((entry) => entry.seen), order: null };
    const order = history.rows.map((row) => times.get(row) ?? -Infinity);
    if (order.length < 2 ? times.size : order.some((time) => time !== order[0])) history.order = order;
    return history;
  }

  /** The k best films of a person, `{films: [{row, score}], note}`. `allowed` has a 1 for each film that may be listed but
   * for the `hidden` ones. Of a series the first film that was not seen, and others only where no other film is left. */
  recommend(history, { order = "liked", k = 10, allowed = null, hidden = [], niche = 0, seenAlso = false } = {}) {
    const mask = this.listed.slice();
    if (allowed) for (let row = 0; row < mask.length; row++) mask[row] &= allowed[row];
    const parts = this._parts(mask, new Set(history.rows));
    if (!seenAlso) for (const row of history.rows) mask[row] = 0;
    for (const row of hidden) mask[row] = 0;
    const informs = this.ranking.informs(history, order);
    const best = (size, part, agree) => {
      const ofPart = mask.map((isAllowed, row) => isAllowed & (parts[row] === part));
      return informs ? this.ranking.best(history, { order, k: size, allowed: ofPart, agree }) : topK(this._popularity, size, ofPart);
    };
    const pool = best(niche ? poolSize(k) : k, 0, !niche);
    const films = niche ? byNiche(pool, niche, this.counts).slice(0, k) : pool;
    for (let part = 1; films.length < k && part <= parts.last; part++) films.push(...best(k - films.length, part, false));
    if (informs) return { films, note: "" };
    return { films, note: history.rows.length ? "None of your ratings says what you like: these are the most rated films." : "Rate a film and this list becomes yours. Until then, these are the most rated films." };
  }

  /** How many films of its series that pass the mask and were not seen come before each film, and the largest number. */
  _parts(mask, seen) {
    const parts = new Uint16Array(mask.length);
    let before = 0, last = 0;
    this.series.rows.forEach((row, at) => {
      if (this.series.starts[at] === at) before = 0;
      if (!mask[row] || seen.has(row)) return;
      parts[row] = before++;
      last = Math.max(last, parts[row]);
    });
    return Object.assign(parts, { last });
  }

  /** What each rating adds to the score of a film, and the terms that depend on no rating. */
  explain(history, row, order = "liked") {
    return this.ranking.explain(history, row, order);
  }
}
