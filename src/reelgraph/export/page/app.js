// Open the page: the model from its archive, the person from the browser, and all views.
import { $, el, toast } from "./dom.js";
import { Engine } from "./engine.js";
import { Filters } from "./filters.js";
import { ImportView } from "./import_view.js";
import { Mine } from "./mine.js";
import { Person } from "./person.js";
import { Picks } from "./picks.js";
import { SearchBox } from "./search_box.js";
import { starInput } from "./star_input.js";
import { Wall } from "./wall.js";

async function open() {
  const meta = JSON.parse($("meta").textContent);
  if (!("DecompressionStream" in globalThis)) throw new Error("this browser is too old for this page: it needs one of 2023 or later");
  const engine = await Engine.open(meta, $("data").textContent);
  $("data").remove();
  const views = [];
  const person = new Person(meta.person, engine, () => views.forEach((view) => (view.refresh ?? view.draw).call(view)));
  const filters = new Filters(engine, () => picks.reset());
  const wall = new Wall(engine, person), picks = new Picks(engine, person, filters), mine = new Mine(engine, person);
  const importing = new ImportView(engine, person);
  views.push(wall, picks, mine);
  new SearchBox(engine, (film) => rateFound(engine, person, film));
  views.forEach((view) => view.draw());
  if (document.querySelector("link[rel=manifest]")) navigator.serviceWorker?.register("service_worker.js").catch(() => {}); // of a site, which it keeps
  globalThis.reelgraph = { engine, person, picks, importing };
  document.documentElement.dataset.ready = "true";
}

/** Stars for a film that was searched, in a note at the foot of the page. */
function rateFound(engine, person, film) {
  const own = person.ratings.get(film.row);
  const box = el("dialog", { "aria-label": `Rate ${film.name}` });
  const close = () => { box.close(); box.remove(); };
  const stars = starInput(engine.scale, `Your stars for ${film.name}`, own ? own.stars : null, (value) => {
    person.rate(film.row, value);
    close();
    toast(`${film.name}: ${value} ${value === 1 ? "star" : "stars"}`, () => (own ? person.rate(film.row, own.stars, own.time) : person.unrate(film.row)));
  });
  box.append(el("form", { method: "dialog" }, el("h3", {}, `${film.name}${film.year ? ` (${film.year})` : ""}`), stars, el("div", { class: "row" }, el("button", { class: "quiet", type: "button", onclick: close }, "Cancel"))));
  document.body.append(box);
  box.addEventListener("close", () => box.remove());
  box.showModal();
  stars.querySelector("button[tabindex='0'], input").focus();
}

open().catch((error) => {
  $("failed").textContent = `This page could not be opened: ${error.message}.`;
  $("failed").hidden = false;
});
