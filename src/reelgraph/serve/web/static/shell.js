// What every page has: the search box, light and dark.

import { get } from "./api.js";
import { $, el, poster } from "./dom.js";

function themes() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  $("theme").addEventListener("click", () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* for this page, then */ }
  });
}

// Search as you type on an input; `choose` takes the film.
export function searching(input, list, choose) {
  let asked = null;
  let films = [];
  let chosen = -1;
  let wait = 0;
  let answered = null; // the words that `films` answer
  let eager = false; // Enter came before the answer

  const close = () => { eager = false; list.hidden = true; input.setAttribute("aria-expanded", "false"); chosen = -1; input.removeAttribute("aria-activedescendant"); };
  const pick = (film) => { close(); input.value = ""; choose(film); };
  const select = (place) => {
    chosen = place;
    [...list.children].forEach((line, at) => line.setAttribute("aria-selected", String(at === place)));
    if (place >= 0) { input.setAttribute("aria-activedescendant", list.children[place].id); list.children[place].scrollIntoView({ block: "nearest" }); }
  };
  const say = (text) => list.append(el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", id: `${list.id}-0` }, text));
  const show = () => {
    list.replaceChildren(...films.map((film, place) => el("li", {
      role: "option", id: `${list.id}-${place}`, "aria-selected": "false",
      onmousedown: (event) => event.preventDefault(), onclick: () => pick(film),
    }, poster(film, { width: 34, height: 51, class: null }), el("span", {}, el("strong", {}, film.title), el("small", {}, film.year || "")))));
    if (!films.length) say("No film by that name here");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    select(films.length ? 0 : -1);
  };
  input.addEventListener("input", () => {
    clearTimeout(wait);
    eager = false;
    const words = input.value.trim();
    if (!words) { asked?.abort(); close(); return; }
    wait = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        films = await get("/api/me/search", { q: words }, asked.signal);
        answered = words;
        if (eager && films.length) pick(films[0]);
        else show();
      } catch (error) {
        if (error.name === "AbortError") return;
        films = [];
        answered = null;
        list.replaceChildren();
        say(error.message);
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
      }
    }, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && input.value.trim() && input.value.trim() !== answered) { eager = true; event.preventDefault(); return; }
    if (list.hidden || !films.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { select((chosen + step + films.length) % films.length); event.preventDefault(); }
    if (event.key === "Enter" && chosen >= 0) { pick(films[chosen]); event.preventDefault(); }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("focus", () => { if (input.value.trim() && films.length) show(); });
}

themes();
searching($("search"), $("found"), (film) => { location.href = film.page; });
