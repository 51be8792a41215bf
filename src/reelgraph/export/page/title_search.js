// Films by the words of their titles, those that begin with the query first, then the most rated; misspelt ones by letters.
import { coreWords, normalisedWords, parseTitle } from "./titles.js";
import { editDistance } from "./fuzzy.js";

const MOST = 200;

export class TitleSearch {
  constructor(index, counts) {
    this.index = index;
    this.counts = counts;
    this.names = index.titles.map((title, row) => {
      const parsed = parseTitle(title);
      const texts = [parsed.main, ...parsed.alternatives.slice(0, -1)].flatMap((text) => [normalisedWords(text).join(" "), coreWords(text).join(" ")]);
      return { row, texts: [...new Set(texts)], all: ` ${[...new Set(texts)].join(" | ")} ${index.years[row] || ""}` };
    });
  }

  /** Rows of the films that match a query, best first. */
  find(query, n) {
    const parsed = parseTitle(query), words = normalisedWords(parsed.main).slice(0, 12);
    if (!words.length) return [];
    const text = words.join(" "), core = coreWords(parsed.main).join(" ");
    const hits = [];
    for (const name of this.names) {
      if (parsed.year && this.index.years[name.row] !== parsed.year) continue;
      if (!words.every((word) => name.all.includes(` ${word}`)) && !name.texts.some((own) => own.replaceAll(" ", "").startsWith(text.replaceAll(" ", "")))) continue;
      const tier = name.texts.some((own) => own === text || own === core) ? 0 : name.texts.some((own) => own.startsWith(`${text} `) || own.startsWith(`${core} `)) ? 1 : name.texts.some((own) => own.startsWith(text)) ? 2 : 3;
      hits.push({ row: name.row, tier });
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
      const own = name.all.split(/[ |]+/);
      if (near.every((spellings) => own.some((word) => spellings.has(word)))) hits.push(name.row);
      if (hits.length > 10 * MOST) break;
    }
    return hits.sort((a, b) => this.counts[b] - this.counts[a] || a - b).slice(0, n);
  }

  _near(word) {
    this.vocabulary ??= new Set(this.names.flatMap((name) => name.all.split(/[ |]+/).filter((own) => own.length >= 3)));
    const most = word.length >= 8 ? 2 : 1, letters = Array.from(word), found = new Set();
    for (const own of this.vocabulary) {
      if (Math.abs(own.length - word.length) <= most && editDistance(letters, Array.from(own)) <= most) found.add(own);
      else if (own.startsWith(word)) found.add(own);
    }
    return found;
  }
}
