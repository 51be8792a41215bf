// Posters drawn from genre and title; the same film always has the same one.
import { svg } from "./dom.js";

const PALETTES = {
  "Sci-Fi": ["#0b1633", "#283f7d", "#e4725b", "#f6d38b"], Horror: ["#1a0b10", "#6d1523", "#12070a", "#f1dcc0"],
  Western: ["#d98e4a", "#a63f2b", "#35130f", "#f7cf7f"], "Film-Noir": ["#15161a", "#3a3d46", "#050506", "#d9d4c5"],
  Documentary: ["#15323d", "#2b6173", "#0e2029", "#a5d6d8"], Musical: ["#5a1846", "#b8336a", "#f7a440", "#ffd88a"],
  War: ["#3b3f2b", "#8a8550", "#1b1d12", "#ecdca0"], Animation: ["#1f6f96", "#7cc4d8", "#ee6352", "#ffe0a3"],
  Fantasy: ["#231942", "#7a5ba6", "#120c26", "#f3d9a4"], Mystery: ["#10202b", "#30505e", "#0a141b", "#e8c170"],
  Romance: ["#5a2a52", "#d9728a", "#7a2f52", "#ffd9b8"], Adventure: ["#8a4a24", "#d9703f", "#213a4a", "#fdeab5"],
  Crime: ["#1d2236", "#7a4a58", "#0d101c", "#f5c66a"], Thriller: ["#0f3b4c", "#08222d", "#1f6f78", "#d8ecea"],
  Action: ["#7e1b1e", "#c63d2a", "#e9822f", "#ffe3a3"], Comedy: ["#0f5a73", "#157a8c", "#f46b52", "#ffe0a3"],
  Drama: ["#1e1a2b", "#4a3348", "#8c2f39", "#f2cf98"],
};
const SAME = { Children: "Animation", "Children's": "Animation", Family: "Animation", Music: "Musical", History: "Adventure" };
const STRANGE = Object.keys(PALETTES); // first in the order of what a picture says most

function hashOf(text) {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** A title in lines of about as many letters. */
function linesOf(title) {
  const lines = [];
  for (const word of title.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && (last.length + word.length < 10 || word.length < 3)) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > 4 ? [...lines.slice(0, 3), `${lines[3]} …`] : lines;
}

/** Width of a line of heavy capitals, in sizes of the letters. */
const widthOf = (line) => Array.from(line.toUpperCase()).reduce((width, letter) => width + (/[ .,:;!'’I|]/.test(letter) ? 0.38 : /[MW@&]/.test(letter) ? 1.02 : 0.8), 0);

const SHAPES = [
  (c, h) => [svg("circle", { cx: 60 + (h % 40), cy: 78, r: 44, fill: c[2] }), svg("path", { d: "M0 150 40 104l26 28 34-44 60 66v100H0z", fill: c[0], opacity: ".75" })],
  (c, h) => [0, 1, 2, 3].map((n) => svg("circle", { cx: 40 + (h % 80), cy: 90, r: 84 - 20 * n, fill: n % 2 ? c[1] : c[2], opacity: ".8" })),
  (c, h) => [0, 1, 2, 3, 4].map((n) => svg("rect", { x: -60 + 44 * n, y: -20, width: 20, height: 300, fill: c[2], opacity: String(0.35 + 0.1 * (n % 3)), transform: `rotate(${18 + (h % 22)} 80 120)` })),
  (c) => [svg("path", { d: "M0 0h160L0 190z", fill: c[2], opacity: ".85" }), svg("circle", { cx: 116, cy: 116, r: 26, fill: c[3], opacity: ".9" })],
  (c, h) => [svg("path", { d: `M${20 + (h % 30)} 160C10 70 60 20 80 14c20 6 70 56 ${60 - (h % 30)} 146z`, fill: c[2] }), svg("circle", { cx: 80, cy: 84, r: 16, fill: c[3] })],
  (c, h) => Array.from({ length: 14 }, (_, n) => svg("circle", { cx: (hashOf(`${h}${n}`) % 150) + 5, cy: (hashOf(`${n}${h}`) % 130) + 8, r: 2 + (hashOf(`${h}-${n}`) % 9), fill: n % 3 ? c[2] : c[3], opacity: ".8" })),
];

export function poster(film) {
  const names = film.genres.map((name) => SAME[name] ?? name);
  const colours = PALETTES[STRANGE.find((name) => names.includes(name))] ?? PALETTES.Drama;
  const hash = hashOf(film.title), lines = linesOf(film.name);
  const widest = Math.max(...lines.map(widthOf), 1);
  const size = Math.min(25, 136 / widest), top = 224 - size * 1.08 * (lines.length - 1);
  const gradient = `g${hash}-${film.row}-${serial++}`;
  return svg("svg", { class: "poster", viewBox: "0 0 160 240", "aria-hidden": "true" },
    svg("defs", {}, svg("linearGradient", { id: gradient, x1: 0, y1: 0, x2: 0, y2: 1 }, svg("stop", { offset: 0, "stop-color": colours[1] }), svg("stop", { offset: 0.72, "stop-color": colours[0] })),
      svg("linearGradient", { id: `${gradient}-fade`, x1: 0, y1: 0, x2: 0, y2: 1 }, svg("stop", { offset: 0, "stop-color": colours[0], "stop-opacity": 0 }), svg("stop", { offset: 1, "stop-color": colours[0] }))),
    svg("rect", { width: 160, height: 240, rx: 8, fill: `url(#${gradient})` }), svg("svg", { width: 160, height: 160, viewBox: "0 0 160 160" }, SHAPES[hash % SHAPES.length](colours, hash)),
    svg("rect", { y: 96, width: 160, height: 66, fill: `url(#${gradient}-fade)` }), svg("rect", { y: 161, width: 160, height: 79, rx: 8, fill: colours[0] }),
    lines.map((line, n) => svg("text", { x: 12, y: top + n * size * 1.08, "font-size": size, fill: colours[3] }, line.toUpperCase())));
}

let serial = 0; // the gradient of each drawing has a name of its own
