// The data of the visitor: what the service holds, and its deletion.

import { forget, me } from "./api.js";
import { $, el } from "./dom.js";
import { list, t } from "./i18n.js";
import { guarded, load } from "./load.js";
import { holdsOwnData, removeOwnData } from "./own_data.js";
import "./shell.js";
import { followTabs } from "./tabs.js";

const show = () => load([$("holding")], async (signal) => {
  const profile = await me(signal);
  const marks = profile.watchlist.length + profile.seen.length + profile.not_interested.length;
  const films = t("count.watched", { count: profile.rated.length });
  const text = profile.known ? t("privacy.holds", { films, marks: t("count.marks", { count: marks }) }) : t("privacy.holds_nothing");
  $("holding").replaceChildren(el("p", { class: "hint" }, text));
  $("forget").hidden = !profile.known && !holdsOwnData();
});

// Say what was deleted, in place of what could be.
function showDeleted(deleted) {
  const counts = [t("count.watched", { count: deleted.ratings }), t("count.marks", { count: deleted.marks }), t("count.log_lines", { count: deleted.events }), t("count.lists", { count: deleted.served })];
  const heading = el("h3", { tabindex: -1 }, t("privacy.deleted"));
  $("holding").replaceChildren(el("section", { class: "note done" }, heading,
    el("p", {}, t("privacy.gone", { counts: list(counts) }), " ", t("privacy.holds_nothing")), el("p", {}, t("privacy.gone_here")),
    el("p", {}, el("a", { class: "quiet", href: "/" }, t("privacy.begin_anew")))));
  $("forget").hidden = true;
  heading.focus();
  heading.scrollIntoView({ block: "center" });
}

$("forget").addEventListener("click", () => $("sure").showModal());
$("sure").addEventListener("close", guarded(async () => {
  if ($("sure").returnValue !== "yes") return;
  const deleted = await forget();
  await removeOwnData();
  showDeleted(deleted);
}));
followTabs(show);
show();
