// The model card: its plots are computed by the service when they are first requested.

import { get } from "./api.js";
import { $, el, number, scale } from "./dom.js";
import { load } from "./load.js";
import "./shell.js";

// A plot of the service as a node of this document.
function plot(markup) {
  return document.importNode(new DOMParser().parseFromString(markup, "text/html").body.firstChild, true);
}

load([$("calibration"), $("popularity")].filter(Boolean), async (signal) => {
  const plots = await get("/model/plots", {}, signal);
  const ratings = scale ? "ratings" : "views";
  $("calibration")?.replaceChildren(...(plots.calibration
    ? [el("p", { class: "hint" }, `When it says 80 % that somebody will love a film, do they? On the dashed line it keeps its word. ${number(plots.ratings)} ratings it did not learn from, of ${number(plots.people)} people; the settings were chosen on part of them.`), plot(plots.calibration)]
    : [el("p", { class: "hint" }, "This model predicts no chances, or its bundle does not say what was held back.")]));
  const percent = (share) => `${Math.round(100 * share)} %`;
  $("popularity").replaceChildren(el("p", { class: "hint" }, `The most watched tenth of the films has ${percent(plots.watched[0])} of the ${ratings}, and ${percent(plots.listed[0])} of the first ten picks of ${number(plots.people)} people. The dial “Hidden gems” turns that down.`),
    plot(plots.popularity), el("p", { class: "key" }, el("span", {}, el("i", {}), `of the ${ratings}`), el("span", {}, el("i", { class: "listed" }), "of the picks")));
});
