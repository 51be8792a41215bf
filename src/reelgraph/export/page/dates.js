// Dates and times, in any common notation, as Unix seconds UTC: times.py.
import { casefold, fullMatch, isDecimal, matchStart, rules, withoutAccents } from "./text.js";

/** Whether dates such as 03/04/20 begin with the day; null if no date of the column decides it. */
export function isDayFirst(texts) {
  let hasDots = false, dayFirst = 0, monthFirst = 0;
  for (const text of texts) {
    const found = matchStart(rules.times.threeNumbers, text.trim());
    if (!found || found[1].length > 2) continue;
    hasDots ||= found.groups.separator === ".";
    dayFirst += Number(found[1]) > 12;
    monthFirst += Number(found[3]) > 12;
  }
  if (dayFirst || monthFirst) return dayFirst >= monthFirst;
  return hasDots ? true : null;
}

/** Unix seconds of a date or time, null if it is not one. */
export function parseSeconds(given, dayFirst = false) {
  const { times } = rules;
  const text = given.trim().replace(times.zoneName, "");
  if (!text || text.length > 80) return null;
  if (fullMatch(times.number, text)) return fromDigits(text);
  const iso = fromIso(text);
  if (iso !== null) return iso;
  const month = fullMatch(times.monthOfYear, text);
  if (month) return at(Number(month[1]), Number(month[2]), 1, "");
  const found = fullMatch(times.threeNumbers, text);
  if (found) return fromNumbers(found, dayFirst);
  return fromMonthName(text);
}

function secondsOf(year, month, day, hours = 0, minutes = 0, seconds = 0) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || year < 1) return null;
  return date.getTime() / 1000 + hours * 3600 + minutes * 60 + seconds;
}

function fromDigits(text) {
  const [first, last] = rules.times.years;
  if (isDecimal(text) && [8, 12, 14].includes(text.length) && Number(text.slice(0, 4)) >= first && Number(text.slice(0, 4)) <= last) {
    const part = (start) => Number(text.slice(start, start + 2) || 0);
    if (part(8) < 24 && part(10) < 60 && part(12) < 60) {
      const seconds = secondsOf(Number(text.slice(0, 4)), part(4), part(6), part(8), part(10), part(12));
      if (seconds !== null) return seconds;
    }
  }
  const number = Math.trunc(Number(text.replace(",", ".")));
  if (!Number.isFinite(number)) return null;
  const size = Math.abs(number), unit = size < 1e11 ? 1 : size < 1e14 ? 1e3 : size < 1e17 ? 1e6 : 1e9;
  const seconds = Math.floor(number / unit);
  return Math.abs(seconds) >= 1e7 && Math.abs(seconds) < 1e11 ? seconds : null;
}

const ISO = /^(\d{4})-?(\d{2})-?(\d{2})(?:.(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?)?$/;

function fromIso(text) {
  const { offset: pattern, zones } = rules.times;
  const found = text.includes(":") ? pattern.exec(text) : null;
  let body = text, offset = 0;
  if (found && text.length > 10 + found[0].length) {
    body = text.slice(0, found.index);
    if (found[1]) {
      const hours = zones[found[1].toLowerCase()];
      if (hours === undefined) return null;
      offset = hours * 3600;
    } else if (found[2]) offset = (found[2][0] === "-" ? -1 : 1) * (Number(found[2].slice(1)) * 3600 + Number(found[3] ?? 0) * 60);
  }
  const parts = ISO.exec(body);
  if (!parts || Math.abs(offset) >= 86400) return null;
  const [year, month, day, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const moment = secondsOf(year, month, day, hours, minutes, seconds);
  return moment === null ? null : moment - offset;
}

function fromNumbers(found, dayFirst) {
  const [first, second, third] = [found[1], found[3], found[4]].map(Number);
  const rest = found[5];
  if (found[1].length > 2) return at(first, second, third, rest);
  if (first > 12 || dayFirst) return at(third, second, first, rest);
  return at(third, first, second, rest);
}

function fromMonthName(given) {
  const text = given.split(/\s+/).join(" ");
  for (const candidate of [text, text.replace(rules.times.weekday, "")]) {
    const found = fullMatch(rules.times.monthName, candidate);
    if (!found) continue;
    const month = rules.times.months[withoutAccents(casefold(found.groups.month || found.groups.month_first))];
    if (month !== undefined) {
      return at(Number(found.groups.year), month, Number(found.groups.day || found.groups.day_second), (found.groups.between || found.groups.rest || "").trim());
    }
  }
  return null;
}

function at(given, month, day, timeOfDay) {
  const year = given < 100 ? given + (given >= rules.times.pivot ? 1900 : 2000) : given;
  const date = secondsOf(year, month, day);
  if (date === null || !timeOfDay) return date;
  const found = fullMatch(rules.times.timeOfDay, timeOfDay.trim());
  if (!found) return null;
  let hours = Number(found[1]);
  const minutes = Number(found[2]), seconds = Number(found[3] ?? 0);
  if (found[4]) hours = (hours % 12) + (/^p/i.test(found[4]) ? 12 : 0);
  if (hours > 24 || minutes > 59 || seconds > 60) return null;
  const offset = offsetSeconds(found[5] || "z");
  return offset === null ? null : date + hours * 3600 + minutes * 60 + seconds - offset;
}

function offsetSeconds(offset) {
  if (!"+-".includes(offset[0])) {
    const hours = rules.times.zones[offset.toLowerCase()];
    return hours === undefined ? null : hours * 3600;
  }
  const digits = offset.slice(1).replace(":", "");
  return (offset[0] === "-" ? -1 : 1) * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || 0) * 60);
}
