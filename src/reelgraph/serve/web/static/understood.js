// The chips of what was understood of a phrase, and what was not; loaded once somebody has said something.

import { $, el } from "./dom.js";
import { genre, language, t } from "./i18n.js";

const either = new Intl.ListFormat(language, { type: "disjunction" });
const MISSED = { no_people: "say.no_people", no_minutes: "say.no_minutes", person: "say.person", title: "say.title", contradiction: "say.contradiction", no_times: "say.no_times" };
const MOODS = { light: "mood.light", moving: "mood.moving", tense: "mood.tense", exciting: "mood.exciting", thoughtful: "mood.thoughtful", family: "mood.family" };
const SEEN = { hidden: "say.seen_hidden", also: "say.seen_also", only: "say.seen_only" };

function span([low, high], from, to, both) {
  if (low && high) return low === high ? String(low) : t(both, { low: String(low), high: String(high) });
  return low ? t(from, { value: String(low) }) : t(to, { value: String(high) });
}

const MEANINGS = {
  genre: (names) => either.format(names.map(genre)),
  not_genre: (names) => t("say.without", { name: either.format(names.map(genre)) }),
  mood: ([name]) => t(MOODS[name]),
  not_mood: ([name]) => t("say.not_mood", { mood: t(MOODS[name]) }),
  years: (values) => span(values, "say.from", "say.to", "say.span"),
  minutes: (values) => span(values, "say.minutes_from", "say.minutes_to", "say.minutes"),
  like: ([title]) => t("say.like", { title }),
  unlike: ([title]) => t("say.unlike", { title }),
  person: ([name]) => t("say.with", { name }),
  not_person: ([name]) => t("say.without_person", { name }),
  seen: ([which]) => t(SEEN[which]),
  watchlist: () => t("filters.only_watchlist"),
  recent: () => t("filters.recent"),
  niche: ([weight]) => t(weight > 0 ? "dial.niche_high" : "dial.niche_low"),
  bold: ([weight]) => t(weight > 0 ? "dial.bold_high" : "dial.bold_low"),
  diversity: () => t("dial.diversity_high"),
};

// Show what was understood of the phrase, and what was not; `say` is called with the phrase that remains without a chip.
export function showUnderstood(words, say) {
  const chip = ({ kind, values, rest }) => {
    const meaning = MEANINGS[kind](values);
    return el("button", { class: "chip", type: "button", "data-state": "only", "aria-label": t("say.remove", { meaning }), onclick: () => say(rest) }, meaning, el("span", { "aria-hidden": "true" }, " ×"));
  };
  const missed = ({ words: phrase, code }) => el("li", {}, t(MISSED[code] ?? "say.missed", { words: phrase }));
  $("say-chips").replaceChildren(...words.chips.map(chip));
  $("say-missed").replaceChildren(...words.missed.map(missed));
}
