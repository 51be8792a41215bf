// The taste card, lists by link, feeds for programs, and the link to another device.

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

// The links that were made under one path, each with the button that takes it back; `made` is the box of the newest.
function drawOwn(box, title, links, { path, made, again, nameOf, moreOf = () => [] }) {
  const revoke = (link) => guarded(async () => {
    await remove(`${path}/${link.id}`);
    toast(t("share.revoked"));
    made.replaceChildren();
    await again();
  });
  const line = (link) => el("li", {}, el("div", {}, el("b", {}, nameOf(link), link.kind && link.name ? ` · ${link.name}` : ""), el("small", {}, ...moreOf(link), t("share.until", { date: dates.format(new Date(1000 * link.expires)) }))),
    el("button", { class: "quiet", type: "button", "aria-label": t("share.revoke_label", { list: nameOf(link) }), onclick: revoke(link) }, icon("no"), t("share.revoke")));
  box.replaceChildren(...(links.length ? [el("h3", {}, title), el("ul", { class: "links" }, links.map(line))] : []));
}

const drawLinks = ({ lists }) => drawOwn($("links"), t("share.yours"), lists, {
  path: "/api/me/lists", made: $("new-link"), again: showLinks, nameOf: (link) => kinds()[link.kind], moreOf: (link) => [t("count.films", { count: link.films }), " · "],
});
const drawFeeds = ({ feeds }) => drawOwn($("feeds"), $("feeds").dataset.title, feeds, { path: "/api/me/feeds", made: $("new-feed"), again: showFeeds, nameOf: (feed) => feed.name });

const showLinks = () => load([$("links")], async (signal) => drawLinks(await get("/api/me/lists", {}, signal)));

$("list-form").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const body = { kind: $("list-kind").value, name: $("list-name").value, days: Number($("list-days").value) };
  const { url } = await post("/api/me/lists", body);
  $("new-link").replaceChildren(el("p", { class: "hint" }, t("share.once")), address(url, t("share.address")));
  await showLinks();
}));

const showFeeds = () => load([$("feeds")], async (signal) => drawFeeds(await get("/api/me/feeds", {}, signal)));

$("feed-form").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const { addresses } = await post("/api/me/feeds", { name: $("feed-name").value, days: Number($("feed-days").value) });
  const fields = ["radarr", "trakt", "stremio", "atom", "calendar"].map((program) => el("div", {}, el("b", {}, $("new-feed").dataset[program]), address(addresses[program], $("new-feed").dataset[program])));
  $("new-feed").replaceChildren(el("p", { class: "hint" }, t("share.once")), ...fields);
  await showFeeds();
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
showFeeds();
