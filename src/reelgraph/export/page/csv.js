// Delimited text as columns by name; lines with another number of fields are counted, not dropped: table.py, text.py.
import { casefold, rules, simplify } from "./text.js";
import { FileError } from "./zip.js";

const SEPARATORS = ["::", "\t", ",", ";", "|"];
const MOST_QUOTED_LINES = 200;

/** The text of a file: UTF-8, UTF-16 with its mark, and lines that are neither as latin-1. */
export function textOf(bytes, source) {
  let text = "";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    text = new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  } else {
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      text = linesOf(bytes).map(lineText).join("\n");
    }
  }
  text = text.replace(/^\ufeff/, "");
  if (text.includes("\0")) throw new FileError(`${source}: expected a text file, found binary data`);
  if (text.includes("\r")) text = text.includes("\n") ? text.replaceAll("\r\n", "\n") : text.replaceAll("\r", "\n");
  return text;
}

function linesOf(bytes) {
  const lines = [];
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return [...lines, bytes.subarray(start)];
}

function lineText(line) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return Array.from(line, (byte) => String.fromCharCode(byte)).join("");
  }
}

/** A column name in lower case without accents and punctuation. */
export function columnKey(name) {
  const folded = casefold(name.split(":")[0]).normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");
  return simplify(folded).replace(/[^\p{L}\p{N}]/gu, "");
}

function uniqueKeys(header) {
  const counts = new Map();
  return header.map(columnKey).map((key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) > 1 ? `${key}#${counts.get(key)}` : key;
  });
}

/** The names of the columns as written, their keys, and how the lines are divided. */
export function readHeader(whole) {
  const content = whole.replace(/\n\n$/, "\n").replace(/\n+$/, "");
  const preamble = /^(?:[ \t]*\n)*(?:sep=.\n)?/.exec(content)[0];
  const end = content.indexOf("\n", preamble.length);
  const line = content.slice(preamble.length, end < 0 ? undefined : end);
  if (line.length > rules.exports.maxHeader) return { header: [], keys: [], separator: ",", lines: [], first: 0 };
  const counted = SEPARATORS.map((separator) => line.split(separator).length - 1);
  const most = Math.max(...counted);
  const separator = most ? SEPARATORS[counted.indexOf(most)] : ",";
  const header = fieldsOf(line, separator, false).map((field) => field.trim());
  return { header, keys: uniqueKeys(header), separator, body: end < 0 ? "" : content.slice(end + 1), hasBody: end >= 0, first: preamble.split("\n").length + 1 };
}

/** The rows of a table below its header: keys, columns by key, and the lines that are no rows. */
export function readTable(text, source) {
  const { header, keys, separator, body, hasBody, first } = readHeader(text);
  if (!hasBody) throw new FileError(`${source}: expected movies below the header, found none`);
  const lines = body.split("\n"), limits = rules.exports;
  if (lines.length > limits.maxRows || lines.length * keys.length > limits.maxCells) throw new FileError(`${source}: refused: more than ${limits.maxRows.toLocaleString("en")} rows`);
  const rows = [], numbers = [], malformed = [];
  for (let at = 0; at < lines.length;) {
    const [fields, used] = record(lines, at, separator, keys.length);
    if (fields.length === keys.length) {
      rows.push(fields.map((field) => field.trim()));
      numbers.push(at + first);
    } else if (lines[at].trim()) malformed.push(`line ${at + first}: ${lines[at].slice(0, 80)}`);
    at += used;
  }
  if (malformed.length > rows.length) throw new FileError(`${source}, ${malformed[0]}: expected ${keys.length} fields, as in the header`);
  const columns = new Map(keys.map((key, place) => [key, rows.map((row) => row[place])]));
  return new Table(source, keys, columns, numbers, malformed, header);
}

class Table {
  constructor(source, keys, columns, lines, malformed, header) {
    Object.assign(this, { source, keys, columns, lines, malformed, header });
  }

  has(key) {
    return this.columns.has(key);
  }

  /** The first of the named columns that there is; empty texts without one. */
  column(...keys) {
    const key = keys.find((name) => this.columns.has(name));
    return key === undefined ? this.lines.map(() => "") : this.columns.get(key);
  }

  require(title, ...keys) {
    if (!keys.some((key) => this.has(key))) throw new FileError(`${this.source}: expected a column “${title}”: export it again, with all columns`);
  }

  where(row) {
    return `${this.source}, line ${this.lines[row]}`;
  }
}

/** The fields of the record that begins at a line, and its number of lines. */
function record(lines, start, separator, width) {
  const line = lines[start];
  if (!line.includes('"')) return [line.split(separator), 1];
  const isOdd = (text) => (text.split('"').length - 1) % 2 === 1;
  if (!isOdd(line)) return [fieldsOf(line, separator, true), 1];
  for (let end = start + 1; end < Math.min(start + MOST_QUOTED_LINES, lines.length); end++) {
    if (!isOdd(lines[end])) continue;
    const fields = fieldsOf(lines.slice(start, end + 1).join("\n"), separator, true);
    return fields.length === width ? [fields, end + 1 - start] : [[], 1];
  }
  return [[], 1];
}

/** The fields of one record; empty where `strict` and a quote is in the wrong place. */
function fieldsOf(text, separator, strict) {
  if (separator.length > 1 || !text.includes('"')) return text.split(separator);
  const fields = [];
  for (let at = 0; ;) {
    if (text[at] === '"') {
      let field = "";
      for (at += 1; ; at++) {
        if (at >= text.length) return strict ? [] : [...fields, field];
        if (text[at] !== '"') field += text[at];
        else if (text[at + 1] === '"') field += text[at += 1];
        else break;
      }
      at += 1;
      if (at < text.length && text[at] !== separator) {
        if (strict) return [];
        const end = text.indexOf(separator, at);
        field += text.slice(at, end < 0 ? undefined : end);
        at = end < 0 ? text.length : end;
      }
      fields.push(field);
    } else {
      const end = text.indexOf(separator, at);
      fields.push(text.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? text.length : end;
    }
    if (at >= text.length) return fields;
    at += 1;
    if (at === text.length) return [...fields, ""];
  }
}
