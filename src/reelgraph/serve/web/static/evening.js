// How was the film of the other evening? Asked on the page "Tonight", and once on any page after an evening.

import { get, put } from "./api.js";
import { el, poster, scale, toast } from "./dom.js";
import { rich, t } from "./i18n.js";
import { starInput, watchedInput } from "./stars.js";
import { guarded } from "./load.js";

const STORAGE_KEY = "tonight";

// Note in this browser that there will be something to ask about; the service knows the rest.
export function remember(at) {
  try { if (at) localStorage.setItem(STORAGE_KEY, String(at)); else localStorage.removeItem(STORAGE_KEY); } catch { /* storage may be forbidden */ }
}

// Fill a box with the question about a suggestion, or empty it if there is none.
export function showQuestion(box, question) {
  if (!question) { box.replaceChildren(); return; }
  const { film, at, chosen } = question;
  const answer = guarded(async (outcome, stars, text) => {
    await put("/api/me/tonight/answer", { item_id: film.id, at, outcome, ...(stars === null ? {} : { stars }) });
    remember(outcome === "later" ? at : null);
    box.replaceChildren();
    toast(text);
  });
  const watched = (stars = null) => answer("watched", stars, t("evening.thanks"));
  const button = (text, give) => el("button", { class: "quiet", type: "button", onclick: give }, text);
  box.replaceChildren(el("section", { class: "panel howwasit", "aria-labelledby": "how-title" },
    el("a", { href: film.page, tabindex: -1, "aria-hidden": "true" }, poster(film)),
    el("div", {},
      el("h2", { id: "how-title" }, rich(chosen ? "evening.how" : "evening.did", { film: el("a", { href: film.page }, film.title) })),
      scale ? starInput({ label: t("evening.rate", { film: film.title }), give: watched }) : watchedInput({ label: t("evening.rate", { film: film.title }), give: () => watched() }),
      el("div", { class: "row" },
        scale && button(t("evening.seen"), () => watched()),
        button(t("evening.later"), () => answer("later", null, t("evening.later_noted"))),
        button(t("evening.not_watched"), () => answer("not-watched", null, t("evening.not_watched_noted")))))));
}

// On other pages: ask above the content if there is something to ask about.
export async function askOnPage() {
  const { ask } = await get("/api/me/tonight");
  if (!ask) { remember(null); return; }
  if (document.getElementById("ask")) return; // asked already
  if (!document.querySelector("link[href='/static/evening.css']")) document.head.append(el("link", { rel: "stylesheet", href: "/static/evening.css" }));
  const box = el("div", { id: "ask" });
  document.getElementById("main").prepend(box);
  showQuestion(box, ask);
}
