// The model card: its plots are computed by the service when they are first requested.

import { get } from "./api.js";
import { $, el } from "./dom.js";
import { percent, t } from "./i18n.js";
import { load } from "./load.js";
import "./shell.js";

// A plot of the service as a node of this document.
function plot(markup) {
  return document.importNode(new DOMParser().parseFromString(markup, "text/html").body.firstChild, true);
}

load([$("calibration"), $("popularity")].filter(Boolean), async (signal) => {
  const plots = await get("/model/plots", {}, signal);
  const people = t("count.people", { count: plots.people });
  $("calibration")?.replaceChildren(...(plots.calibration
    ? [el("p", { class: "hint" }, t("model.calibration_text", { ratings: t("count.ratings", { count: plots.ratings }), people })), plot(plots.calibration)]
    : [el("p", { class: "hint" }, t("model.no_calibration"))]));
  $("popularity").replaceChildren(el("p", { class: "hint" }, t("model.popularity_text", { watched: percent(plots.watched[0]), listed: percent(plots.listed[0]), people })),
    plot(plots.popularity), el("p", { class: "key" }, el("span", {}, el("i", {}), t("model.of_ratings")), el("span", {}, el("i", { class: "listed" }), t("model.of_picks"))));
});
