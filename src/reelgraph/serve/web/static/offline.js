// No connection: the page says so and what waits, starts from what the service worker has kept, and catches up afterwards.

import { connection, queue } from "./api.js";
import { el, toast } from "./dom.js";
import { t } from "./i18n.js";
import { complain } from "./load.js";

const SHOWN_AFTER = 2_500; // milliseconds that a change may be under way before it is said to wait
const WORKER = "/service_worker.js";

const box = el("div", { class: "net", role: "status", hidden: true });

// The text of the bar, or "" if there is nothing to say.
function text() {
  const waiting = queue.entries().length;
  if (!connection.isOpen) {
    if (waiting) return t("net.offline_waiting", { count: waiting });
    return t(connection.savedAt ? "net.offline_kept" : "net.offline");
  }
  return waiting && queue.isHeldUp ? t("net.busy_waiting", { count: waiting }) : "";
}

function show() {
  const words = text();
  if (box.dataset.text === words) return;
  box.dataset.text = words;
  box.hidden = !words;
  box.replaceChildren(...(words ? [el("p", { class: "wide" }, el("span", {}, words), el("button", { class: "link", type: "button", onclick: tryNow }, t("net.try_now")))] : []));
}

async function tryNow() {
  await queue.flush();
  if (!queue.isHeldUp) dispatchEvent(new Event("reconnected"));
}

let sentCount = 0; // of what had waited
queue.addEventListener("sent", () => { sentCount += 1; });
queue.addEventListener("change", () => {
  if (!sentCount || (queue.entries().length && !queue.isHeldUp)) return; // more is on its way
  toast(t("net.sent", { count: sentCount }));
  sentCount = 0;
  dispatchEvent(new Event("reconnected"));
});
queue.addEventListener("refused", ({ detail: { entry, error } }) => {
  const reason = error.message;
  const text = entry.film ? t("net.refused", { title: entry.film.title, reason }) : t("net.refused_unknown", { reason });
  complain(Object.assign(new Error(text), { kind: error.kind }));
  dispatchEvent(new Event("reconnected"));
});
for (const target of [queue, connection]) target.addEventListener("change", show);
addEventListener("storage", show); // another tab has added or sent one
addEventListener("online", () => {
  queue.flush();
  if (connection.savedAt) dispatchEvent(new Event("reconnected"));
});
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => { if (!document.hidden && queue.entries().length) queue.flush(); });
document.querySelector(".top").after(box);
setTimeout(show, SHOWN_AFTER);
if (queue.entries().length) queue.flush(); // from an earlier visit

// The service worker keeps the page and the last answers. The first time, the page was loaded without it: it is told what to keep.
async function startWorker() {
  const worker = navigator.serviceWorker;
  const wasControlled = Boolean(worker.controller);
  try { await worker.register(WORKER); } catch { return; } // not over plain http, and not where it is forbidden
  const { active } = await worker.ready;
  const urls = performance.getEntriesByType("resource").map((entry) => entry.name);
  active.postMessage(wasControlled ? { type: "complete" } : { type: "keep", urls });
}
if (navigator.serviceWorker) {
  const later = () => setTimeout(startWorker, 500);
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
}
