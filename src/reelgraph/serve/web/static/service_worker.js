// Keeps the page, and what it last showed, for a start without a connection. The service puts VERSION, SHELL and LATER before
// these lines: a version of the page and its data set, what the first page needs, and what the other pages need.
//
// With a connection the service always answers: nothing kept here is older than what it replaces.

/* global VERSION, SHELL, LATER */
const SHELL_CACHE = `shell-${VERSION}`;
const OWN_CACHE = "own"; // answers and posters of one person; removed with their data
const MAX_KEPT = 160; // answers and posters
const PATIENCE = 4_000; // milliseconds until a page is taken from the cache although the service may still answer
const OFFLINE_PAGE = "/offline";
const CHANGED = ["/api/me", "/api/me/tonight"]; // answers that other pages than the one of the change show
const QUIET = 500; // milliseconds without a further change until they are fetched again
const FIRST_TOKEN = "first"; // of somebody of whom nothing is known yet
const NOT_KEPT = /^\/api\/me\/(search|counterfactual|together|everything|picks\.csv|card|lists|feeds|device|import|ratings|watchlist|seen|not-interested)/;

let changes = 0;
let deletions = 0; // so that an answer from before a deletion is not kept after it

const isShell = (path) => SHELL.includes(path) || LATER.includes(path);
const isOwn = (path) => (path === "/api/me" || path.startsWith("/api/me/") || path === "/model/plots") && !NOT_KEPT.test(path);
const isPoster = (path) => path.startsWith("/poster/");
const isFile = (destination) => ["script", "style", "font", "manifest"].includes(destination);
const isFilm = (path) => path.startsWith("/film/");

// The name under which an answer is kept: one list for each set of filters, one question.
function nameOf(url) {
  const name = new URL(url);
  if (name.pathname === "/api/me/questions") name.search = "";
  name.searchParams.delete("n");
  return name.href;
}

// "no-cache" asks the service whether a file has changed; "force-cache" takes what the browser has just loaded for the page.
const fill = async (paths, cache = "no-cache") => (await caches.open(SHELL_CACHE)).addAll(paths.map((path) => new Request(path, { cache })));

async function keep(url, response, before) {
  if (response.headers.has("x-session-ended")) { await dropOwn(); return; } // deleted elsewhere
  if (!response.ok || response.redirected) return;
  const headers = { "content-type": response.headers.get("content-type") ?? "", "x-saved-at": String(Date.now()) };
  for (const name of ["content-security-policy", "x-content-type-options"]) if (response.headers.has(name)) headers[name] = response.headers.get(name);
  const body = await response.arrayBuffer();
  const copy = new Response(body, { headers });
  if (new URL(url).pathname === "/api/me/count") await forgetOthers(new TextDecoder().decode(body));
  if (deletions !== before) return;
  const cache = await caches.open(OWN_CACHE);
  await cache.put(nameOf(url), copy); // the newest is the last of the keys
  const names = await cache.keys();
  for (const name of names.slice(0, Math.max(0, names.length - MAX_KEPT))) await cache.delete(name);
  if (deletions !== before) await caches.delete(OWN_CACHE);
}

// Another token is another person on the same device: nothing of the one before is shown to them.
async function forgetOthers(body) {
  const kept = await caches.match(nameOf(new URL("/api/me/count", location.origin)), { cacheName: OWN_CACHE });
  const before = kept && (await kept.json()).csrf;
  if (before && before !== FIRST_TOKEN && before !== JSON.parse(body).csrf) await caches.delete(OWN_CACHE);
}

async function own(event, url) {
  const before = deletions;
  try {
    const response = await fetch(event.request);
    event.waitUntil(keep(url.href, response.clone(), before));
    return response;
  } catch (error) {
    const kept = event.request.signal.aborted ? null : await caches.match(nameOf(url.href), { cacheName: OWN_CACHE });
    if (!kept) throw error;
    return kept;
  }
}

// Files of the page: the newest that were loaded are kept.
async function shell(event, url) {
  try {
    const response = await fetch(event.request);
    const copy = response.clone();
    if (response.ok) event.waitUntil(caches.open(SHELL_CACHE).then((cache) => cache.put(event.request, copy)));
    return response;
  } catch (error) {
    const kept = await caches.match(event.request, { cacheName: SHELL_CACHE, ignoreVary: true });
    if (!kept) throw error;
    return kept;
  }
}

// A page comes from the service if it answers in time, else from the cache.
async function page(event, url) {
  const [cacheName, name] = isFilm(url.pathname) ? [OWN_CACHE, nameOf(url.href)] : [SHELL_CACHE, url.pathname];
  const kept = await caches.match(name, { cacheName, ignoreVary: true });
  const before = deletions;
  const answer = fetch(event.request).then((response) => {
    if (response.ok && isFilm(url.pathname)) event.waitUntil(keep(url.href, response.clone(), before));
    else if (response.ok && !response.redirected && isShell(url.pathname)) {
      const copy = response.clone();
      event.waitUntil(caches.open(SHELL_CACHE).then((cache) => cache.put(url.pathname, copy)));
    }
    return response;
  });
  event.waitUntil(answer.catch(() => {}));
  const late = new Promise((resolve) => { if (kept) setTimeout(() => resolve(kept), PATIENCE); });
  try { return await Promise.race([answer, late]); } catch (error) {
    const instead = kept ?? (await caches.match(OFFLINE_PAGE, { cacheName: SHELL_CACHE, ignoreVary: true }));
    if (!instead) throw error;
    return instead;
  }
}

async function dropOwn() {
  deletions += 1;
  await caches.delete(OWN_CACHE);
}

// Whatever the service says to a deletion, nothing of this person stays here.
async function forget(request) {
  try { return await fetch(request); } finally { await dropOwn(); }
}

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const isFirst = !(await caches.keys()).length;
  await fill(SHELL, isFirst ? "force-cache" : "no-cache");
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== SHELL_CACHE && name !== OWN_CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

// The posters of the lists that are kept: the page itself loads those alone that were looked at.
async function keptPosters() {
  const before = deletions;
  if (!(await caches.has(OWN_CACHE))) return []; // to open it would make it anew, after a deletion
  const cache = await caches.open(OWN_CACHE);
  const lists = (await cache.keys()).filter((request) => new URL(request.url).pathname === "/api/me/picks");
  const posters = [];
  for (const name of lists.slice(-1)) posters.push(...(await (await cache.match(name)).json()).items.map((pick) => pick.film.poster));
  if (deletions !== before) await caches.delete(OWN_CACHE);
  return posters;
}

self.addEventListener("message", (event) => {
  const before = deletions;
  const keepAgain = async (urls) => {
    for (const url of urls) {
      const { origin, pathname } = new URL(url);
      if (origin !== location.origin) continue;
      if (isOwn(pathname) || isPoster(pathname)) await fetch(url).then((response) => keep(url, response, before)).catch(() => {});
      else if (pathname.endsWith(".js") && !isShell(pathname)) await fill([url], "force-cache").catch(() => {});
    }
  };
  // After a change, what is kept of the others would be shown without a connection as it was before.
  const renew = async () => {
    const change = changes += 1;
    await new Promise((resolve) => { setTimeout(resolve, QUIET); });
    if (change !== changes) return;
    const urls = CHANGED.map((path) => new URL(path, location.origin).href);
    const isThere = await Promise.all(urls.map((url) => caches.match(url, { cacheName: OWN_CACHE })));
    await keepAgain(urls.filter((_, index) => isThere[index]));
  };
  if (event.data.type === "changed") event.waitUntil(renew());
  if (event.data.type === "keep") event.waitUntil(keepAgain(event.data.urls.slice(0, MAX_KEPT)));
  if (event.data.type === "complete") event.waitUntil((async () => {
    const there = new Set((await (await caches.open(SHELL_CACHE)).keys()).map((request) => new URL(request.url).pathname));
    await fill(LATER.filter((path) => !there.has(path))).catch(() => {});
    await keepAgain(["/api/me", ...(await keptPosters())].map((path) => new URL(path, location.origin).href));
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "DELETE" && url.pathname === "/api/me") event.respondWith(forget(request));
  else if (request.method !== "GET") return;
  else if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (isOwn(url.pathname) || isPoster(url.pathname)) event.respondWith(own(event, url));
  else if (isShell(url.pathname) || isFile(request.destination)) event.respondWith(shell(event, url));
});
