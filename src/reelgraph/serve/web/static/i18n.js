// Messages, numbers and lists in the language of the page. The messages come from locales/*.json by a script of the service.

const { language, messages } = globalThis.pageStrings;
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const oneDigit = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(language, { style: "percent" });
const tenths = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const lists = new Intl.ListFormat(language);
const PLACEHOLDER = /\{(\w+)\}|<(\w+)>(.*?)<\/\2>/g;

export { language };
export const number = (value) => numbers.format(value);
export const stars = (value) => oneDigit.format(value);
export const decimal = (value, digits) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const percent = (share) => percents.format(share);
export const finePercent = (share) => tenths.format(share);
export const list = (texts) => lists.format(texts);
export const has = (key) => key in messages;
export const genre = (name) => messages[`genre.${name}`] ?? name;
export const genres = (names) => names.map(genre);

function fill(text, values) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [whole, name, element, inner] = match;
    const value = values[name ?? element];
    parts.push(text.slice(end, match.index));
    if (value === undefined) console.error(`no value of ${name ?? element} for “${text}”`);
    if (element) parts.push(value(...fill(inner, values)));
    else parts.push(typeof value === "number" ? number(value) : value);
    end = match.index + whole.length;
  }
  return [...parts.flat(Infinity), text.slice(end)].filter((part) => part !== "");
}

// The message of a key as a list of texts and nodes. A value may be a text, a number, a node, a list of nodes, or for `<name>...</name>` a
// function from what is between to a node; `count` chooses the plural form.
export function rich(key, values = {}) {
  const message = messages[key];
  if (message === undefined) { console.error(`no message ${key}`); return [key]; }
  return fill(typeof message === "string" ? message : message[plurals.select(values.count)] ?? message.other, values);
}

// The message of a key as a text.
export const t = (key, values = {}) => rich(key, values).join("");

// Lists of texts and nodes as one: "a", "b" and "c" in the way of the language.
export const richList = (items) => lists.formatToParts(items.map((_, index) => String(index))).flatMap((part) => (part.type === "element" ? items[Number(part.value)] : [part.value]));
