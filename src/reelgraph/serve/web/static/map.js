// The map of taste: an SVG that is moved and zoomed by its view box.

import { $, el, scale, svg } from "./dom.js";
import { genre, rich, stars, t } from "./i18n.js";

const SHORT_SIDE = 1000; // of the map, in its units; the long side follows from the box
const MAX_RATIO = 2.2;
const MAX_ZOOM = 16;
const LABELS = 26; // titles of films that are not rated, the best known first
const NARROW_LABELS = 8; // the same on a narrow screen
const MARGIN = 40; // of the map, that can be moved into view

let observer = null; // of the size of the box, for the map drawn last

// Draw the map into a box, with its handlers for mouse, touch and keyboard.
export function drawMap(box, map) {
  const isTall = box.clientHeight > box.clientWidth;
  const boxRatio = box.clientWidth / Math.max(box.clientHeight, 1);
  const ratio = Math.min(Math.max(isTall ? 1 / boxRatio : boxRatio, 1), MAX_RATIO);
  const [mapWidth, mapHeight] = isTall ? [SHORT_SIDE, SHORT_SIDE * ratio] : [SHORT_SIDE * ratio, SHORT_SIDE];
  const project = (x, y) => (isTall ? [y, (1000 - x) * ratio] : [x * ratio, y]);
  const filmPoints = map.ids.map((id, index) => project(map.x[index], map.y[index]));
  const myPoints = map.mine.map((film) => project(film.x, film.y));
  const regionPoints = map.regions.map((region) => project(region.x, region.y));
  const view = { x: 0, y: 0, zoom: 1 };
  let wasDragged = false;

  const dots = filmPoints.map(([cx, cy], index) => svg("circle", { class: `spot g${map.genre[index]}`, cx, cy, r: 1 }, svg("title", {}, map.titles[index])));
  const myDots = map.mine.map((rated, index) => {
    const [cx, cy] = myPoints[index];
    const dot = svg("circle", { class: "mine", cx, cy, r: 1, onclick: () => { if (!wasDragged) location.href = rated.film.page; } }, svg("title", {}, rated.stars === null ? rated.film.title : t("map.rated", { title: rated.film.title, stars: stars(rated.stars) })));
    dot.style.fill = tint(rated.stars);
    return dot;
  });
  const labels = svg("g", {});
  const picture = svg("svg", { viewBox: `0 0 ${mapWidth} ${mapHeight}`, "aria-hidden": "true" }, ...dots, ...myDots, labels);
  box.replaceChildren(picture);

  // The size of the part in view, in units of the map. At zoom 1 it holds all of the map.
  function viewSize() {
    const currentRatio = box.clientWidth / Math.max(box.clientHeight, 1);
    const width = Math.max(mapWidth, mapHeight * currentRatio);
    return { width: width / view.zoom, height: width / currentRatio / view.zoom };
  }

  let drawnUnit = 0;
  let frame = 0;
  function paint() {
    if (!box.clientWidth) return; // not laid out
    const { width, height } = viewSize();
    const clamp = (start, visible, total) => (visible >= total ? (total - visible) / 2 : Math.min(Math.max(start, -MARGIN), total + MARGIN - visible));
    box.classList.toggle("near", view.zoom > 1);
    view.x = clamp(view.x, width, mapWidth);
    view.y = clamp(view.y, height, mapHeight);
    picture.setAttribute("viewBox", `${view.x} ${view.y} ${width} ${height}`);
    const unit = width / Math.max(box.clientWidth, 1); // units of the map in a pixel
    if (unit !== drawnUnit) { // the dots keep their size when the map is only moved
      drawnUnit = unit;
      dots.forEach((dot, index) => dot.setAttribute("r", Math.max(3, 7 - index / 28) * unit * Math.min(1.6, 0.85 + view.zoom / 8)));
      myDots.forEach((dot) => dot.setAttribute("r", 8.5 * unit));
    }
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => paintLabels(unit, width, height)); // once a frame, however many events it has
  }

  function paintLabels(unit, width, height) {
    const font = getComputedStyle(box).fontFamily;
    const taken = myPoints.map(([x, y]) => ({ left: x - 8 * unit, right: x + 8 * unit, top: y - 8 * unit, bottom: y + 8 * unit }));
    const texts = [];
    const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const isInView = (area) => area.left >= view.x && area.right <= view.x + width - 8 * unit && area.top >= view.y && area.bottom <= view.y + height;
    // Put a label at the first of the positions (left end, baseline) that is in view and free.
    const put = (text, [x, y], size, kind, positions) => {
      const length = widthOf(text, kind, font) * size;
      if (x < view.x || x > view.x + width || y < view.y || y > view.y + height) return;
      for (const [left, baseline] of positions(length)) {
        const area = { left, right: left + length + 4 * unit, top: baseline - size * 0.85, bottom: baseline + size * 0.3 };
        if (!isInView(area) || taken.some((other) => overlaps(area, other))) continue;
        taken.push(area);
        texts.push(svg("text", { class: kind, x: left, y: baseline, "font-size": size }, text));
        return;
      }
    };
    const beside = ([x, y], size, gap) => (length) => [[x + gap, y + size * 0.34], [x - gap - length, y + size * 0.34], [x - length / 2, y - gap], [x - length / 2, y + gap + size * 0.8]];
    // The name of a region goes where it covers the fewest films.
    const covered = ([left, baseline], length, size) => filmPoints.filter(([x, y]) => x > left && x < left + length && y > baseline - size && y < baseline + size / 3).length;
    const around = ([x, y], size) => (length) => [-14, 22, -32, 40, -50, 58].flatMap((down) => [-0.5, -1, 0].map((side) => [x + side * length, y + down * unit]))
      .map((position) => ({ position, cost: covered(position, length, size) })).sort((a, b) => a.cost - b.cost).map(({ position }) => position);

    const [mySize, regionSize, filmSize] = [13 * unit, 12 * unit, 11.5 * unit];
    map.mine.forEach(({ film }, index) => put(shorten(film.title), myPoints[index], mySize, "own", beside(myPoints[index], mySize, 12 * unit)));
    if (view.zoom < 2.4) map.regions.forEach((region, index) => put(genre(region.genre).toUpperCase(), regionPoints[index], regionSize, "region", around(regionPoints[index], regionSize)));
    const ratedIds = new Set(map.mine.map(({ film }) => film.id));
    const fewLabels = box.clientWidth < 600 ? NARROW_LABELS : LABELS;
    const maxLabels = view.zoom < 1.4 ? fewLabels : view.zoom < 3 ? 4 * fewLabels : map.ids.length;
    const gap = (7 + 4 * Math.min(1, view.zoom / 4)) * unit;
    map.ids.slice(0, maxLabels).forEach((id, index) => {
      if (!ratedIds.has(id)) put(shorten(map.titles[index]), filmPoints[index], filmSize, "other", beside(filmPoints[index], filmSize, gap));
    });
    labels.replaceChildren(...texts);
  }

  // Change the size of the part in view by a factor; the point at (fractionX, fractionY) of the box stays where it is.
  function zoom(factor, fractionX = 0.5, fractionY = 0.5) {
    const before = viewSize();
    view.zoom = Math.min(Math.max(view.zoom / factor, 1), MAX_ZOOM);
    const after = viewSize();
    view.x += (before.width - after.width) * fractionX;
    view.y += (before.height - after.height) * fractionY;
    paint();
  }
  function move(fractionX, fractionY) {
    const { width, height } = viewSize();
    view.x += fractionX * width;
    view.y += fractionY * height;
    paint();
  }
  const showAll = () => { view.zoom = 1; paint(); };
  // Zoom to the films of the visitor that are in view.
  function zoomIn() {
    const { width, height } = viewSize();
    const visible = myPoints.filter(([x, y]) => x > view.x && x < view.x + width && y > view.y && y < view.y + height);
    const mean = (axis) => visible.reduce((sum, point) => sum + point[axis], 0) / visible.length;
    if (visible.length) zoom(0.62, (mean(0) - view.x) / width, (mean(1) - view.y) / height);
    else zoom(0.62);
  }

  handlePointers(box, { zoom, move, setDragged: (value) => { wasDragged = value; } });
  handleKeys(box, { zoom, move, showAll });
  $("zoom-in").onclick = zoomIn;
  $("zoom-out").onclick = () => zoom(1.6);
  $("zoom-all").onclick = showAll;
  observer?.disconnect();
  observer = new ResizeObserver(() => paint());
  observer.observe(box);
  drawLegend(map);
  showAll();
}

// The page scrolls as usual: the wheel zooms only with Ctrl (a pinch on a touchpad sends that), one finger moves the map
// only when it is zoomed in, and two fingers always zoom.
function handlePointers(box, { zoom, move, setDragged }) {
  const pointers = new Map(); // id -> the last event of a pointer that is down
  let distance = 0; // between two fingers
  const fractions = (x, y) => { const area = box.getBoundingClientRect(); return [(x - area.left) / area.width, (y - area.top) / area.height]; };
  box.onwheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.04 : 0.004)), ...fractions(event.clientX, event.clientY));
  };
  box.onpointerdown = (event) => { pointers.set(event.pointerId, event); setDragged(false); };
  box.onpointermove = (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    if (pointers.size === 1) {
      const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
      if (Math.abs(dx) + Math.abs(dy) > 2) { setDragged(true); box.setPointerCapture(event.pointerId); }
      move(-dx / box.clientWidth, -dy / box.clientHeight);
    }
    pointers.set(event.pointerId, event);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const newDistance = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      if (distance) zoom(distance / Math.max(newDistance, 1), ...fractions((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2));
      distance = newDistance;
      setDragged(true);
    }
  };
  box.onpointerup = box.onpointercancel = box.onpointerleave = (event) => { pointers.delete(event.pointerId); distance = 0; };
}

function handleKeys(box, { zoom, move, showAll }) {
  box.onkeydown = (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (direction) { move(0.12 * direction[0], 0.12 * direction[1]); event.preventDefault(); }
    if (event.key === "+" || event.key === "=") zoom(0.7);
    if (event.key === "-") zoom(1.4);
    if (event.key === "0") showAll();
  };
}

function tint(rating) {
  if (rating === null) return "var(--accent)"; // seen without a rating
  const share = (rating - scale.low) / (scale.high - scale.low);
  return share >= 0.75 ? "var(--star)" : share >= 0.5 ? "color-mix(in srgb, var(--star) 40%, var(--faint))" : "var(--bad)";
}

// The width of a text in a label, in units of its font size: as bold and as widely spaced as parts.css says.
const pen = document.createElement("canvas").getContext("2d");
const WEIGHTS = { own: 620, region: 700, other: 450 };
function widthOf(text, kind, font) {
  pen.font = `${WEIGHTS[kind]} 100px ${font}`;
  return pen.measureText(text).width / 100 + (kind === "region" ? 0.06 * text.length : 0);
}

const shorten = (title) => (title.length > 26 ? `${title.slice(0, 24).trimEnd()}…` : title);

function drawLegend(map) {
  const dot = (props, fill = "") => {
    const circle = svg("circle", { cx: 6, cy: 6, r: 5, ...props });
    circle.style.fill = fill;
    return svg("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" }, circle);
  };
  const levels = scale ? [[scale.high, t("map.loved")], [(scale.low + scale.high) / 2, t("map.middling")], [scale.low, t("map.disliked")]] : [];
  if (map.mine.some((film) => film.stars === null)) levels.push([null, t("map.watched")]);
  const mine = levels.map(([rating, name]) => el("span", {}, dot({}, tint(rating)), ` ${name}`));
  const genres = map.genres.map((name, index) => el("span", { class: "map-key" }, dot({ class: `spot g${index}` }), ` ${genre(name)}`));
  const group = (keys) => el("span", {}, ...keys);
  $("legend").replaceChildren(...rich("map.legend", { own: group(mine), genres: group(genres) }));
}
