// The data of the visitor: what the service holds, and its deletion.

import { forget, me } from "./api.js";
import { $, el, toast } from "./dom.js";
import { list, t } from "./i18n.js";
import { guarded, load } from "./load.js";
import "./shell.js";
import { followTabs } from "./tabs.js";

const OF_THE_DEVICE = ["theme", "language"]; // what is stored here and says nothing of a person

const show = () => load([$("holding")], async (signal) => {
  const profile = await me(signal);
  const marks = profile.watchlist.length + profile.seen.length + profile.not_interested.length;
  const films = t("count.watched", { count: profile.rated.length });
  const text = profile.known ? t("privacy.holds", { films, marks: t("count.marks", { count: marks }) }) : t("privacy.holds_nothing");
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
  const counts = [t("count.watched", { count: deleted.ratings }), t("count.marks", { count: deleted.marks }), t("count.log_lines", { count: deleted.events }), t("count.lists", { count: deleted.served })];
  toast(t("privacy.gone", { counts: list(counts) }));
  await show();
}));
followTabs(show);
show();
