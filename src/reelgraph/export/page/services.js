// The tables of Letterboxd, IMDb and Netflix, and of this page itself: letterboxd.py, imdb.py, netflix.py.
import { isDayFirst, parseSeconds } from "./dates.js";
import { GAMES, parseImdbId, parseYear, requireScale, SERIES, starsOf, stateOfFile } from "./entries.js";
import { casefold, fullMatch, isDecimal, matchStart, rules, simplify } from "./text.js";
import { FileError } from "./zip.js";

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
