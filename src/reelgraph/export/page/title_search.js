// Films by the words of their titles, those that begin with the query first, then the most rated; then by titles in other
// languages and by people; misspelt ones by letters.
import { coreWords, normalisedWords, parseTitle } from "./titles.js";
import { editDistance } from "./fuzzy.js";

const MOST = 200;

const hasWords = (text, words) => words.every((word) => ` ${text}`.includes(` ${word}`));

function textsOf(titles, year) {
  const texts = [...new Set(titles.flatMap((title) => [normalisedWords(title).join(" "), coreWords(title).join(" ")]))];
  return { texts, all: ` ${texts.join(" | ")} ${year || ""}` };
}

/** How well the titles of a film fit: 0 is the same title, 3 the words of it, 4 a title in another language; null: not. */
function tierOf(name, words, text, core) {
  const { texts } = name, joined = text.replaceAll(" ", "");
  if (words.every((word) => name.all.includes(` ${word}`)) || texts.some((own) => own.replaceAll(" ", "").startsWith(joined))) {
    if (texts.some((own) => own === text || own === core)) return 0;
    if (texts.some((own) => own.startsWith(`${text} `) || own.startsWith(`${core} `))) return 1;
    return texts.some((own) => own.startsWith(text)) ? 2 : 3;
  }
  if (name.others.includes(text)) return 1;
  return name.others.some((own) => hasWords(own, words)) ? 4 : null;
}

export class TitleSearch {
  /** `people` is null or `{names, of}`, with the places of each film's people; `localTitles` null or titles by film. */
  constructor(index, counts, people = null, localTitles = null) {
    this.index = index;
    this.counts = counts;
    this.people = people && { of: people.of, names: people.names.map((name) => normalisedWords(name).join(" ")) };
    this.names = index.titles.map((title, row) => {
      const parsed = parseTitle(title);
      const others = (localTitles?.[row] ?? []).map(([other]) => normalisedWords(other).join(" "));
      return { row, others, ...textsOf([parsed.main, ...parsed.alternatives.slice(0, -1)], index.years[row]) };
    });
  }

  /** Rows of the films that match a query, best first. */
  find(query, n) {
    const parsed = parseTitle(query), words = normalisedWords(parsed.main).slice(0, 12);
    if (!words.length) return [];
    const text = words.join(" "), core = coreWords(parsed.main).join(" "), hits = [];
    const persons = new Set(this.people?.names.flatMap((name, place) => (hasWords(name, words) ? [place] : [])));
    for (const name of this.names) {
      if (parsed.year && this.index.years[name.row] !== parsed.year) continue;
      const tier = tierOf(name, words, text, core) ?? (persons.size && this.people.of[name.row].some((place) => persons.has(place)) ? 5 : null);
      if (tier !== null) hits.push({ row: name.row, tier });
    }
    if (!hits.length) return this._misspelt(words, n);
    return hits.sort((a, b) => a.tier - b.tier || this.counts[b.row] - this.counts[a.row] || a.row - b.row).slice(0, n).map((hit) => hit.row);
  }

  /** Films with words that differ by a letter or two. */
  _misspelt(words, n) {
    const long = words.filter((word) => word.length >= 4);
    if (!long.length) return [];
    const near = long.map((word) => this._near(word));
    const hits = [];
    for (const name of this.names) {
      const own = this._wordsOf(name);
      if (near.every((spellings) => own.some((word) => spellings.has(word)))) hits.push(name.row);
      if (hits.length > 10 * MOST) break;
    }
    return hits.sort((a, b) => this.counts[b] - this.counts[a] || a - b).slice(0, n);
  }

  _wordsOf(name) {
    const people = this.people?.of[name.row].map((place) => this.people.names[place]) ?? [];
    return [name.all, ...name.others, ...people].join(" ").split(/[ |]+/);
  }

  _near(word) {
    this.vocabulary ??= new Set(this.names.flatMap((name) => this._wordsOf(name).filter((own) => own.length >= 3)));
    const most = word.length >= 8 ? 2 : 1, letters = Array.from(word), found = new Set();
    for (const own of this.vocabulary) {
      if (Math.abs(own.length - word.length) <= most && editDistance(letters, Array.from(own)) <= most) found.add(own);
      else if (own.startsWith(word)) found.add(own);
    }
    return found;
  }
}
