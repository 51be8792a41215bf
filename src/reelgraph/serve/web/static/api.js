// Talking to the service. Changes carry a token that only our own page can read.

import { el, toast } from "./dom.js";

let token = null;
let turn = Promise.resolve();

// Changes go one after the other: the first one of a new person brings the cookie that says who the next ones are of.
function inTurn(work) {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return mine;
}

async function reach(path, options) {
  try { return await fetch(path, options); } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached.", { cause: error });
  }
}

async function answer(reply) {
  if (reply.ok) return reply.status === 204 ? null : reply.json();
  let told = null;
  try { told = await reply.json(); } catch { /* not our shape */ }
  const error = new Error(told?.detail ?? `The service answered ${reply.status}.`);
  error.status = reply.status;
  error.kind = told?.error;
  error.hint = told?.hint;
  throw error;
}

export async function get(path, query = {}, signal = undefined) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) asked.append(name, one);
  const text = asked.toString();
  return answer(await reach(text ? `${path}?${text}` : path, { signal, headers: { Accept: "application/json" } }));
}

async function fresh() {
  token = (await get("/api/me/count")).csrf;
}

async function send(method, path, body) {
  if (token === null) await fresh();
  for (let tries = 0; ; tries += 1) {
    const headers = { "X-CSRF-Token": token };
    const form = body instanceof FormData;
    if (body && !form) headers["Content-Type"] = "application/json";
    try {
      const told = await answer(await reach(path, { method, headers, body: body && !form ? JSON.stringify(body) : body }));
      if (told?.csrf) token = told.csrf;
      return told;
    } catch (error) {
      if (error.kind !== "csrf" || tries) throw error;
      await fresh(); // the session began in another tab
    }
  }
}

const change = (...told) => inTurn(() => send(...told));
const at = (kind, id) => `/api/me/${kind}/${encodeURIComponent(id)}`;

export const me = () => get("/api/me");
export const count = () => get("/api/me/count");
export const rate = (id, stars, recommendation = null) => change("PUT", at("ratings", id), { stars, recommendation_id: recommendation });
export const unrate = (id) => change("DELETE", at("ratings", id));
export const mark = (kind, id, on = true) => change(on ? "PUT" : "DELETE", at(kind, id));
export const forget = () => change("DELETE", "/api/me").then((told) => { token = null; return told; });
export const together = (body) => send("POST", "/api/me/together", body);
export function importExport(file) {
  const body = new FormData();
  body.append("file", file);
  return change("POST", "/api/me/import", body);
}

// In words for people: hints are for programs, but for those about a file that was dropped.
function wording(error) {
  if (error instanceof TypeError || error instanceof ReferenceError) return "Something went wrong on this page.";
  return error.hint && error.kind === "export" ? `${error.message} (${error.hint})` : error.message;
}

// What went wrong, told once; an answer that came too late is nothing.
export function complain(error) {
  if (error.name !== "AbortError") toast(wording(error), { bad: true });
}

export const guarded = (work) => async (...given) => {
  try { return await work(...given); } catch (error) { complain(error); return undefined; }
};

// Fill boxes of the page. Where one is still empty when it fails, the box says so, and it is tried again: when asked to,
// when the network is back, when the page is looked at again.
export async function attempt(boxes, work) {
  const failed = () => boxes.flatMap((box) => [...box.querySelectorAll(":scope > .failed")]);
  try {
    const found = await work();
    failed().forEach((one) => one.remove());
    return found;
  } catch (error) {
    const empty = boxes.filter((box) => box.getClientRects().length).filter((box) => !box.children.length || box.querySelector(":scope > .ghost, :scope > .failed"));
    if (error.name === "AbortError" || !empty.length) { complain(error); return undefined; }
    const over = new AbortController();
    const again = () => { over.abort(); attempt(boxes, work); };
    const seen = () => { if (!document.hidden && panel.isConnected) again(); };
    const panel = el("div", { class: "empty failed", role: "alert" }, el("p", {}, wording(error)), el("button", { class: "quiet", type: "button", onclick: again }, "Try again"));
    empty.forEach((box, place) => box.replaceChildren(...(place ? [] : [panel])));
    addEventListener("online", seen, { signal: over.signal });
    document.addEventListener("visibilitychange", seen, { signal: over.signal });
    return undefined;
  }
}
