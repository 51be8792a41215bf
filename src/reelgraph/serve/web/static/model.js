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

const boxes = [$("calibration"), $("popularity")].filter(Boolean);

// The plots; while the service computes them, the page says so and asks again.
async function getPlots(signal) {
  for (;;) {
    try {
      return await get("/model/plots", {}, signal);
    } catch (error) {
      if (error.kind !== "not-ready") throw error;
      for (const box of boxes) if (!box.querySelector(".working")) box.prepend(el("p", { class: "hint working", role: "status" }, t("model.working")));
      await new Promise((resolve) => { setTimeout(resolve, 1000 * (error.retryAfter || 3)); });
      signal.throwIfAborted();
    }
  }
}

load(boxes, async (signal) => {
  const plots = await getPlots(signal);
  const people = t("count.people", { count: plots.people });
  $("calibration")?.replaceChildren(...(plots.calibration
    ? [el("p", { class: "hint" }, t("model.calibration_text", { ratings: t("count.ratings", { count: plots.ratings }), people })), plot(plots.calibration)]
    : [el("p", { class: "hint" }, t("model.no_calibration"))]));
  $("popularity").replaceChildren(el("p", { class: "hint" }, t("model.popularity_text", { watched: percent(plots.watched[0]), listed: percent(plots.listed[0]), people })),
    plot(plots.popularity), el("p", { class: "key" }, el("span", {}, el("i", {}), t("model.of_ratings")), el("span", {}, el("i", { class: "listed" }), t("model.of_picks"))));
});
