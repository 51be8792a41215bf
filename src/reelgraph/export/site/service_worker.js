// Keeps the page and its icons, so that it starts without a connection. VERSION and FILES are put before these lines.
//
// What is kept is of one version of the page. A newer one brings a worker of its own, and is shown at the next start.

/* global VERSION, FILES */
const { scope } = self.registration;
const PREFIX = `reelgraph ${scope} `; // other pages of the same origin have caches of their own
const CACHE = PREFIX + VERSION;
const PAGE = [scope, `${scope}index.html`];

self.addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(CACHE)).addAll(FILES.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

async function answer(request) {
  const name = PAGE.includes(request.url.split(/[?#]/)[0]) ? scope : request.url;
  return (await caches.match(name, { cacheName: CACHE, ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});
