// The exports of Letterboxd, IMDb, Trakt and Netflix as entries, one a row: letterboxd.py, imdb.py, trakt.py, netflix.py.
import { isDayFirst, parseSeconds } from "./dates.js";
import { casefold, fullMatch, isDecimal, matchStart, rules, simplify } from "./text.js";
import { FileError } from "./zip.js";

const UNREADABLE = "rows that cannot be read";
export const SERIES = "series, seasons and episodes";
const GAMES = "video games, podcasts and music videos";
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
function parseYear(text) {
  const found = rules.exports.year.exec(text);
  return found ? Number(found[1]) : 0;
}

function parseImdbId(text) {
  const found = fullMatch(rules.exports.imdb, text.trim());
  return found && Number(found[1]) ? `tt${String(Number(found[1])).padStart(7, "0")}` : "";
}

function parsePositiveInteger(given) {
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
function starsOf(text, highest) {
  if (isUnrated(text)) return null;
  const parsed = parseRating(text);
  const most = parsed && (parsed.highest || highest);
  if (!parsed || !(parsed.value >= 0 && parsed.value <= most)) throw new RangeError(text);
  return (parsed.value * 5) / most || null;
}

function requireScale(texts, highest, source) {
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

function stateOfText(text) {
  if (text.length > rules.exports.maxStateLetters) return "";
  return rules.exports.stateOfText[(simplify(text).match(/[\p{L}\p{N}_]+/gu) ?? []).join(" ")] ?? "";
}

/* Letterboxd */

export const isLetterboxd = (keys) => keys.includes("letterboxduri") && (keys.includes("name") || keys.includes("year")) && keys.includes("date");
export const isLikesFolder = (folder) => folder.split("/").pop().toLowerCase() === "likes";

/** ratings, diary, reviews, watched, watchlist or likes; "" if nothing decides. */
export function letterboxdKind(keys, fileName, folder = "") {
  if (keys.includes("review")) return "reviews";
  if (keys.includes("watcheddate")) return "diary";
  if (keys.includes("rating")) return "ratings";
  if (isLikesFolder(folder) || fileName.toLowerCase().includes("like")) return "likes";
  const { WISH, SEEN } = rules.exports.states;
  return { [WISH]: "watchlist", [SEEN]: "watched" }[stateOfFile(fileName)] ?? "";
}

export function readLetterboxd(table, fileName, collector) {
  table.require("Name", "name");
  table.require("Year", "year");
  const cut = fileName.lastIndexOf("/");
  const kind = letterboxdKind(table.keys, fileName.slice(cut + 1), cut < 0 ? "" : fileName.slice(0, cut));
  if (!kind) throw new FileError(`${table.source}: movies without ratings: watched, or a watchlist? Their columns are the same: name the file watched.csv, likes.csv or watchlist.csv`);
  collector.addMalformed(table);
  const titles = table.column("name"), years = table.column("year"), urls = table.column("letterboxduri"), ratings = table.column("rating");
  const times = [table.column("watcheddate"), table.column("date")].map((texts) => [texts, Boolean(isDayFirst(texts))]);
  requireScale(ratings, 5, table.source);
  titles.forEach((title, row) => {
    const where = table.where(row);
    if (!title) return collector.addUnreadable(`${where}: no name`);
    let stars = null;
    try {
      stars = starsOf(ratings[row], 5);
    } catch {
      return collector.addUnreadable(`${where}: rating ${ratings[row]}`);
    }
    const timestamp = times.map(([texts, dayFirst]) => parseSeconds(texts[row], dayFirst)).find((seconds) => seconds !== null) ?? null;
    const uniqueKey = kind === "diary" || kind === "reviews" ? "" : urls[row];
    return collector.add({ where, title, year: parseYear(years[row]), stars, timestamp, onWatchlist: kind === "watchlist", isCurrent: kind === "ratings", uniqueKey });
  });
}

/* IMDb */

const CURRENT = "const yourrating daterated title originaltitle url titletype imdbrating runtimemins year genres numvotes releasedate directors".split(" ");
const LIST = "position const created modified description title originaltitle url titletype imdbrating runtimemins year genres numvotes releasedate directors yourrating daterated".split(" ");

export const isImdb = (keys) => keys.includes("const");

export function readImdb(given, fileName, collector) {
  const table = withEnglishHeader(given);
  table.require("Const", "const");
  const ratings = table.column("yourrating", "yourated"), isList = table.has("position") && !table.has("yourated");
  if (!isList) table.require("Your Rating", "yourrating", "yourated");
  collector.addMalformed(table);
  const ids = table.column("const"), titles = table.column("title"), originals = table.column("originaltitle");
  const types = table.column("titletype"), years = table.column("year"), times = table.column("daterated", "dateadded", "created");
  const dayFirst = Boolean(isDayFirst(times));
  requireScale(ratings, 10, table.source);
  const isWish = isList && stateOfFile(fileName) !== rules.exports.states.SEEN;
  ids.forEach((id, row) => {
    const other = otherKind(types[row]);
    if (other) return collector.skip(other);
    let imdbId = parseImdbId(id), stars = null;
    try {
      stars = starsOf(ratings[row], 10);
    } catch {
      imdbId = "";
    }
    const where = table.where(row);
    if (!imdbId) return collector.addUnreadable(`${where}: ${id}, rating ${ratings[row]}`);
    return collector.add({
      where, title: titles[row], year: parseYear(years[row]), stars, timestamp: parseSeconds(times[row], dayFirst),
      originalTitle: originals[row], imdbId, onWatchlist: isWish && stars === null, isCurrent: true,
    });
  });
}

/** The table with today's names of its columns if its header is in another language and its contents fit them. */
function withEnglishHeader(table) {
  if (table.has("yourrating") || table.has("yourated") || (table.has("position") && table.has("title"))) return table;
  const layout = [CURRENT, LIST].find((names) => names.length === table.keys.length);
  if (!layout || table.keys[layout.indexOf("const")] !== "const" || !table.lines.length) return table;
  const columns = new Map(layout.map((name, place) => [name, table.columns.get(table.keys[place])]));
  const ratings = columns.get("yourrating").filter((text) => text || layout === CURRENT);
  const fits = ratings.every((text) => isDecimal(text) && Number(text) >= 1 && Number(text) <= 10) && columns.get("const").every((text) => /^tt\d{6,10}$/.test(text)) && columns.get("year").some(parseYear);
  if (!fits) throw new FileError(`${table.source}: expected the column “Your Rating” (1 to 10)`);
  return Object.assign(Object.create(Object.getPrototypeOf(table)), table, { keys: layout, columns });
}

/** The kind of a row that is not about a movie, "" for a movie. */
function otherKind(titleType) {
  const text = simplify(titleType.trim()), { seriesKind, certainMovie, otherKind: other } = rules.exports;
  if (seriesKind.test(text) && !(certainMovie.test(text) && !/serie|сериал|serial/.test(text))) return SERIES;
  return other.test(text) ? GAMES : "";
}

/* Trakt */

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const textOfValue = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const isEntry = (element) => isObject(element) && ["movie", ...rules.exports.notMovies].some((name) => isObject(element[name]));

/** The value of a JSON file, within limits of depth and size. */
export function parseJson(text, source) {
  const { maxDepth, maxValues } = rules.exports;
  let depth = 0, values = 0, inText = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "[" || letter === "{" || letter === ",") values += 1;
    if (inText) {
      if (letter === "\\") at += 1;
      else if (letter === '"') inText = false;
    } else if (letter === '"') inText = true;
    else if (letter === "[" || letter === "{") depth += 1;
    else if (letter === "]" || letter === "}") depth -= 1;
    if (depth > maxDepth) throw new FileError(`${source}: refused: JSON nested deeper than ${maxDepth}`);
  }
  if (values > maxValues) throw new FileError(`${source}: refused: more than ${maxValues.toLocaleString("en")} brackets and commas`);
  try {
    return JSON.parse(text);
  } catch {
    const lines = text.split("\n");
    if (lines.length > 1 && lines.every((line) => !line.trim() || line[0] === "{")) return lines.filter((line) => line.trim()).map((line, n) => parseJson(line, `${source}, line ${n + 1}`));
    throw new FileError(`${source}: expected JSON`);
  }
}

export function isTrakt(value) {
  if (isObject(value)) return Object.values(value).some((section) => section !== null && typeof section === "object" && isTrakt(section));
  return Array.isArray(value) && value.slice(0, 20).some(isEntry);
}

/** `trakt`, or `simkl` whose entries have a status. */
export function jsonService(value) {
  const entries = Array.isArray(value) ? value : Object.values(value).filter(Array.isArray).flat();
  return entries.slice(0, 20).some((entry) => isObject(entry) && ("status" in entry || "user_rating" in entry)) ? "simkl" : "trakt";
}

export function readTrakt(value, source, fileName, collector) {
  if (isObject(value)) {
    for (const [name, section] of Object.entries(value)) {
      if (section !== null && typeof section === "object" && isTrakt(section)) readTrakt(section, `${source}, ${name}`, stateOfFile(name) ? name : fileName, collector);
    }
    return;
  }
  const fileState = stateOfFile(fileName);
  value.forEach((element, n) => addElement(element, `${source}, entry ${n + 1}`, fileState, collector));
}

function addElement(element, where, fileState, collector) {
  let movie = isObject(element) ? element.movie : null;
  if (isObject(element) && element.anime_type === "movie") movie = movie || element.show || element.anime;
  if (!isObject(movie)) {
    if (isEntry(element)) collector.skip(SERIES);
    else collector.addUnreadable(`${where}: no movie`);
    return;
  }
  const rating = textOfValue(element.rating) || textOfValue(element.user_rating);
  let stars = null;
  try {
    stars = starsOf(rating, 10);
  } catch {
    collector.addUnreadable(`${where}: rating ${rating.slice(0, 100)}`);
    return;
  }
  const { SEEN, WISH } = rules.exports.states;
  const state = stars !== null ? SEEN : stateOfElement(element, fileState);
  const ids = isObject(movie.ids) ? movie.ids : {};
  const year = parsePositiveInteger(textOfValue(movie.year));
  const times = ["rated_at", "user_rated_at", "watched_at", "last_watched_at", "listed_at"].map((name) => parseSeconds(textOfValue(element[name])));
  const entry = {
    where, title: textOfValue(movie.title), year: year > 1000 && year < 10000 ? year : 0, stars,
    timestamp: times.find((seconds) => seconds !== null) ?? null, imdbId: parseImdbId(textOfValue(ids.imdb)),
    tmdbId: parsePositiveInteger(textOfValue(ids.tmdb)), onWatchlist: state === WISH, isCurrent: "rated_at" in element || "user_rating" in element,
  };
  if (!(entry.title || entry.imdbId || entry.tmdbId)) collector.addUnreadable(`${where}: no title and no id`);
  else if (state === SEEN || state === WISH) collector.add(entry);
  else collector.skip(state);
}

/** What became of a film without a rating: by its status, by the kind of entry, or by the name of the file. */
function stateOfElement(element, fileState) {
  const { states } = rules.exports, status = textOfValue(element.status);
  if (status) return stateOfText(status) || states.NOT_UNDERSTOOD;
  if ("hidden_at" in element) return states.HIDDEN;
  if ("comment" in element || "commented_at" in element || "note" in element) return states.COMMENTED;
  if ("watched_at" in element || "last_watched_at" in element || "plays" in element) return element.plays === 0 ? states.NOT_SEEN : states.SEEN;
  if ("paused_at" in element || "progress" in element) return states.UNFINISHED;
  if (fileState) return fileState;
  return "listed_at" in element || "collected_at" in element ? states.COLLECTED : states.SEEN;
}

/* What this page writes itself, see person.js */

export const isOwn = (keys) => OWN.every((key, place) => keys[place] === key) && keys.length === OWN.length;
const OWN = ["itemid", "title", "year", "imdbid", "rating", "watcheddate"];

export function readOwn(table, fileName, collector) {
  collector.addMalformed(table);
  const columns = OWN.map((key) => table.column(key));
  requireScale(columns[4], 5, table.source);
  columns[0].forEach((itemId, row) => {
    const [, title, year, imdbId, rating, date] = columns.map((texts) => texts[row]);
    const where = table.where(row);
    try {
      collector.add({ where, itemId, title, year: parseYear(year), imdbId: parseImdbId(imdbId), stars: starsOf(rating, 5), timestamp: parseSeconds(date), isCurrent: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      collector.addUnreadable(`${where}: rating ${rating}`);
    }
  });
}

/* Netflix */

export function isNetflix(keys) {
  const { titles, times } = rules.exports.netflix;
  if (["profilename", "starttime", "title"].every((key) => keys.includes(key))) return true;
  return keys.length === 2 && ((keys[0] === "title" && keys[1] === "date") || (titles.includes(keys[0]) && times.includes(keys[1])));
}

export function readNetflix(table, fileName, collector, profile) {
  collector.addMalformed(table);
  const titles = table.column("title", table.keys[0]), videoTypes = table.column("supplementalvideotype");
  const times = table.column("starttime", "date", table.keys[table.keys.length - 1]);
  const users = table.column("profilename"), names = [...new Set(users.filter(Boolean))];
  if (profile === undefined && names.length > 1) {
    const error = new FileError(`${table.source}: these are the rows of ${names.length} people. Whose are yours?`);
    throw Object.assign(error, { profiles: names.slice(0, 50) });
  }
  const isOther = users.map((user) => profile !== undefined && casefold(user) !== casefold(profile));
  const dayFirst = Boolean(isDayFirst(times));
  const shows = new Map();
  for (const title of new Set(titles.filter((_, row) => !isOther[row]))) shows.set(showName(title), (shows.get(showName(title)) ?? 0) + 1);
  const isSeries = (name) => Boolean(name) && shows.get(name) >= rules.exports.netflix.episodes;
  const short = playedBriefly(table, titles, isOther);
  titles.forEach((title, row) => {
    if (isOther[row]) collector.skip("rows of other profiles");
    else if (!title) collector.addUnreadable(`${table.where(row)}: no title`);
    else if (videoTypes[row]) collector.skip("trailers and previews");
    else if (isEpisodeTitle(title)) collector.skip(SERIES);
    else if (short.has(title)) collector.skip("movies played for less than ten minutes");
    else {
      const show = showName(title);
      collector.add({ where: table.where(row), title, timestamp: parseSeconds(times[row], dayFirst), show, isSeries: isSeries(show) });
    }
  });
}

function playedBriefly(table, titles, isOther) {
  const { duration, seconds: least } = rules.exports.netflix;
  const attributes = table.column("attributes"), total = new Map();
  table.column("duration").forEach((text, row) => {
    const found = fullMatch(duration, text);
    if (!found || isOther[row]) return;
    const [hours, minutes, seconds] = found.slice(1).map(Number);
    const isPreview = attributes[row].toLowerCase().includes("user action: none");
    total.set(titles[row], (total.get(titles[row]) ?? 0) + (isPreview ? 0 : 3600 * hours + 60 * minutes + seconds));
  });
  return new Set([...total].filter(([, seconds]) => seconds < least).map(([title]) => title));
}

/** Whether the form of a title is that of an episode: "Show: Season 1: Name", "Show S01E03". */
export function isEpisodeTitle(title) {
  if (title.length > rules.exports.maxTitle) return false;
  const { colon, seasonPart, episodePart, episodeInBrackets, episodeNumber } = rules.exports;
  const parts = title.split(colon).slice(1).map((part) => part.trim());
  return parts.slice(0, -1).some((part) => matchStart(anchored(seasonPart), part)) || (parts.length > 0 && Boolean(fullMatch(episodePart, parts[parts.length - 1])))
    || Boolean(fullMatch(episodeInBrackets, title.slice(Math.max(title.lastIndexOf("("), title.includes("(") ? 0 : title.length - 1)).trim())) || episodeNumber.test(title);
}

/** A pattern that is tried at the beginning only. */
function anchored(pattern) {
  if (!starts.has(pattern)) starts.set(pattern, new RegExp(`^(?:${pattern.source})`, pattern.flags));
  return starts.get(pattern);
}
const starts = new Map();

export const hasTwoColons = (title) => title.split(rules.exports.colonWithSpace).length > 2;

/** The name before the first colon, of which the rest may be an episode; "" if there is no colon. */
export function showName(title) {
  const found = rules.exports.colonWithSpace.exec(title);
  return found && title.slice(found.index + found[0].length).trim() ? title.slice(0, found.index).trim() : "";
}
