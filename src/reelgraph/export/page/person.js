// What a person told: ratings, films seen, hidden ones and a watchlist; kept in the browser where it allows that.
import { displayTitle } from "./titles.js";

const EMPTY = { ratings: {}, seen: {}, hidden: {}, wish: {} };

export class Person {
  constructor(name, engine, changed) {
    this.key = `reelgraph:${name}`;
    this.engine = engine;
    this.changed = changed;
    this.ratings = new Map(); // row -> {stars, time}
    this.seen = new Map(); // row -> time
    this.hidden = new Set();
    this.wish = new Set();
    this.isKept = this._load();
  }

  _load() {
    let kept = EMPTY;
    try {
      kept = { ...EMPTY, ...JSON.parse(localStorage.getItem(this.key) ?? "{}") };
      localStorage.setItem(`${this.key}:test`, "1");
      localStorage.removeItem(`${this.key}:test`);
    } catch {
      return false;
    }
    const { low, high } = this.engine.scale;
    const each = (part, take) => Object.entries(part ?? {}).forEach(([id, value]) => {
      const row = this.engine.rowOfId.get(id);
      if (row !== undefined) take(row, value);
    });
    each(kept.ratings, (row, [stars, time]) => { if (stars >= low && stars <= high) this.ratings.set(row, { stars, time }); });
    each(kept.seen, (row, time) => this.seen.set(row, time));
    each(kept.hidden, (row) => this.hidden.add(row));
    each(kept.wish, (row) => this.wish.add(row));
    return true;
  }

  _save() {
    const byId = (pairs) => Object.fromEntries([...pairs].map(([row, value]) => [this.engine.ids[row], value]));
    const kept = {
      ratings: byId([...this.ratings].map(([row, { stars, time }]) => [row, [stars, time]])), seen: byId(this.seen),
      hidden: byId([...this.hidden].map((row) => [row, 1])), wish: byId([...this.wish].map((row) => [row, 1])),
    };
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
      this.isKept = true;
    } catch {
      this.isKept = false;
    }
    this._history = null;
    this.changed();
  }

  /** Everything in one step: `work` changes the person, and the page is drawn once. */
  change(work) {
    work();
    this._save();
  }

  rate(row, stars, time = Math.floor(Date.now() / 1000)) {
    this.change(() => {
      this.ratings.set(row, { stars, time });
      this.seen.delete(row);
    });
  }

  unrate(row) {
    this.change(() => this.ratings.delete(row));
  }

  hide(row) {
    this.change(() => this.hidden.add(row));
  }

  show(row) {
    this.change(() => this.hidden.delete(row));
  }

  toggleWish(row) {
    this.change(() => { if (!this.wish.delete(row)) this.wish.add(row); });
  }

  take(imported) {
    this.change(() => {
      for (const [row, stars] of imported.ratings) this.ratings.set(row, { stars, time: imported.times.get(row) ?? null });
      for (const row of imported.seen) if (!this.ratings.has(row)) this.seen.set(row, imported.times.get(row) ?? null);
      for (const row of imported.ratings.keys()) this.seen.delete(row);
      for (const row of imported.watchlist) this.wish.add(row);
    });
  }

  forget() {
    this.change(() => { for (const part of [this.ratings, this.seen, this.hidden, this.wish]) part.clear(); });
    try {
      localStorage.removeItem(this.key);
    } catch { /* it was never kept */ }
  }

  get isEmpty() {
    return !(this.ratings.size || this.seen.size || this.hidden.size || this.wish.size);
  }

  get history() {
    const ratings = new Map([...this.ratings].map(([row, { stars }]) => [row, stars]));
    const times = new Map([...this.ratings].filter(([, { time }]) => time !== null).map(([row, { time }]) => [row, time]));
    for (const [row, time] of this.seen) if (time !== null) times.set(row, time);
    return (this._history ??= this.engine.history(ratings, [...this.seen.keys()], times));
  }

  /** The ratings and films seen as a table that this page, `reelgraph import` and Letterboxd read. */
  csv() {
    const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const plain = (text) => (/^[=+\-@]/.test(text) ? `'${text}` : text);
    const { high } = this.engine.scale;
    const seen = [...this.seen].map(([row, time]) => [row, { stars: null, time }]);
    const rows = [...this.ratings, ...seen].map(([row, { stars, time }]) => {
      const film = this.engine.films[row];
      const date = time ? new Date(1000 * time).toISOString().slice(0, 10) : "";
      return [String(this.engine.ids[row]), plain(displayTitle(film.title)), film.year || "", this.engine.imdb[row], stars === null ? "" : (5 * stars) / high, date].map((value) => cell(String(value))).join(",");
    });
    return ["item_id,Title,Year,imdbID,Rating,WatchedDate", ...rows].join("\n") + "\n";
  }
}
