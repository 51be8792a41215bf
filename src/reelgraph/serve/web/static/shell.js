// What every page has: the search box, light and dark, the language.

import { get } from "./api.js";
import { $, el, poster } from "./dom.js";
import { t } from "./i18n.js";
import "./offline.js";
import { endedNote } from "./own_data.js";

function themes() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  $("theme").addEventListener("click", () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* for this page, then */ }
  });
}

// The choice of a language is kept in a cookie, because the service writes the page.
function languages() {
  $("language")?.addEventListener("change", (event) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `language=${event.target.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    location.reload();
  });
}

// Search as you type in an input; `choose` is called with the film that is picked from the list.
export function setUpSearch(input, list, choose) {
  let controller = null; // of the request under way
  let timer = 0; // to the next request
  let closing = 0; // the timer that closes the list
  let films = [];
  let answered = null; // the words that `films` answer
  let selected = -1;
  let pickFirst = false; // Enter was pressed before the answer

  const words = () => input.value.trim();
  const cancel = () => { clearTimeout(timer); controller?.abort(); pickFirst = false; };
  const open = () => { list.hidden = false; input.setAttribute("aria-expanded", "true"); };
  const close = () => { cancel(); list.hidden = true; input.setAttribute("aria-expanded", "false"); selected = -1; input.removeAttribute("aria-activedescendant"); };
  const pick = (film) => { close(); input.value = ""; choose(film); };
  const select = (index) => {
    selected = index;
    [...list.children].forEach((line, position) => line.setAttribute("aria-selected", String(position === index)));
    if (index >= 0) { input.setAttribute("aria-activedescendant", list.children[index].id); list.children[index].scrollIntoView({ block: "nearest" }); }
  };
  const note = (text) => el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", id: `${list.id}-0` }, text);
  const show = () => {
    list.replaceChildren(...films.map((film, index) => el("li", {
      role: "option", id: `${list.id}-${index}`, "aria-selected": "false",
      onmousedown: (event) => event.preventDefault(), onclick: () => pick(film),
    }, poster(film, { width: 34, height: 51, class: null }), el("span", {}, el("strong", {}, film.title), el("small", {}, film.year || "")))));
    if (!films.length) list.append(note(t("search.none")));
    open();
    select(films.length ? 0 : -1);
  };
  async function search(query) {
    controller = new AbortController();
    const { signal } = controller;
    try {
      films = await get("/api/me/search", { q: query }, signal);
      answered = query;
      if (pickFirst && films.length) pick(films[0]);
      else show();
    } catch (error) {
      if (signal.aborted) return;
      films = [];
      answered = null;
      list.replaceChildren(note(error.message));
      open();
    }
  }
  input.addEventListener("input", () => {
    cancel();
    const query = words();
    if (query) timer = setTimeout(() => search(query), 120);
    else close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && words() && words() !== answered) { cancel(); pickFirst = true; search(words()); event.preventDefault(); return; }
    if (list.hidden || !films.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { select((selected + step + films.length) % films.length); event.preventDefault(); }
    if (event.key === "Enter" && selected >= 0) { pick(films[selected]); event.preventDefault(); }
  });
  input.addEventListener("blur", () => { closing = setTimeout(close, 150); });
  input.addEventListener("focus", () => {
    clearTimeout(closing);
    if (!words()) return;
    if (words() === answered) show();
    else search(words());
  });
}

// The person of this browser was deleted elsewhere.
function sayEnded() {
  const ended = endedNote();
  if (!ended) return;
  const note = el("section", { class: "note ended", role: "status" }, el("p", {}, t("ended.text")), el("button", { class: "quiet", type: "button", onclick: () => { ended.close(); note.remove(); } }, t("action.close")));
  $("main").prepend(note);
}

themes();
languages();
sayEnded();
setUpSearch($("search"), $("found"), (film) => { location.href = film.page; });

// The morning after: a film was suggested three hours ago or more. The first page knows it from the service.
try {
  const suggested = Number(localStorage.getItem("tonight"));
  if (suggested && !["/", "/tonight"].includes(location.pathname) && Date.now() / 1000 - suggested > 3 * 3600) import("./evening.js").then((evening) => evening.askOnPage()).catch(() => {});
} catch { /* storage may be forbidden */ }
