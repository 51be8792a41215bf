// Why a film is listed: the sentence of its strongest reasons, and all shares as bars that add up to the score.
import { el, signed, svg } from "./dom.js";

const MIN_PORTION = 0.12; // of what the ratings add, for a reason to be shown
const SHOWN = 8;

/** The stars from which a film may be a reason: personal_threshold.py. */
function ownMiddle(history, scale) {
  const stars = history.stars.filter((value, at) => !history.seen[at]).sort((a, b) => a - b);
  if (!stars.length) return scale.middle;
  const total = stars.reduce((sum, value) => sum + value, 0);
  const median = stars.length % 2 ? stars[(stars.length - 1) / 2] : (stars[stars.length / 2 - 1] + stars[stars.length / 2]) / 2;
  return Math.max(Math.min((total + 5 * scale.middle) / (stars.length + 5), median), scale.middle);
}

/** Places of the films that are shown as "because": one or two with enough weight, or the strongest together. */
export function because(history, shares, scale) {
  const middle = ownMiddle(history, scale);
  const total = shares.reduce((sum, share) => sum + Math.max(share, 0), 0);
  const liked = [...shares.keys()].filter((at) => shares[at] > 0 && (history.seen[at] || history.stars[at] >= middle - 1e-6));
  liked.sort((a, b) => shares[b] - shares[a] || a - b);
  const single = liked.slice(0, 2).filter((at) => shares[at] >= MIN_PORTION * total);
  return single.length ? single : liked.slice(0, 3);
}

const starsText = (stars) => `${stars} ${stars === 1 ? "star" : "stars"}`;

export function sentence(engine, history, shares) {
  const places = because(history, shares, engine.scale);
  if (!places.length) return null;
  const shown = places.map((at, n) => {
    const name = el("b", {}, engine.films[history.rows[at]].name), isSame = n > 0 && history.seen[at] === history.seen[places[n - 1]];
    const verb = isSame ? "" : history.seen[at] ? "you watched " : "you gave ";
    return history.seen[at] ? [verb, name] : [verb, name, ` ${starsText(history.stars[at])}`];
  });
  const joined = shown.flatMap((words, n) => [n === 0 ? "Because " : n === shown.length - 1 ? " and " : ", ", ...words]);
  return el("p", { class: "because" }, ...joined, ".");
}

/** All reasons as bars; what is not shown by itself is added up, so that the lines sum to the score. */
export function bars(engine, history, explained) {
  const order = [...explained.shares.keys()].sort((a, b) => Math.abs(explained.shares[b]) - Math.abs(explained.shares[a]) || a - b);
  const shown = order.slice(0, SHOWN), rest = order.slice(SHOWN);
  const lines = shown.map((at) => [engine.films[history.rows[at]].name, history.seen[at] ? "watched" : `${history.stars[at]} ★`, explained.shares[at], true]);
  if (rest.length) lines.push([`${rest.length} other ratings`, "", rest.reduce((sum, at) => sum + explained.shares[at], 0), true]);
  for (const [name, value] of Object.entries(explained.terms)) if (value) lines.push([TERMS[name] ?? name, "", value, false]);
  const total = lines.reduce((sum, [, , value]) => sum + value, 0);
  const widest = Math.max(...lines.map(([, , value]) => Math.abs(value)), 1e-9);
  const hasLeft = lines.some(([, , value]) => value < 0), hasRight = lines.some(([, , value]) => value > 0);
  const axis = hasLeft ? (hasRight ? 50 : 100) : 0, room = hasLeft && hasRight ? 50 : 100;
  return el("ul", { class: "bars" }, lines.map(([label, note, value, isRating]) => {
    const width = (room * Math.abs(value)) / widest;
    const bar = svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: isRating ? (value < 0 ? "down" : "up") : "apart", x: value < 0 ? axis - width : axis, y: 2, width, height: 10 }),
      svg("line", { class: "axis", x1: axis, x2: axis, y1: 0, y2: 14 }));
    return el("li", {}, el("span", { class: "label" }, label, note ? el("small", {}, note) : null), bar, el("span", { class: "share" }, signed(value)));
  }), el("li", { class: "total" }, el("span", { class: "label" }, "Score"), el("span"), el("span", { class: "share" }, signed(total))));
}

const TERMS = {
  "average of all movies": "what an average film gets", "bias of the movie": "how often people watch it",
  "predicted stars below what they like": "fewer stars than you like", "predicted stars below their floor": "too few stars for you",
};
