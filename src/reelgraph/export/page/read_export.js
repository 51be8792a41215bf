// Read an export and match it: which service wrote it, its entries, and what became of each film: read.py, import_export.py.
import { readHeader, readTable, textOf } from "./csv.js";
import { roundHalfEven } from "./fuzzy.js";
import { statusOf, uncertaintyOf } from "./match.js";
import { Collector, SERIES, stateOfFile } from "./entries.js";
import { hasTwoColons, isImdb, isLetterboxd, isLikesFolder, isNetflix, isOwn, letterboxdKind, readImdb, readLetterboxd, readNetflix, readOwn } from "./services.js";
import { isTrakt, jsonService, parseJson, readTrakt } from "./trakt.js";
import { isDistinctive } from "./titles.js";
import { FileError, membersOf } from "./zip.js";

const PROBABLY_EPISODES = "titles with a colon that no movie of the catalogue has, probably episodes";
const EXPECTED = "expected a Letterboxd zip or CSV, IMDb's ratings.csv, Trakt's JSON or Netflix's history";
const JSON_START = /^\s*(?:\{|\[\s*(?:[[{"\d\]-]|true|false|null|$))/;

/** Read a file that a person gave: ratings, films seen, watchlist, and the films one by one with why they were matched.
 * `profile` is the name of the person where a file is of several. */
export async function readExport(file, matcher, scale, profile) {
  const members = await membersOf(file);
  const sources = [];
  for (const member of members) {
    const found = recognise(member, await member.read(), profile);
    if (found) sources.push(found);
    else if (members.length === 1) throw new FileError(`${member.display}: ${EXPECTED}`);
  }
  const services = [...new Set(sources.map((source) => source.service))].sort();
  if (!services.length) throw new FileError(`${file.name}: ${EXPECTED}; found ${members.slice(0, 8).map((member) => member.name).join(", ") || "no table"}`);
  if (services.length > 1) throw new FileError(`${file.name}: one export at a time, found ${services.join(" and ")}`);
  const chosen = services[0] === "letterboxd" ? mainLetterboxdFiles(sources) : sources;
  const collector = new Collector();
  for (const source of chosen) source.add(collector);
  if (2 * collector.nUnreadable > collector.rows) throw new FileError(`${collector.unreadable[0]}: cannot be read; ${collector.nUnreadable} of ${collector.rows} rows, this is the first`);
  if (!collector.rows) throw new FileError(`${file.name}: expected at least one movie, found none`);
  return resultOf(services[0], collector, matcher, scale);
}

function recognise(member, bytes, profile) {
  const text = textOf(bytes, member.display);
  const name = tellingName(member);
  if (JSON_START.test(text)) {
    const value = parseJson(text, member.display);
    return isTrakt(value) ? { member, service: jsonService(value), keys: [], add: (collector) => readTrakt(value, member.display, name, collector) } : null;
  }
  const { keys } = readHeader(text);
  const readers = [["letterboxd", isLetterboxd, readLetterboxd], ["imdb", isImdb, readImdb], ["netflix", isNetflix, readNetflix], ["own", isOwn, readOwn]];
  const known = readers.find(([, matches]) => matches(keys));
  if (!known) return null;
  const [service, , read] = known;
  const fileName = isLikesFolder(member.folder) ? `${member.folder}/${member.name}` : name;
  return { member, service, keys, name, add: (collector) => read(readTable(text, member.display), fileName, collector, profile) };
}

/** The name of a file; with that of its folder if only the folder tells what it holds. */
function tellingName(member) {
  const folder = member.folder.split("/").pop();
  return !stateOfFile(member.name) && stateOfFile(folder) ? `${folder} ${member.name}` : member.name;
}

/** The tables at the top of a Letterboxd export, and the liked films; other folders have lists. */
function mainLetterboxdFiles(sources) {
  const depth = (folder) => folder.split("/").length - 1 + Number(Boolean(folder));
  const top = [...sources].sort((a, b) => depth(a.member.folder) - depth(b.member.folder) || (a.member.folder < b.member.folder ? -1 : 1))[0].member.folder;
  const likes = sources.filter((source) => isLikesFolder(source.member.folder) && source.member.name.startsWith("film"));
  const topFiles = sources.filter((source) => source.member.folder === top);
  const main = topFiles.filter((source) => !["", "reviews"].includes(letterboxdKind(source.keys, source.name, source.member.folder)));
  return [...(main.length ? main : topFiles), ...likes.filter((source) => !topFiles.includes(source))];
}

const keyOf = (entry) => JSON.stringify([(entry.title || entry.originalTitle || entry.imdbId || `TMDB ${entry.tmdbId}`).trim(), entry.year]);

function resultOf(service, collector, matcher, scale) {
  const { entries, matches } = withoutEpisodes(collector, matcher);
  const resolved = resolveConflicts(entries, matches);
  const byRow = new Map(), movies = new Map();
  entries.forEach((entry, n) => {
    const match = resolved[n];
    if (match.row >= 0) byRow.set(match.row, [...(byRow.get(match.row) ?? []), entry]);
    const name = `${keyOf(entry)} ${JSON.stringify(match)}`;
    const movie = movies.get(name) ?? { title: JSON.parse(keyOf(entry))[0], year: entry.year, status: statusOf(match), match, entries: [] };
    movie.entries.push(entry);
    movies.set(name, movie);
  });
  const result = { service, ratings: new Map(), seen: [], watchlist: [], times: new Map(), movies: [...movies.values()], skipped: [...collector.skipped], unreadable: collector.unreadable, rows: entries.length + [...collector.skipped.values()].reduce((total, n) => total + n, 0) };
  for (const [row, group] of byRow) sort(result, row, group, scale);
  return result;
}

/** Put the entries of one film into the ratings, the films seen or the watchlist. */
export function sort(result, row, group, scale) {
  const rated = latest(group.filter((entry) => entry.stars !== null)), watched = latest(group.filter((entry) => !entry.onWatchlist));
  if (rated) result.ratings.set(row, toScale(rated.stars, scale));
  else if (watched) result.seen.push(row);
  else result.watchlist.push(row);
  const time = [rated, watched].map((entry) => entry?.timestamp ?? null).find((seconds) => seconds !== null);
  if (time !== undefined) result.times.set(row, time);
}

/** Stars in half stars, scaled to the highest rating of the catalogue. */
function toScale(stars, scale) {
  const halves = Math.max(0.5, roundHalfEven(stars / 0.5) * 0.5);
  return scale.high === 5 ? halves : (halves * scale.high) / 5;
}

/** The current entry, otherwise the latest; the last row among equals. */
function latest(group) {
  const rank = (entry) => [Number(entry.isCurrent), Number(entry.timestamp !== null), entry.timestamp ?? 0];
  let best = null;
  for (const entry of group) {
    if (!best) { best = entry; continue; }
    const [a, b] = [rank(entry), rank(best)];
    const place = a.findIndex((value, n) => value !== b[n]);
    if (place < 0 || a[place] > b[place]) best = entry;
  }
  return best;
}

/** Without entries that are probably about episodes: episodes.py. */
function withoutEpisodes(collector, matcher) {
  const all = matcher.match(collector.entries);
  const names = [...new Set(collector.entries.map((entry) => entry.show).filter((show) => show && isDistinctive(show)))];
  const empty = { year: 0, stars: null, originalTitle: "", imdbId: "", tmdbId: 0 };
  const ofNames = new Map(matcher.match(names.map((title) => ({ ...empty, title }))).map((match, n) => [names[n], match]));
  const entries = [], matches = [];
  collector.entries.forEach((entry, n) => {
    let match = all[n];
    if (entry.show && match.row < 0) {
      const named = ofNames.get(entry.show);
      const rows = !named ? [] : named.candidates.length ? named.candidates : named.row >= 0 ? [named.row] : [];
      const isSeries = entry.isSeries || hasTwoColons(entry.title);
      if (isSeries || !rows.length) {
        collector.skip(isSeries ? SERIES : PROBABLY_EPISODES);
        return;
      }
      if (!match.candidates.length) match = { row: -1, reason: "a movie has the name before the colon: it, another movie, or an episode", candidates: rows, rank: 0 };
    }
    entries.push(entry);
    matches.push(match);
  });
  return { entries, matches };
}

/** If two titles of an export match one film, the one with the better evidence gets it; the other is doubtful. */
function resolveConflicts(entries, matches) {
  const uniqueKeys = new Map(), claims = new Map();
  entries.forEach((entry, n) => {
    const key = keyOf(entry);
    if (entry.uniqueKey) uniqueKeys.set(key, (uniqueKeys.get(key) ?? new Set()).add(entry.uniqueKey));
    if (matches[n].row >= 0) claims.set(matches[n].row, (claims.get(matches[n].row) ?? new Map()).set(key, matches[n].rank));
  });
  const asDoubtful = (match, reason) => ({ ...match, row: -1, reason, candidates: match.candidates.length ? match.candidates : [match.row] });
  return entries.map((entry, n) => {
    const match = matches[n], key = keyOf(entry), rivals = claims.get(match.row) ?? new Map();
    if (match.row < 0 || match.rank === 0) return match;
    if ((uniqueKeys.get(key)?.size ?? 0) > 1) return asDoubtful(match, "two movies of the export have this title and year");
    const certainty = uncertaintyOf(match.rank);
    if (rivals.size > 1 && certainty && certainty >= Math.min(...[...rivals.values()].map(uncertaintyOf))) {
      const other = [...rivals].filter(([name]) => name !== key).sort((a, b) => a[1] - b[1])[0][0];
      const [title, year] = JSON.parse(other);
      return asDoubtful(match, `${match.reason}, but so is ${title} (${year || "no year"})`);
    }
    return match;
  });
}
