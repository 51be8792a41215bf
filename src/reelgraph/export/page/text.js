// Letters and patterns as Python has them. The tables come from the Python rules: `rules` is set when the page opens.

export const rules = {};

/** Take the rules of the page, and compile their patterns when they are first used. */
export function setRules(given) {
  const isPattern = (value) => Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && /^u[gis]*$/.test(value[1]);
  const compiled = (value) => {
    if (isPattern(value)) return new RegExp(value[0], value[1]);
    if (Array.isArray(value)) return value.map(compiled);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, compiled(inner)]));
  };
  Object.assign(rules, compiled(given));
  rules.combiningMarks = new RegExp(`[${given.combining}]`, "gu");
  rules.articleSet = new Set(given.titles.articles);
}

/** Lower case for comparing, as `str.casefold`. */
export function casefold(text) {
  const lower = text.toLowerCase();
  if (/^[\x00-\x7f]*$/.test(lower)) return lower; // eslint-disable-line no-control-regex
  return Array.from(lower, (letter) => rules.casefold[letter] ?? letter).join("");
}

export const withoutAccents = (text) => text.normalize("NFKD").replace(rules.combiningMarks, "");

/** Lower case without accents, and camel case split into words. */
export function simplify(text) {
  const folded = casefold(text.replace(rules.exports.innerCapital, " "));
  return withoutAccents(Array.from(folded, (letter) => rules.exports.columnLetters[letter] ?? letter).join(""));
}

const LONGEST_ENTITY = /&(?:#\d+|#[xX][\da-fA-F]+|[A-Za-z][\dA-Za-z]*);?/g;

/** A text with its HTML entities as letters. */
export function unescapeHtml(text) {
  if (!text.includes("&")) return text;
  const area = document.createElement("textarea"); // its contents are text, whatever they hold
  return text.replace(LONGEST_ENTITY, (entity) => {
    area.innerHTML = entity;
    return area.value;
  });
}

export const isDecimal = (text) => /^\p{Nd}+$/u.test(text);
/** Whether a pattern matches at the beginning, or the whole text. */
export function matchStart(pattern, text) {
  const found = pattern.exec(text);
  return found && found.index === 0 ? found : null;
}
export function fullMatch(pattern, text) {
  const anchored = wholes.get(pattern) ?? new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace("g", ""));
  wholes.set(pattern, anchored);
  return anchored.exec(text);
}
const wholes = new Map();
