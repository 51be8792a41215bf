// A film's page: what it would be to you.

import { get, mark, me, rate, unrate } from "./api.js";
import { $, el, guess, icon, starInput, stars, toast } from "./dom.js";
import { guarded, load } from "./load.js";
import { different, reasons } from "./why.js";
import "./shell.js";

const { id, title } = $("film").dataset;

const show = () => load([$("why")], async (signal) => {
  const mine = await me(signal);
  const given = mine.rated.find((one) => one.film.id === id)?.stars ?? null;
  const has = (kind) => mine[kind].some((one) => one.id === id);
  const marks = { watchlist: has("watchlist"), seen: has("seen"), "not-interested": has("not_interested") };
  acts(given, marks);
  await why(mine, given, given === null && !marks.seen && !marks["not-interested"], signal);
});

function acts(given, marks) {
  const after = guarded(async (work, said) => { await work(); toast(said); await show(); });
  const put = (kind, on, said) => after(() => mark(kind, id, on), said);
  const tool = (kind, name, label) => el("button", { class: "quiet tool2", type: "button", "aria-pressed": String(marks[kind]), onclick: () => put(kind, !marks[kind], marks[kind] ? `Not “${label.toLowerCase()}” any more` : label) }, icon(name), label);
  const held = $("acts").contains(document.activeElement) ? document.activeElement : null;
  const [name, within] = [held?.textContent, held?.closest(".stars")];
  $("acts").replaceChildren(
    starInput({ label: `Rate ${title}`, big: true, value: given, give: (value) => after(() => rate(id, value), `You gave ${stars(value)}★`) }),
    el("div", { class: "row" },
      given !== null && el("button", { class: "quiet", type: "button", onclick: () => after(() => unrate(id), "Rating taken back") }, "Take back"),
      given === null && tool("watchlist", "mark", "Watchlist"), given === null && tool("seen", "eye", "Seen it"), given === null && tool("not-interested", "no", "Not interested")));
  if (!held) return; // else the focus stays on what took the place of where it was
  const same = within ? null : [...$("acts").querySelectorAll("button.quiet")].find((one) => one.textContent === name);
  (same ?? $("acts").querySelector(".stars [tabindex='0']")).focus();
}

async function why(mine, given, listable, signal) {
  const box = $("why");
  if (!mine.rated.length) {
    box.replaceChildren(el("p", {}, "Rate this film or ", el("a", { href: "/" }, "a few you know"), ", and this says what it would be to you, and why."));
    return;
  }
  const told = await get(`/api/me/explain/${encodeURIComponent(id)}`, {}, signal);
  const slot = el("div", { class: "whybox" });
  const button = el("button", { class: "quiet", type: "button", onclick: guarded(async () => {
    button.disabled = true;
    try { slot.replaceChildren(...await different(id)); } finally { button.disabled = false; }
  }) }, "What would change that?");
  const parts = el("div", { class: "whybox" }, ...reasons(told));
  box.replaceChildren(el("div", { class: "whybox" }, given === null ? guess(told.predicted) : el("p", { class: "hint" }, `You gave it ${stars(given)}★. This is what your other ratings say.`), parts, listable && el("p", {}, button), slot));
}

show();
