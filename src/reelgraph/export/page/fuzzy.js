// Similar titles of about the same year, by edit distance: fuzzy_search.py.
import { looseKey, numbersIn } from "./titles.js";
import { rules } from "./text.js";

/** Length of the longest common subsequence, by bits. */
function commonLetters(query, places, text) {
  const n = query.length, words = Math.ceil(n / 30), mask = (1 << 30) - 1;
  const state = new Int32Array(words).fill(mask);
  for (const letter of text) {
    const matches = places.get(letter);
    let carry = 0;
    for (let word = 0; word < words; word++) {
      const match = matches ? matches[word] : 0;
      const sum = state[word] + (state[word] & match) + carry;
      carry = sum > mask ? 1 : 0;
      state[word] = (sum & mask) | (state[word] & ~match);
    }
  }
  let common = 0;
  for (let at = 0; at < n; at++) common += state[Math.floor(at / 30)] & (1 << at % 30) ? 0 : 1;
  return common;
}

function placesOf(query) {
  const places = new Map(), words = Math.ceil(query.length / 30);
  query.forEach((letter, at) => {
    if (!places.has(letter)) places.set(letter, new Int32Array(words));
    places.get(letter)[Math.floor(at / 30)] |= 1 << at % 30;
  });
  return places;
}

/** Edits from one text to the other; swapping two adjacent letters is one. */
export function editDistance(first, second) {
  const width = second.length + 1;
  let before = new Array(width).fill(0), last = Array.from({ length: width }, (_, at) => at);
  for (let row = 1; row <= first.length; row++) {
    const now = new Array(width);
    now[0] = row;
    for (let at = 1; at < width; at++) {
      const same = first[row - 1] === second[at - 1];
      now[at] = Math.min(last[at] + 1, now[at - 1] + 1, last[at - 1] + (same ? 0 : 1));
      if (row > 1 && at > 1 && first[row - 1] === second[at - 2] && first[row - 2] === second[at - 1]) now[at] = Math.min(now[at], before[at - 2] + 1);
    }
    [before, last] = [last, now];
  }
  return last[width - 1];
}

export class FuzzyIndex {
  constructor(index) {
    this.years = index.years;
    this.byYear = new Map();
    this.byLength = new Map();
    const seen = new Set(), titles = [];
    for (const keys of [index.loose, index.exact]) {
      for (const [key, hits] of keys) {
        for (const [row] of hits) {
          const name = `${key}\n${row}`;
          if (!seen.has(name)) titles.push([key, row, Array.from(key)]);
          seen.add(name);
        }
      }
    }
    titles.sort((a, b) => compareText(a[0], b[0]) || a[1] - b[1]);
    for (const title of titles) {
      push(this.byYear, this.years[title[1]], title);
      push(this.byLength, title[2].length, title);
    }
  }

  /** The most similar titles: `{row, similarity, isTypo, sameNumbers, isFarBehind}`. */
  search(title, year) {
    const settings = rules.titles.fuzzy;
    const key = looseKey(title), query = Array.from(key), places = placesOf(query);
    const similar = [];
    this._choices(year, query.length).forEach(([choice, row, letters], position) => {
      const total = query.length + letters.length;
      if (!total || 200 * Math.min(query.length, letters.length) < (settings.similarity - 0.5) * total) return;
      const similarity = (200 * commonLetters(query, places, letters)) / total;
      if (similarity >= settings.similarity) similar.push({ choice, row, letters, position, similarity: roundHalfEven(similarity) });
    });
    similar.sort((a, b) => b.similarity - a.similarity || a.position - b.position);
    const best = new Map();
    for (const hit of similar.slice(0, 4 * settings.results)) {
      const distance = editDistance(query, hit.letters);
      if (!best.has(hit.row) || distance < best.get(hit.row).distance) best.set(hit.row, { ...hit, distance });
    }
    const otherYear = (hit) => Number(this.years[hit.row] !== year);
    const ranked = [...best.values()].sort((a, b) => a.distance - b.distance || otherYear(a) - otherYear(b));
    const least = ranked.length ? ranked[0].distance : 0;
    return ranked.slice(0, settings.results).map((hit) => {
      const sameNumbers = numbersIn(key) === numbersIn(hit.choice);
      const isTypo = sameNumbers && hit.distance <= mostTypos(Math.min(query.length, hit.letters.length));
      return { row: hit.row, similarity: hit.similarity, isTypo, sameNumbers, isFarBehind: hit.distance >= least + settings.farBehind };
    });
  }

  _choices(year, length) {
    if (year) return [year, year - 1, year + 1, 0].flatMap((other) => this.byYear.get(other) ?? []);
    const far = rules.titles.fuzzy.lengths, choices = [];
    for (let other = length - far; other <= length + far; other++) choices.push(...(this.byLength.get(other) ?? []));
    return choices;
  }
}

function mostTypos(length) {
  const { oneTypo, twoTypos } = rules.titles.fuzzy;
  return length >= twoTypos ? 2 : length >= oneTypo ? 1 : 0;
}

function push(map, key, value) {
  if (map.has(key)) map.get(key).push(value);
  else map.set(key, [value]);
}

/** By code points, as Python orders texts. */
function compareText(a, b) {
  if (a === b) return 0;
  const first = Array.from(a), second = Array.from(b);
  for (let at = 0; at < Math.min(first.length, second.length); at++) {
    if (first[at] !== second[at]) return first[at].codePointAt(0) - second[at].codePointAt(0);
  }
  return first.length - second.length;
}

export function roundHalfEven(value) {
  const below = Math.floor(value), rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
}
