// Entries of exports, one a row, and the fields that all services have: entry_collector.py, rating_text.py, row_state.py.
import { casefold, fullMatch, matchStart, rules, simplify } from "./text.js";
import { FileError } from "./zip.js";

const UNREADABLE = "rows that cannot be read";
export const SERIES = "series, seasons and episodes";
export const GAMES = "video games, podcasts and music videos";
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g; // eslint-disable-line no-control-regex

/** Collects entries, and counts the rows that are skipped. */
export class Collector {
  constructor() {
    Object.assign(this, { entries: [], skipped: new Map(), unreadable: [], notes: [] });
  }

  get rows() {
    return this.entries.length + [...this.skipped.values()].reduce((total, n) => total + n, 0);
  }

  add(entry) {
    const whole = { title: "", year: 0, stars: null, timestamp: null, originalTitle: "", imdbId: "", tmdbId: 0, onWatchlist: false, isCurrent: false, uniqueKey: "", show: "", isSeries: false, ...entry };
    if (Math.max(whole.title.length, whole.originalTitle.length) > rules.exports.maxTitle) {
      this.addUnreadable(`${whole.where}: a title of ${whole.title.length} letters`);
      return;
    }
    for (const name of ["title", "originalTitle"]) {
      const text = matchStart(rules.exports.escaped, whole[name]) ? whole[name].slice(1) : whole[name];
      whole[name] = text.replace(UNPRINTABLE, "\ufffd");
    }
    this.entries.push(whole);
    if (this.entries.length > rules.exports.maxRows) throw new FileError(`refused: more than ${rules.exports.maxRows.toLocaleString("en")} rows in total`);
  }

  skip(reason) {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  addUnreadable(text) {
    this.skip(UNREADABLE);
    if (this.unreadable.length < 5) this.unreadable.push(text);
  }

  addMalformed(table) {
    for (const line of table.malformed) this.addUnreadable(`${table.source}, ${line}`);
  }

  get nUnreadable() {
    return this.skipped.get(UNREADABLE) ?? 0;
  }
}

/** The year in a year or a date; 0 if there is none. */
export function parseYear(text) {
  const found = rules.exports.year.exec(text);
  return found ? Number(found[1]) : 0;
}

export function parseImdbId(text) {
  const found = fullMatch(rules.exports.imdb, text.trim());
  return found && Number(found[1]) ? `tt${String(Number(found[1])).padStart(7, "0")}` : "";
}

export function parsePositiveInteger(given) {
  const text = given.trim().replace(/\.0$/, "");
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const toNumber = (text) => Number(text.replace(",", ".").replace("−", "-"));

/** A rating such as "4,5", "8/10", "85%" or "★★★½": its value, and the highest one where it says so; null if it is none. */
function parseRating(given) {
  const text = given.trim(), { maxRatingLetters, starSigns, fraction, unit } = rules.exports;
  if (Array.from(text).length > maxRatingLetters) return null;
  if (text && "★⭐½".includes(Array.from(text)[0]) && fullMatch(starSigns, text)) {
    const half = /½|⯨|1\/2/.test(text) ? 0.5 : 0;
    return { value: (text.match(/[★⭐]/gu) ?? []).length + half, highest: 5 };
  }
  const parts = fullMatch(fraction, text);
  if (parts) return { value: toNumber(parts[1]), highest: Number(parts[2]) };
  const whole = fullMatch(unit, text);
  if (whole) return { value: toNumber(whole[1]), highest: whole[2] === "%" ? 100 : 0 };
  const value = /^[\s]*[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?[\s]*$/i.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  return Number.isFinite(value) ? { value, highest: 0 } : null;
}

const isUnrated = (text) => rules.exports.unrated.includes(casefold(text.trim()));

/** Stars of a rating out of `highest`; null when unrated. Throws where it is no rating on the scale. */
export function starsOf(text, highest) {
  if (isUnrated(text)) return null;
  const parsed = parseRating(text);
  const most = parsed && (parsed.highest || highest);
  if (!parsed || !(parsed.value >= 0 && parsed.value <= most)) throw new RangeError(text);
  return (parsed.value * 5) / most || null;
}

export function requireScale(texts, highest, source) {
  const values = texts.filter((text) => !isUnrated(text)).map(parseRating).filter((rating) => rating && !rating.highest).map((rating) => rating.value);
  const within = values.filter((value) => value <= highest).length;
  if (within < rules.exports.shareOfKnown * values.length) throw new FileError(`${source}: expected ratings from 0 to ${highest}, found ${Math.max(...values)}`);
}

/** What the name of a file or section says of its rows; "" if nothing. */
export function stateOfFile(fileName) {
  const stem = fileName.replace(/\.[\p{L}\p{N}_]{2,4}$/u, "");
  const name = (simplify(stem).match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
  return (rules.exports.filePatterns.find(([, pattern]) => pattern.test(name)) ?? [""])[0];
}

export function stateOfText(text) {
  if (text.length > rules.exports.maxStateLetters) return "";
  return rules.exports.stateOfText[(simplify(text).match(/[\p{L}\p{N}_]+/gu) ?? []).join(" ")] ?? "";
}
