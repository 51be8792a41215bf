// JSON of Trakt and Simkl: trakt.py.
import { parseSeconds } from "./dates.js";
import { parseImdbId, parsePositiveInteger, SERIES, starsOf, stateOfFile, stateOfText } from "./entries.js";
import { rules } from "./text.js";
import { FileError } from "./zip.js";

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
