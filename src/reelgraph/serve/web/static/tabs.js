// Tabs of one person show the same: a change in one of them is followed by the others, the hidden ones when they are seen again.

const SOON = 150; // milliseconds: several changes at once are followed once
const LONG = 60_000; // milliseconds hidden after which another device may have changed something
const channel = "BroadcastChannel" in self ? new BroadcastChannel("reelgraph") : null;

// Tell the other tabs, and the service worker, whose copies of answers are out of date now.
export function tellTabs(message) {
  channel?.postMessage(message);
  navigator.serviceWorker?.controller?.postMessage({ type: message });
}

channel?.addEventListener("message", ({ data }) => {
  if (data !== "deleted") return;
  try { sessionStorage.clear(); } catch { /* storage may be forbidden */ }
  location.reload();
});

// Call `refresh` when what the page shows may have changed elsewhere. Once all is deleted, every page is loaded anew.
export function followTabs(refresh) {
  let isStale = false;
  let timer = 0;
  let hiddenAt = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(() => { isStale = false; refresh(); }, SOON); };
  channel?.addEventListener("message", ({ data }) => {
    if (data === "deleted") return;
    if (document.hidden) isStale = true;
    else later();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (isStale || Date.now() - hiddenAt > LONG) later();
  });
  addEventListener("reconnected", later); // what is shown was kept, or what waited was sent
  addEventListener("pageshow", (event) => { if (event.persisted) later(); });
}
