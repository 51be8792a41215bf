// Requests to the service. Changes carry a token that only the pages of the service can read.

let token = null;
let lastChange = Promise.resolve();

// Run changes one after the other: the first change of a new person sets the cookie that identifies them for the next.
function inTurn(work) {
  const result = lastChange.then(work);
  lastChange = result.catch(() => {});
  return result;
}

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

// The JSON of a response, or null for an empty one.
async function request(path, options) {
  let response;
  let text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached.", { cause: error });
  }
  const body = text ? parse(text) : null;
  if (response.ok && body !== undefined) return body;
  const error = new Error(body?.detail ?? `The service answered ${response.status}.`);
  error.kind = body?.error;
  error.hint = body?.hint;
  throw error;
}

export async function get(path, query = {}, signal = undefined) {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) params.append(name, value);
  const text = params.toString();
  return request(text ? `${path}?${text}` : path, { signal, headers: { Accept: "application/json" } });
}

async function renewToken() {
  token = (await get("/api/me/count")).csrf;
}

async function send(method, path, body, signal = undefined) {
  if (token === null) await renewToken();
  const isForm = body instanceof FormData;
  for (let tries = 0; ; tries += 1) {
    const headers = { "X-CSRF-Token": token };
    if (body && !isForm) headers["Content-Type"] = "application/json";
    try {
      const result = await request(path, { method, headers, signal, body: body && !isForm ? JSON.stringify(body) : body });
      if (result?.csrf) token = result.csrf;
      return result;
    } catch (error) {
      if (error.kind !== "csrf" || tries) throw error;
      await renewToken(); // the session began in another tab
    }
  }
}

const change = (...args) => inTurn(() => send(...args));
const pathOf = (kind, id) => `/api/me/${kind}/${encodeURIComponent(id)}`;

export const me = (signal) => get("/api/me", {}, signal);
export const count = (signal) => get("/api/me/count", {}, signal);
export const rate = (id, stars, recommendation = null) => change("PUT", pathOf("ratings", id), { stars, recommendation_id: recommendation });
export const watch = (id, recommendation = null) => change("PUT", pathOf("ratings", id), { recommendation_id: recommendation });
export const unrate = (id) => change("DELETE", pathOf("ratings", id));
export const mark = (kind, id, on = true) => change(on ? "PUT" : "DELETE", pathOf(kind, id));
export const forget = () => change("DELETE", "/api/me").then((deleted) => { token = null; return deleted; });
export const together = (body, signal) => send("POST", "/api/me/together", body, signal);
export function importExport(file, profile = "") {
  const body = new FormData();
  body.append("file", file);
  if (profile) body.append("profile", profile);
  return change("POST", "/api/me/import", body);
}
