// The files of an export: a zip, read within limits from its directory, or one file: archive.py.
import { inflate } from "./array_archive.js";
import { rules } from "./text.js";

/** What is wrong with a file, for the person who gave it. */
export class FileError extends Error {}

const END = 22; // bytes of the record at the end
const METHODS = { stored: 0, deflated: 8 };

/** The tables and JSON files of an export: `[{name, folder, display, read}]`, sorted by depth, folder and name. */
export async function membersOf(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isZip = file.name.toLowerCase().endsWith(".zip") || (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4);
  if (isZip) return zipMembers(file);
  const read = async () => {
    requireSize(file.name, file.size, { left: rules.exports.maxTotal });
    return new Uint8Array(await file.arrayBuffer());
  };
  return [{ name: file.name, folder: "", display: file.name, read }];
}

function requireSize(name, size, budget) {
  const most = Math.min(rules.exports.maxBytes, budget.left);
  if (size > most) throw new FileError(`${name}: refused: more than ${most.toLocaleString("en")} bytes`);
}

async function zipMembers(file) {
  const limits = rules.exports;
  const tail = new Uint8Array(await file.slice(Math.max(0, file.size - 65536 - END)).arrayBuffer());
  let start = tail.length - END;
  while (start >= 0 && !isRecord(tail, start, 5, 6)) start -= 1;
  if (start < 0) throw damaged(file, "its end is missing");
  const view = new DataView(tail.buffer);
  const count = view.getUint16(start + 10, true), size = view.getUint32(start + 12, true);
  const isZip64 = start >= 20 && isRecord(tail, start - 20, 6, 7);
  if (isZip64 || count > limits.maxMembers || size > limits.maxDirectory) throw new FileError(`${file.name}: refused: more than ${limits.maxMembers.toLocaleString("en")} files; give the one file with the ratings`);
  const endAt = file.size - tail.length + start, directoryAt = endAt - size;
  const shift = directoryAt - view.getUint32(start + 16, true); // bytes in front of the zip
  if (directoryAt < 0) throw damaged(file, "its directory is missing");
  const directory = new Uint8Array(await file.slice(directoryAt, endAt).arrayBuffer());
  const members = [], budget = { left: limits.maxTotal };
  for (const entry of entriesOf(directory, file)) {
    if (limits.documents[entry.path]) throw new FileError(`${file.name}: this is ${limits.documents[entry.path]}, not an export; save its table as CSV and give that file`);
    const member = memberOf(entry, file, shift, budget);
    if (member) members.push(member);
  }
  const depth = (member) => member.folder.split("/").length - 1;
  return members.sort((a, b) => depth(a) - depth(b) || Number(Boolean(a.folder)) - Number(Boolean(b.folder)) || compare(a.folder, b.folder) || compare(a.name, b.name));
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const isRecord = (bytes, at, third, fourth) => bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === third && bytes[at + 3] === fourth;
const damaged = (file, why) => new FileError(`${file.name}: expected a complete zip file: ${why}; it is truncated, damaged or encrypted: download it again`);

function* entriesOf(directory, file) {
  const view = new DataView(directory.buffer);
  for (let at = 0; at < directory.length;) {
    if (at + 46 > directory.length || !isRecord(directory, at, 1, 2)) throw damaged(file, "its directory is damaged");
    const flags = view.getUint16(at + 8, true), nameLength = view.getUint16(at + 28, true);
    const name = directory.subarray(at + 46, at + 46 + nameLength);
    yield {
      path: flags & 0x800 ? new TextDecoder().decode(name) : String.fromCharCode(...name), isEncrypted: Boolean(flags & 1),
      method: view.getUint16(at + 10, true), packed: view.getUint32(at + 20, true), size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}

/** A file of a zip; null for folders, other kinds of files and paths that are no part of an export. */
function memberOf(entry, file, shift, budget) {
  const path = entry.path.replaceAll("\\", "/");
  const parts = path.split("/").filter((part) => part && part !== ".");
  if (!parts.length || path.endsWith("/") || path.startsWith("/")) return null;
  if (parts.includes("..") || parts[0].includes(":") || parts.includes("__MACOSX")) return null;
  const name = parts[parts.length - 1], folder = parts.slice(0, -1).join("/");
  if (name.startsWith(".") || !rules.exports.suffixes.some((suffix) => name.toLowerCase().endsWith(suffix))) return null;
  const display = `${file.name}: ${parts.join("/")}`;
  return { name, folder, display, read: () => readEntry(entry, file, shift, display, budget) };
}

async function readEntry(entry, file, shift, display, budget) {
  requireSize(display, entry.size, budget);
  if (entry.isEncrypted) throw new FileError(`${display}: cannot be read: it is encrypted`);
  const head = new Uint8Array(await file.slice(entry.offset + shift, entry.offset + shift + 30).arrayBuffer());
  if (head.length < 30 || !isRecord(head, 0, 3, 4)) throw new FileError(`${display}: cannot be read: the zip is damaged`);
  const view = new DataView(head.buffer);
  const at = entry.offset + shift + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const packed = new Uint8Array(await file.slice(at, at + entry.packed).arrayBuffer());
  let bytes = packed;
  if (entry.method === METHODS.deflated) {
    bytes = await inflate(packed, Math.min(rules.exports.maxBytes, budget.left)).catch(() => null);
  } else if (entry.method !== METHODS.stored) throw new FileError(`${display}: cannot be read: its compression method is not supported; zip it again`);
  if (!bytes || bytes.length !== entry.size) throw new FileError(`${display}: cannot be read: it is damaged, or larger than it says`);
  budget.left -= bytes.length;
  return bytes;
}
