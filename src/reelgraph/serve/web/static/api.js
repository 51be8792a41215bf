// Requests to the service. Changes carry a token that only the pages of the service can read.

import { has, t } from "./i18n.js";
import { removeOwnData, startAnew } from "./own_data.js";
import { ChangeQueue } from "./queue.js";
import { tellTabs } from "./tabs.js";
import { filmOf, marked, NOTHING, overlaid, rated, RATING, remember, unrated } from "./waiting.js";

const DELAYED = 60; // seconds after which a change says when it was made
const MANY = 500; // changes in one request
let token = null;
let ending = null; // the end of a session whose person was deleted elsewhere

// Whether the service was reached last time; otherwise `savedAt` is the time of the answer that this browser had kept, if any.
// Tells "connection" when that changes.
export const connection = Object.assign(new EventTarget(), { isOpen: true, savedAt: null });

function setConnection(isOpen, savedAt = null) {
  const hasChanged = connection.isOpen !== isOpen;
  const wasKept = connection.savedAt !== null;
  Object.assign(connection, { isOpen, savedAt: savedAt ?? (isOpen ? null : connection.savedAt) });
  if (!hasChanged) return;
  connection.dispatchEvent(new Event("change"));
  if (isOpen && wasKept) dispatchEvent(new Event("reconnected"));
}

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

// What went wrong, in the language of the page: the service writes for programs, in English. Its hints are for programs,
// too, except those about an export file.
function errorText(body) {
  const key = `error.${body?.error ?? "internal"}`;
  const detail = body?.error === "export" && body.hint ? `${body.detail} (${body.hint})` : body?.detail ?? "";
  return t(has(key) ? key : "error.invalid", { detail });
}

async function exchange(path, options) {
  try {
    const response = await fetch(path, options);
    return { response, text: await response.text() };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    setConnection(false);
    throw new Error(t("error.unreachable"), { cause: error });
  }
}

// Remove what this browser holds of somebody whom the service does not know any more, and at last the cookie, then start anew.
// While the service cannot be reached for that, the next answer says it again.
async function endSession(endedToken) {
  await removeOwnData();
  const { ok } = await fetch("/api/me", { method: "DELETE", headers: { "X-CSRF-Token": endedToken } }).catch(() => ({}));
  tellTabs("deleted");
  if (ok) await startAnew();
}

// The JSON of a response, or null for an empty one; with `isText`, the text of a picture.
async function request(path, options, isText = false) {
  const { response, text } = await exchange(path, options);
  const body = isText && response.ok ? text : text ? parse(text) : null;
  const savedAt = Number(response.headers.get("x-saved-at")) || null; // kept by the service worker
  if (body !== undefined && (response.ok || body?.error)) setConnection(!savedAt, savedAt);
  const endedToken = response.headers.get("x-session-ended");
  if (endedToken) await (ending ??= endSession(endedToken));
  else if (body?.error === "deleted") await renewToken();
  if (response.ok && body !== undefined) return body;
  throw Object.assign(new Error(errorText(body)), {
    kind: body?.error, detail: body?.detail, status: response.status, retryAfter: Number(response.headers.get("retry-after")) || 0,
  });
}

export async function get(path, query = {}, signal = undefined) {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) params.append(name, value);
  const text = params.toString();
  const body = await request(text ? `${path}?${text}` : path, { signal, headers: { Accept: "application/json" } });
  remember(body);
  return overlaid(path, body, queue.entries());
}

export const getSvg = (path, signal = undefined) => request(path, { signal, headers: { Accept: "image/svg+xml" } }, true);

async function renewToken() {
  const counts = await request("/api/me/count", { headers: { Accept: "application/json" }, cache: "no-store" });
  token = counts.csrf;
}

async function send(method, path, body, signal = undefined) {
  if (token === null) await renewToken();
  const isForm = body instanceof FormData;
  for (let tries = 0; ; tries += 1) {
    const headers = { "X-CSRF-Token": token };
    if (body && !isForm) headers["Content-Type"] = "application/json";
    try {
      // A small change goes on when its page is left.
      const result = await request(path, { method, headers, signal, keepalive: !isForm, body: body && !isForm ? JSON.stringify(body) : body });
      if (result?.csrf) token = result.csrf;
      return result;
    } catch (error) {
      if (error.kind !== "csrf" || tries) throw error;
      await renewToken(); // the session began in another tab
    }
  }
}

// Send an entry of the queue. One that had to wait says when it was made.
async function sendEntry({ method, path, body, made }) {
  const isDelayed = body && Date.now() / 1000 - made > DELAYED;
  const result = await send(method, path, isDelayed && !body.at ? { ...body, at: Math.round(made) } : body);
  tellTabs("changed");
  return result;
}

export const queue = new ChangeQueue(sendEntry);
queue.addEventListener("change", () => { if (queue.isHeldUp) tellTabs("changed"); });

// Make a change of a film (see waiting.js); `before` is what the service holds of it without the change.
//
// Returns the answer of the service; { waiting: true } if it cannot be reached now, and the change is sent later.
export function perform(id, change, before = NOTHING) {
  const { kind, on, stars, recommendation = null, at } = change;
  const time = at ? { at } : {};
  const body = !on ? null : kind === RATING ? { stars, recommendation_id: recommendation, ...time } : time;
  const path = `/api/me/${kind}/${encodeURIComponent(id)}`;
  return queue.add({ method: on ? "PUT" : "DELETE", path, body, id, change, before, film: filmOf(id), made: Date.now() / 1000 });
}

export const me = (signal) => get("/api/me", {}, signal);
export const count = (signal) => get("/api/me/count", {}, signal);
export const rate = (id, stars, recommendation = null) => perform(id, rated(stars, { recommendation }));
export const watch = (id, recommendation = null) => perform(id, rated(null, { recommendation }));
export const unrate = (id) => perform(id, unrated());
export const mark = (kind, id, on = true) => perform(id, marked(kind, on));
export const together = (body, signal) => send("POST", "/api/me/together", body, signal);

// Delete everything of the visitor, what waits here included.
export const forget = () => queue.exclusively(async () => {
  await queue.clear();
  const deleted = await send("DELETE", "/api/me");
  token = null;
  tellTabs("deleted");
  return deleted;
});

export async function importExport(file, profile = "") {
  const body = new FormData();
  body.append("file", file);
  if (profile) body.append("profile", profile);
  await queue.flush(); // what was rated before comes before
  const result = await queue.exclusively(() => send("POST", "/api/me/import", body));
  tellTabs("changed");
  return result;
}

// A change that is no change of a film: after what waits in the queue, and never kept for later.
async function direct(method, path, body = undefined) {
  await queue.flush();
  const result = await queue.exclusively(() => send(method, path, body));
  tellTabs("changed");
  return result;
}

export const post = (path, body) => direct("POST", path, body);

// Changes of many films, { id, kind, on, stars, at }, in as few requests as possible; none waits for a connection.
export async function changeMany(changes) {
  const bodies = changes.map(({ id, kind, on, stars, at }) => ({ item_id: id, kind, on, ...(on && kind === RATING ? { stars } : {}), ...(on && at ? { at } : {}) }));
  for (let start = 0; start < bodies.length; start += MANY) await post("/api/me/changes", { changes: bodies.slice(start, start + MANY) });
}
export const put = (path, body) => direct("PUT", path, body);
export const remove = (path) => direct("DELETE", path);
