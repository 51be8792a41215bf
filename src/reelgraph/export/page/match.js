// Match the films of an export to the catalogue: matched, doubtful or missing, always with a reason: match.py, evidence.py.
import { FuzzyIndex } from "./fuzzy.js";
import { rules } from "./text.js";
import { AGREEMENT } from "./title_index.js";
import { coreWords, lettersOf, parseTitle } from "./titles.js";

const YEAR = { same: 0, adjacent: 1, twoOff: 2, unknown: 3, other: 4 };
const NEVER = 99;
const NOT_FOUND = "not in the catalogue";
const isWhole = (agreement) => agreement === AGREEMENT.title || agreement === AGREEMENT.alternative;

function yearAgreement(year, own) {
  if (!year || !own) return YEAR.unknown;
  const off = Math.abs(year - own);
  return off <= YEAR.twoOff ? off : YEAR.other;
}

class Evidence {
  constructor(row, title, year, words, hasArticle = false) {
    Object.assign(this, { row, title, year, words, hasArticle });
    const needed = (table) => table[`${year},${title}`] ?? NEVER;
    this.isSure = year === YEAR.unknown ? isWhole(title) && this._identifiesWithoutYear() : words.length >= needed(rules.evidence.sure);
    this.isWorthAsking = this.isSure || words.length >= needed(rules.evidence.doubtful);
    this.uncertainty = title > AGREEMENT.alternative || year > YEAR.adjacent ? 2 : year;
    this.rank = 100 * this.uncertainty + 10 * year + title + 1;
  }

  _identifiesWithoutYear() {
    const [ofTwo, ofThree] = rules.evidence.letters, n = this.words.length;
    return n >= 2 && lettersOf(this.words) >= (n + Number(this.hasArticle) > 2 ? ofThree : ofTwo);
  }

  get reason() {
    return rules.evidence.reasons[this.title] + rules.evidence.years[this.year];
  }

  isBetterThan(other) {
    const isSame = this.year === other.year && this.title === other.title;
    return !isSame && this.year <= other.year && this.title <= other.title;
  }
}

const missing = (reason) => ({ row: -1, reason, candidates: [], rank: 0 });
const doubtful = (reason, candidates) => ({ row: -1, reason, candidates, rank: 0 });
const matched = (row, reason, candidates = [], rank = 0) => ({ row, reason, candidates, rank });
export const statusOf = (match) => (match.row >= 0 ? "matched" : match.candidates.length ? "doubtful" : "missing");
export const uncertaintyOf = (rank) => Math.floor(rank / 100);

function imdbNumber(id) {
  const digits = id.replace(/^tt/, "");
  return /^\p{Nd}+$/u.test(digits) ? Number(digits) : -1;
}

function matchItemId(entry, evidence, row, other) {
  if (other !== undefined && other !== row) return doubtful("the item id and another id name different movies", [row, other]);
  const hasTitle = Boolean(entry.title || entry.originalTitle);
  if (other === undefined && hasTitle && !evidence.some((item) => item.row === row)) return doubtful("its item id has another title", [row]);
  return matched(row, "same item id");
}

export class Matcher {
  /** `counts`: the number of ratings of each film, which orders those that fit equally well; `rowOfId`: rows by id. */
  constructor(index, imdb, tmdb, counts, rowOfId) {
    Object.assign(this, { index, counts, tmdb, rowOfId });
    this.newest = index.years.reduce((newest, year) => Math.max(newest, year), 0);
    this.imdb = imdb.map((id) => (id ? imdbNumber(id) : 0));
    this.rowOfImdb = new Map();
    this.rowOfTmdb = new Map();
    this.imdb.forEach((id, row) => { if (id) this.rowOfImdb.set(id, row); });
    this.tmdb.forEach((id, row) => { if (id) this.rowOfTmdb.set(id, row); });
  }

  /** The match of each entry. */
  match(entries) {
    const known = new Map();
    return entries.map((entry) => {
      const identity = JSON.stringify([entry.title, entry.year, entry.originalTitle, entry.imdbId, entry.tmdbId, entry.itemId ?? "", entry.stars !== null]);
      if (!known.has(identity)) known.set(identity, this._matchOne(entry));
      return known.get(identity);
    });
  }

  _matchOne(entry) {
    const match = this._matchExactly(entry);
    return statusOf(match) === "missing" && entry.title ? this._matchSimilar(entry) ?? match : match;
  }

  _matchExactly(entry) {
    const evidence = this._evidence(entry);
    const match = this._matchIds(entry, evidence);
    if (match) return match;
    if (!entry.title && !entry.originalTitle) return missing("its id is not in the catalogue");
    return this._matchTitles(entry, evidence);
  }

  _matchIds(entry, evidence) {
    const imdbRow = entry.imdbId ? this.rowOfImdb.get(imdbNumber(entry.imdbId)) : undefined;
    const tmdbRow = entry.tmdbId ? this.rowOfTmdb.get(entry.tmdbId) : undefined;
    const itemRow = entry.itemId ? this.rowOfId.get(entry.itemId) : undefined;
    if (itemRow !== undefined) return matchItemId(entry, evidence, itemRow, imdbRow ?? tmdbRow);
    if (imdbRow !== undefined) return this._checkId(entry, evidence, imdbRow, "IMDb id");
    if (tmdbRow === undefined) return null;
    if (!this._imdbDisagrees(entry, tmdbRow)) return this._checkId(entry, evidence, tmdbRow, "TMDB id");
    if (evidence.some((item) => item.row === tmdbRow && item.isSure)) return doubtful("same title and TMDB id, but another IMDb id", [tmdbRow]);
    return null;
  }

  _checkId(entry, evidence, row, kind) {
    const year = yearAgreement(entry.year, this.index.years[row]), isImdb = kind === "IMDb id";
    const isClose = year === YEAR.same || (isImdb && year === YEAR.adjacent);
    const titleAgrees = evidence.some((item) => item.row === row) || !(entry.title || entry.originalTitle);
    if (!(titleAgrees && (isClose || year === YEAR.unknown))) {
      const same = evidence.filter((item) => item.isSure && item.uncertainty === 0 && item.row !== row).map((item) => item.row);
      if (same.length) return doubtful(`same ${kind}, but title and year of another movie`, [row, ...same].slice(0, rules.evidence.candidates));
    }
    if (titleAgrees || isClose || (isImdb && year === YEAR.unknown)) return matched(row, `same ${kind}`);
    if (isImdb || year === YEAR.adjacent || year === YEAR.unknown) return doubtful(`same ${kind}, but another title`, [row]);
    return null;
  }

  /** What the titles of an entry say for each film with a title like it, strongest first. */
  _evidence(entry) {
    const best = new Map();
    for (const hit of this._hits(entry)) {
      const item = new Evidence(hit.row, hit.agreement, yearAgreement(entry.year, this.index.years[hit.row]), hit.words, hit.hasArticle);
      const other = best.get(hit.row);
      if (!other || Number(!item.isSure) - Number(!other.isSure) || item.title - other.title) {
        const order = other ? Number(!item.isSure) - Number(!other.isSure) || item.title - other.title : -1;
        if (order < 0) best.set(hit.row, item);
      }
    }
    return [...best.values()].sort((a, b) => a.year - b.year || a.title - b.title || this.counts[b.row] - this.counts[a.row] || a.row - b.row);
  }

  _hits(entry) {
    const asAlternative = (hit) => ({ ...hit, agreement: Math.max(hit.agreement, AGREEMENT.alternative) });
    const hits = [];
    if (entry.title) {
      const parsed = parseTitle(entry.title);
      hits.push(...this.index.sameTitle(parsed.main));
      for (const alternative of parsed.alternatives) hits.push(...this.index.sameTitle(alternative).map(asAlternative));
      hits.push(...this.index.parts(parsed.main));
    }
    if (entry.originalTitle) hits.push(...this.index.sameTitle(parseTitle(entry.originalTitle).main).map(asAlternative));
    return hits;
  }

  _matchTitles(entry, evidence) {
    if (!evidence.length) return missing(NOT_FOUND);
    const possible = evidence.filter((item) => item.isWorthAsking && !this._imdbDisagrees(entry, item.row));
    if (!possible.length) return missing(this._whyMissing(entry, evidence));
    const best = possible[0], rows = possible.slice(0, rules.evidence.candidates).map((item) => item.row);
    const rivals = possible.slice(1).filter((rival) => !best.isBetterThan(rival));
    if (this._tmdbDisagrees(entry, best.row)) return doubtful("same title, but another id", best.isSure && best.uncertainty === 0 ? rows : []);
    if (rivals.length) return doubtful(`${rivals.length + 1} movies have this title${best.year === YEAR.unknown ? ", and no year decides which" : ""}`, rows);
    const isNewer = entry.year > this.newest && best.year !== YEAR.same;
    if (best.isSure && !isNewer && (entry.stars === null || best.year !== YEAR.unknown)) {
      return matched(best.row, best.reason + (best.year === YEAR.adjacent ? ` (${this.index.years[best.row]})` : ""), rows, best.rank);
    }
    return isNewer ? missing("newer than the catalogue") : doubtful(this._whyDoubtful(best), rows);
  }

  _whyMissing(entry, evidence) {
    const best = evidence.find((item) => isWhole(item.title));
    if (!best) return NOT_FOUND;
    return this._imdbDisagrees(entry, best.row) ? "same title, but another id" : `same title, but of ${this.index.years[best.row]}: another movie, or a remake`;
  }

  _whyDoubtful(best) {
    const year = this.index.years[best.row];
    if (best.title > AGREEMENT.alternative) return "no movie with this title and year; these are similar";
    if (best.year === YEAR.twoOff) return `same title, but of ${year}: another movie, or a remake`;
    if (best.year === YEAR.adjacent) return `nearly the same short title, one year off (${year})`;
    if (best.year === YEAR.same) return "same short title but for articles or numerals";
    if (best.isSure) return "same title, but rated, and no year confirms that it is this movie";
    return "same title, but a short one, and no year confirms that it is this movie";
  }

  _matchSimilar(entry) {
    this.fuzzy ??= new FuzzyIndex(this.index);
    const title = parseTitle(entry.title).main, words = coreWords(title);
    const [minSimilarity, minWords] = rules.evidence.asked;
    const similar = this.fuzzy.search(title, entry.year), possible = [];
    for (const hit of similar) {
      const year = yearAgreement(entry.year, this.index.years[hit.row]);
      const isLong = words.length >= minWords && hit.sameNumbers && year === YEAR.same;
      if (!(hit.isTypo || (isLong && hit.similarity >= minSimilarity))) continue;
      const evidence = new Evidence(hit.row, AGREEMENT.typo, year, words);
      if (evidence.isWorthAsking && !this._imdbDisagrees(entry, hit.row) && !this._tmdbDisagrees(entry, hit.row)) possible.push([hit, evidence]);
    }
    if (!possible.length) return null;
    const [best, evidence] = possible[0], rows = possible.slice(0, rules.evidence.candidates).map(([hit]) => hit.row);
    const isAlone = similar.every((hit) => hit.row === best.row || hit.isFarBehind);
    if (best.isTypo && best.similarity >= rules.evidence.typo && evidence.isSure && isAlone) return matched(best.row, "nearly the same title, same year", rows, evidence.rank);
    return doubtful("no movie with this title and year; these are similar", rows);
  }

  _imdbDisagrees(entry, row) {
    return Boolean(entry.imdbId && this.imdb[row] && this.imdb[row] !== imdbNumber(entry.imdbId));
  }

  _tmdbDisagrees(entry, row) {
    return Boolean(entry.tmdbId && this.tmdb[row] && this.tmdb[row] !== entry.tmdbId);
  }
}
