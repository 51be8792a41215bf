// The data of the visitor: what the service holds, and its deletion.

import { forget, me } from "./api.js";
import { $, el, plural, scale, toast } from "./dom.js";
import { guarded, load } from "./load.js";
import "./shell.js";
import { followTabs } from "./tabs.js";

const OF_THE_DEVICE = ["theme", "language"]; // what is stored here and says nothing of a person

const show = () => load([$("holding")], async (signal) => {
  const profile = await me(signal);
  const marks = profile.watchlist.length + profile.seen.length + profile.not_interested.length;
  const held = plural(profile.rated.length, scale ? "rating" : "film watched", scale ? "ratings" : "films watched");
  const text = profile.known ? `The service holds ${held} and ${plural(marks, "mark")} of yours.` : "The service holds nothing of yours.";
  $("holding").replaceChildren(el("p", { class: "hint" }, text));
});

$("forget").addEventListener("click", () => $("sure").showModal());
$("sure").addEventListener("close", guarded(async () => {
  if ($("sure").returnValue !== "yes") return;
  const deleted = await forget();
  try {
    for (const storage of [localStorage, sessionStorage]) for (const key of Object.keys(storage)) if (!OF_THE_DEVICE.includes(key)) storage.removeItem(key);
    await globalThis.caches?.delete("own"); // where the service worker does not see the deletion
  } catch { /* storage may be forbidden */ }
  toast(`Gone: ${plural(deleted.ratings, scale ? "rating" : "film watched", scale ? "ratings" : "films watched")}, ${plural(deleted.marks, "mark")}, ${plural(deleted.events, "line")} of the log, ${plural(deleted.served, "list")} you were shown.`);
  await show();
}));
followTabs(show);
show();
