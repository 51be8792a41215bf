// One index of the titles of the catalogue: same titles and parts of titles: title_index.py.
import { coreWords, episodeNames, exactKey, hasArticle, hasParts, listedTitles, looseKey, numbersIn, parseTitle, titleParts, unnumberedKey } from "./titles.js";

export const AGREEMENT = {
  title: 0, loose: 1, alternative: 2, unnumbered: 3, subtitle: 4, firstPart: 5, longer: 6, longerFirstPart: 7,
  longerAlternative: 8, typo: 9,
};

function addTo(map, key, value) {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

export class TitleIndex {
  constructor(titles, years) {
    this.titles = titles;
    this.years = Array.from(years);
    this.exact = new Map();
    this.loose = new Map();
    this.part = new Map();
    this.unnumbered = new Map();
    titles.forEach((title, row) => this._add(row, parseTitle(title)));
  }

  /** Films with this title, or with an alternative title like it: `{row, agreement, words, hasArticle}`. */
  sameTitle(title) {
    const hits = [...(this.exact.get(exactKey(title)) ?? []), ...(this.loose.get(looseKey(title)) ?? [])];
    if (!hits.length) return [];
    const words = coreWords(title), article = hasArticle(title);
    return hits.map(([row, agreement]) => ({ row, agreement, words, hasArticle: article }));
  }

  /** Films of which the title is a part, or whose title is a part of it. */
  parts(title) {
    const words = coreWords(title), hits = [];
    const unnumbered = unnumberedKey(title);
    for (const [row, own] of (unnumbered && this.unnumbered.get(unnumbered.key)) ?? []) {
      if (!(unnumbered.numbers.length && own.length)) hits.push({ row, agreement: AGREEMENT.unnumbered, words, hasArticle: false });
    }
    const key = looseKey(title), numbers = numbersIn(key);
    for (const [row, agreement] of this.part.get(key) ?? []) hits.push({ row, agreement, words, hasArticle: false });
    for (const part of titleParts(title)) {
      const partKey = looseKey(part);
      if (numbersIn(partKey) !== numbers) continue;
      const longer = title.startsWith(part) ? AGREEMENT.longerFirstPart : AGREEMENT.longer;
      for (const [row, agreement] of this.loose.get(partKey) ?? []) {
        hits.push({ row, agreement: agreement === AGREEMENT.alternative ? AGREEMENT.longerAlternative : longer, words: coreWords(part), hasArticle: false });
      }
    }
    return hits;
  }

  _add(row, parsed) {
    this.years[row] = this.years[row] || parsed.year;
    const { main, alternatives } = parsed;
    addTo(this.exact, exactKey(main), [row, AGREEMENT.title]);
    addTo(this.loose, looseKey(main), [row, AGREEMENT.loose]);
    for (const alternative of alternatives) addTo(this.loose, looseKey(alternative), [row, AGREEMENT.alternative]);
    for (const name of episodeNames(main)) addTo(this.loose, looseKey(name), [row, AGREEMENT.alternative]);
    for (const part of listedTitles(alternatives)) addTo(this.part, looseKey(part), [row, AGREEMENT.subtitle]);
    [main, ...alternatives.slice(0, -1)].filter(hasParts).forEach((title) => this._addParts(row, title, title === main));
  }

  _addParts(row, title, isMain) {
    for (const part of isMain ? titleParts(title) : []) {
      addTo(this.part, looseKey(part), [row, title.startsWith(part) ? AGREEMENT.firstPart : AGREEMENT.subtitle]);
    }
    const unnumbered = unnumberedKey(title);
    if (unnumbered) addTo(this.unnumbered, unnumbered.key, [row, unnumbered.numbers]);
  }
}
