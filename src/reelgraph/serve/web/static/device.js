// Taking the session of another device over. The token comes in the fragment of the address and leaves it at once.

import { post } from "./api.js";
import { $, el } from "./dom.js";
import { t } from "./i18n.js";
import { load } from "./load.js";
import { removeOwnData } from "./own_data.js";
import "./shell.js";

const BROWSER_KEYS = ["not-seen", "interview", "tonight", "import-report"]; // of the films of this browser so far
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const films = ({ rated, seen, watchlist }) => t("device.films", { rated: t("count.ratings", { count: rated }), seen: t("device.seen", { count: seen }), watchlist: t("device.watchlist", { count: watchlist }) });

function message(text, isError = false) {
  $("transfer").replaceChildren(el("p", { role: isError ? "alert" : null }, text), el("p", {}, el("a", { class: "quiet", href: "/" }, t("lost.back"))));
}

function choice(value, text, hint, checked) {
  return el("label", { class: "choice" }, el("input", { type: "radio", name: "own", value, checked }), el("span", {}, el("b", {}, text), el("small", {}, hint)));
}

function ask(preview) {
  if (preview.same) { message(t("device.same")); return; }
  const hasOwn = preview.own.rated + preview.own.seen + preview.own.watchlist > 0;
  const form = el("form", { class: "transferring" },
    el("h2", {}, t("device.what")),
    el("p", {}, t("device.theirs", { films: films(preview.theirs) })),
    hasOwn ? el("fieldset", {}, el("legend", {}, t("device.own", { films: films(preview.own) })), choice("add", t("device.add"), t("device.add_hint"), true), choice("delete", t("device.delete"), t("device.delete_hint"), false)) : el("p", {}, t("device.nothing_own")),
    el("p", { class: "note" }, t("device.warning")),
    el("div", { class: "row" }, el("button", { class: "solid", type: "submit" }, t("device.accept")), el("a", { class: "quiet", href: "/" }, t("device.cancel"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    const own = form.querySelector("input[name=own]:checked")?.value ?? "add";
    post("/api/me/device/accept", { token, own }).then(async () => {
      if (own === "delete") await removeOwnData();
      try { for (const storage of [localStorage, sessionStorage]) for (const key of BROWSER_KEYS) storage.removeItem(key); } catch { /* storage may be forbidden */ }
      location.replace("/taste");
    }, (error) => message(error.message, true));
  });
  $("transfer").replaceChildren(form);
}

if (token) {
  load([$("transfer")], async () => {
    try { ask(await post("/api/me/device/preview", { token })); } catch (error) { if (error.kind === "unknown-link" || error.kind === "invalid") message(t("device.gone"), true); else throw error; }
  });
} else message(t("device.no_token"), true);
