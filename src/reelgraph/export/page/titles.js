// Parse and normalise titles, so that different spellings of the title of a film become equal: title_parsing.py.
import { casefold, fullMatch, isDecimal, rules, unescapeHtml, withoutAccents } from "./text.js";

/** Split "Seven (a.k.a. Se7en) (1995)" into the title, alternative titles and the year. */
export function parseTitle(title) {
  const { year: yearPattern, brackets, aka } = rules.titles;
  let text = unescapeHtml(title).trim();
  const found = yearPattern.exec(text);
  const year = found ? Number(found[1]) : 0;
  if (found && found.index) text = text.slice(0, found.index).trimEnd();
  const withBrackets = text, alternatives = [];
  for (;;) {
    const bracket = brackets.exec(text);
    if (!bracket || bracket.index === 0) break;
    alternatives.unshift(bracket[1].replace(aka, "").trim());
    text = text.slice(0, bracket.index).trimEnd();
  }
  if (alternatives.length) alternatives.push(withBrackets);
  return { main: text, alternatives: alternatives.filter(Boolean), year };
}

function withArticleFirst(title) {
  const found = rules.titles.movedArticle.exec(title);
  if (!found || !rules.articleSet.has(found[2].toLowerCase())) return title;
  const [, start, article, apostrophe, end] = found;
  return `${article}${apostrophe}${apostrophe ? "" : " "}${start}${end}`;
}

/** The title as people write it: "Matrix, The (1999)" is "The Matrix". */
export const displayTitle = (title) => withArticleFirst(parseTitle(title).main);

/** The words of a title in lower case, without accents and punctuation, with a moved article at the front. */
export function normalisedWords(title) {
  const moved = title.includes(", ") ? withArticleFirst(title) : title;
  const text = Array.from(casefold(moved), (letter) => rules.titles.letters[letter] ?? letter).join("");
  return withoutAccents(text).match(rules.titles.word) ?? [];
}

function coreOf(title, words) {
  const { numbers, abbreviations, roman, numbered, subtitle } = rules.titles;
  const last = words.length - 1, lasts = new Set([last]);
  if (words.slice(1).some((word) => Object.hasOwn(roman, word))) lasts.add(normalisedWords(title.split(subtitle)[0]).length - 1);
  const core = [];
  words.forEach((written, position) => {
    let word = Object.hasOwn(numbers, written) ? numbers[written] : Object.hasOwn(abbreviations, written) ? abbreviations[written] : written;
    const before = core[core.length - 1];
    if (Object.hasOwn(roman, word) && core.length && (lasts.has(position) || numbered.includes(before))) word = roman[word];
    if (word === "doctor" && position === last && core.length) word = "drive";
    if (isDecimal(word) && core.length && numbered.includes(before)) core.pop();
    if ((position === last && !core.length) || !(rules.articleSet.has(word) || word === "and")) core.push(word);
  });
  return core;
}

/** The words of a title without articles and "and", with numbers as digits. */
export const coreWords = (title) => coreOf(title, normalisedWords(title));
const keyOf = (words, title) => words.join("") || casefold(title.trim());
export const exactKey = (title) => keyOf(normalisedWords(title), title);
export const looseKey = (title) => keyOf(coreWords(title), title);
export const numbersIn = (key) => (key.match(rules.titles.digits) ?? []).join(" ");
export const hasParts = (title) => rules.titles.partMark.test(title);
export const hasArticle = (title) => normalisedWords(title).some((word) => rules.articleSet.has(word));

/** The parts before the first and after the last colon or dash, and after a possessive. */
export function titleParts(title) {
  if (!hasParts(title)) return [];
  const pieces = title.split(rules.titles.subtitle);
  const candidates = [pieces[0], pieces[pieces.length - 1], title.replace(rules.titles.possessive, "")];
  return [...new Set(candidates)].filter((part) => part !== "" && part !== title);
}

/** First and last part of a title without a number, and the numbers; null for a title of one part. */
export function unnumberedKey(title) {
  const pieces = title.split(rules.titles.subtitle);
  if (pieces.length < 2) return null;
  const first = coreWords(pieces[0]), last = coreWords(pieces[pieces.length - 1]);
  const words = first.filter((word) => !isDecimal(word));
  const middle = pieces.slice(1, -1).flatMap((piece) => coreWords(piece).filter(isDecimal));
  if (!words.length || !last.length || last.every(isDecimal)) return null;
  return { key: `${words.join("")}:${last.join("")}`, numbers: [...first.filter(isDecimal), ...middle] };
}

/** The names by which an episode of a series of films is known. */
export function episodeNames(title) {
  const pieces = title.split(rules.titles.subtitle);
  return pieces.length === 3 && fullMatch(rules.titles.episode, pieces[1]) ? [pieces[0], pieces[2]] : [];
}

/** Titles that share one pair of brackets. */
export const listedTitles = (alternatives) => alternatives.filter((text) => text.includes(", ")).flatMap((text) => text.split(", ").filter(isDistinctive));

/** Two words or more besides articles, and nine letters: films of other years rarely have such a title. */
export function isDistinctive(title) {
  const words = coreWords(title);
  return words.length >= 2 && lettersOf(words) >= 9;
}

export const lettersOf = (words) => words.reduce((total, word) => total + Array.from(word).length, 0);
