// The box in which visitors say what they feel like.

import { $ } from "./dom.js";
import { language } from "./i18n.js";

// Set up the box; `onChange` is called after a change. `read` gives the phrase for a request, `show` what was understood of it.
export function setUpWords(onChange) {
  const input = $("say");
  let latest = null;
  input.value = new URLSearchParams(location.search).get("words") ?? "";
  const say = (text) => { input.value = text; onChange(); input.focus(); };
  $("say-form").addEventListener("submit", (event) => { event.preventDefault(); onChange(); });
  input.addEventListener("search", () => { if (!input.value) onChange(); }); // cleared by its button
  return {
    read: () => (input.value.trim() ? { words: input.value.trim().slice(0, 300), language } : {}),
    async show(words) {
      latest = words;
      const understood = words && (await import("./understood.js"));
      if (latest !== words) return; // a newer list is shown meanwhile
      if (words) understood.showUnderstood(words, say);
      else for (const id of ["say-chips", "say-missed"]) $(id).replaceChildren();
    },
  };
}
