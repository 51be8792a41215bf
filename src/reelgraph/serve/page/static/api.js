// Talking to the service. Changes carry a token that only our own page can read.

import { toast } from "./dom.js";

let token = null;

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
  return answer(await fetch(text ? `${path}?${text}` : path, { signal, headers: { Accept: "application/json" } }));
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
      const told = await answer(await fetch(path, { method, headers, body: body && !form ? JSON.stringify(body) : body }));
      if (told?.csrf) token = told.csrf;
      return told;
    } catch (error) {
      if (error.kind !== "csrf" || tries) throw error;
      await fresh(); // the session began in another tab
    }
  }
}

const at = (kind, id) => `/api/me/${kind}/${encodeURIComponent(id)}`;

export const me = () => get("/api/me");
export const count = () => get("/api/me/count");
export const rate = (id, stars, recommendation = null) => send("PUT", at("ratings", id), { stars, recommendation_id: recommendation });
export const unrate = (id) => send("DELETE", at("ratings", id));
export const mark = (kind, id, on = true) => send(on ? "PUT" : "DELETE", at(kind, id));
export const forget = () => send("DELETE", "/api/me").then((told) => { token = null; return told; });
export const together = (body) => send("POST", "/api/me/together", body);
export function importExport(file) {
  const body = new FormData();
  body.append("file", file);
  return send("POST", "/api/me/import", body);
}

// What went wrong, told once; an answer that came too late is nothing.
export function complain(error) {
  if (error.name === "AbortError") return;
  const text = error instanceof TypeError ? "The service cannot be reached." : error.message;
  toast(error.hint && error.status < 500 ? `${text} (${error.hint})` : text, { bad: true });
}

export const guarded = (work) => async (...given) => {
  try { return await work(...given); } catch (error) { complain(error); return undefined; }
};
