// The taste card, lists by link, and the link to another device.

import { count, get, getSvg, post, remove } from "./api.js";
import { $, el, icon, toast } from "./dom.js";
import { language, rich, t } from "./i18n.js";
import { guarded, load } from "./load.js";
import "./shell.js";

const LEAST_FILMS = 3; // of a card
const CARD = { width: 1200, height: 630 };
const dates = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
let cardPath = "/api/me/card.svg";

const drawCard = () => load([$("card")], async (signal) => {
  const { rated } = await count(signal);
  if (rated < LEAST_FILMS) {
    $("card-actions").hidden = true;
    $("card").replaceChildren(el("p", { class: "empty" }, t("share.too_few")));
    return;
  }
  const name = $("card-name").value.trim();
  cardPath = name ? `/api/me/card.svg?${new URLSearchParams({ name })}` : "/api/me/card.svg";
  const svg = await getSvg(cardPath, signal);
  $("card").replaceChildren(el("img", { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, alt: t("share.card_alt"), ...CARD }));
  $("card-svg").href = cardPath;
  $("card-actions").hidden = false;
});

// The card as PNG, drawn by this browser with its own fonts.
async function png() {
  const image = $("card").querySelector("img");
  await image.decode();
  const canvas = el("canvas", CARD);
  canvas.getContext("2d").drawImage(image, 0, 0, CARD.width, CARD.height);
  return new Promise((resolve, reject) => { canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t("share.no_png")))), "image/png"); });
}

async function savePng() {
  const url = URL.createObjectURL(await png());
  el("a", { href: url, download: "my-taste.png" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function sendPng() {
  const file = new File([await png()], "my-taste.png", { type: "image/png" });
  try { await navigator.share({ files: [file], title: t("share.card") }); } catch (error) { if (error.name !== "AbortError") throw error; }
}

const copy = guarded(async (text) => {
  await navigator.clipboard.writeText(text);
  toast(t("share.copied"));
});

// An address to hand on: a field from which it can be copied by hand, and a button where the browser allows it.
function address(url, label) {
  const input = el("input", { value: url, readonly: true, "aria-label": label, onfocus: () => input.select() });
  return el("div", { class: "address" }, input, navigator.clipboard && el("button", { class: "quiet", type: "button", onclick: () => copy(url) }, t("share.copy")));
}

const kinds = () => ({ picks: t("share.picks"), favourites: t("share.favourites"), watchlist: t("share.watchlist") });

function drawLinks({ lists }) {
  const revoke = (link) => guarded(async () => {
    await remove(`/api/me/lists/${link.id}`);
    toast(t("share.revoked"));
    $("new-link").replaceChildren();
    await showLinks();
  });
  const line = (link) => el("li", {}, el("div", {}, el("b", {}, kinds()[link.kind], link.name ? ` · ${link.name}` : ""), el("small", {}, t("count.films", { count: link.films }), " · ", t("share.until", { date: dates.format(new Date(1000 * link.expires)) }))),
    el("button", { class: "quiet", type: "button", "aria-label": t("share.revoke_label", { list: kinds()[link.kind] }), onclick: revoke(link) }, icon("no"), t("share.revoke")));
  $("links").replaceChildren(...(lists.length ? [el("h3", {}, t("share.yours")), el("ul", { class: "links" }, lists.map(line))] : []));
}

const showLinks = () => load([$("links")], async (signal) => drawLinks(await get("/api/me/lists", {}, signal)));

$("list-form").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const body = { kind: $("list-kind").value, name: $("list-name").value, days: Number($("list-days").value) };
  const { url } = await post("/api/me/lists", body);
  $("new-link").replaceChildren(el("p", { class: "hint" }, t("share.once")), address(url, t("share.address")));
  await showLinks();
}));

$("device-make").addEventListener("click", guarded(async () => {
  const link = await post("/api/me/device");
  const qr = document.importNode(new DOMParser().parseFromString(link.qr, "text/html").querySelector("svg"), true);
  qr.setAttribute("role", "img");
  qr.setAttribute("aria-label", t("share.qr"));
  const minutes = Math.round((link.expires - Date.now() / 1000) / 60);
  $("device").replaceChildren(...[el("div", { class: "qrbox" }, qr), el("p", {}, t("share.device_steps", { count: minutes })), link.local ? el("p", { class: "note" }, t("share.device_local")) : null, address(link.url, t("share.address"))].filter(Boolean));
}));

let timer = 0;
$("card-name").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(drawCard, 300); });
$("card-png").addEventListener("click", guarded(savePng));
$("card-share").addEventListener("click", guarded(sendPng));
$("card-share").hidden = !navigator.canShare?.({ files: [new File([""], "my-taste.png", { type: "image/png" })] });
drawCard();
showLinks();
