// Your data: what there is, and how it goes.

import { forget, guarded, me } from "./api.js";
import { $, plural, toast } from "./dom.js";
import "./shell.js";

const show = guarded(async () => {
  const mine = await me();
  const marks = mine.watchlist.length + mine.seen.length + mine.not_interested.length;
  $("holding").textContent = mine.known ? `The service holds ${plural(mine.rated.length, "rating")} and ${plural(marks, "mark")} of yours.` : "The service holds nothing of yours.";
});

$("forget").addEventListener("click", () => $("sure").showModal());
$("sure").addEventListener("close", guarded(async () => {
  if ($("sure").returnValue !== "yes") return;
  const gone = await forget();
  for (const store of [localStorage, sessionStorage]) for (const key of ["together", "not-seen", "interview", "left"]) store.removeItem(key);
  toast(`Gone: ${plural(gone.ratings, "rating")}, ${plural(gone.marks, "mark")}, ${plural(gone.events, "line")} of the log, ${plural(gone.served, "list")} you were shown.`);
  await show();
}));
show();
