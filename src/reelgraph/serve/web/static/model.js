// The model card: the plots come when they are reckoned.

import { get } from "./api.js";
import { $, el, number } from "./dom.js";
import { load } from "./load.js";
import "./shell.js";

function drawn(markup) {
  const made = new DOMParser().parseFromString(markup, "text/html").body.firstChild;
  return document.importNode(made, true);
}

load([$("calibration"), $("popularity")], async (signal) => {
  const plots = await get("/model/plots", {}, signal);
  $("calibration").replaceChildren(...(plots.calibration
    ? [el("p", { class: "hint" }, `When it says 80 % that somebody will love a film, do they? On the dashed line it keeps its word. ${number(plots.ratings)} ratings it did not learn from, of ${number(plots.people)} people; the settings were chosen on part of them.`), drawn(plots.calibration)]
    : [el("p", { class: "hint" }, "This model predicts no chances, or its bundle does not say what was held back.")]));
  const share = (part) => `${Math.round(100 * part)} %`;
  $("popularity").replaceChildren(el("p", { class: "hint" }, `The most watched tenth of the films has ${share(plots.watched[0])} of the ratings, and ${share(plots.listed[0])} of the first ten picks of ${number(plots.people)} people. The dial “Hidden gems” turns that down.`),
    drawn(plots.popularity), el("p", { class: "key" }, el("span", {}, el("i", {}), "of the ratings"), el("span", {}, el("i", { class: "listed" }), "of the picks")));
});
