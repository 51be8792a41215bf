// The map of taste: an SVG that is moved and zoomed by its view box.

import { $, el, scale, stars, svg } from "./dom.js";

const SHORT = 1000; // of the map; the other side is as long as the room for it
const LABELS = 26; // titles of other films, the best known first, where there is room

let watching = null;

export function drawMap(box, map) {
  const tall = box.clientHeight > box.clientWidth;
  const ratio = box.clientWidth / Math.max(box.clientHeight, 1);
  const long = Math.min(Math.max(tall ? 1 / ratio : ratio, 1), 2.2);
  const [wide, high] = tall ? [SHORT, SHORT * long] : [SHORT * long, SHORT];
  const along = (x, y) => (tall ? [y, (1000 - x) * long] : [x * long, y]);
  const places = map.ids.map((id, place) => along(map.x[place], map.y[place]));
  const own = map.mine.map((one) => along(one.x, one.y));
  const regions = map.regions.map((one) => along(one.x, one.y));
  const view = { x: 0, y: 0, zoom: 1 };
  const dots = map.ids.map((id, place) => svg("circle", { class: `spot g${map.genre[place]}`, cx: places[place][0], cy: places[place][1], r: 1 }, svg("title", {}, map.titles[place])));
  const mine = map.mine.map((one, place) => {
    const dot = svg("circle", { class: "mine", cx: own[place][0], cy: own[place][1], r: 1, onclick: () => { if (!moved) location.href = one.film.page; } }, svg("title", {}, `${one.film.title}: ${stars(one.stars)}★`));
    dot.style.fill = tint(one.stars);
    return dot;
  });
  const text = svg("g", {});
  const picture = svg("svg", { viewBox: `0 0 ${wide} ${high}`, "aria-hidden": "true" }, ...dots, ...mine, text);
  box.replaceChildren(picture);
  let moved = false;
  let drawn = 0; // the unit that the dots are drawn in
  let waiting = 0;

  // How much of the map is seen: at zoom 1 all of it, with a little air.
  function shape() {
    const now = box.clientWidth / Math.max(box.clientHeight, 1);
    const w = Math.max(wide, high * now);
    return { w: w / view.zoom, h: w / now / view.zoom };
  }
  function paint() {
    const { w, h } = shape();
    const within = (at, seen, whole) => (seen >= whole ? (whole - seen) / 2 : Math.min(Math.max(at, -40), whole + 40 - seen));
    box.classList.toggle("near", view.zoom > 1);
    view.x = within(view.x, w, wide);
    view.y = within(view.y, h, high);
    picture.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
    const unit = w / Math.max(box.clientWidth, 1); // of the map, for a pixel
    if (unit !== drawn) { // moving the map leaves the dots as they are
      drawn = unit;
      dots.forEach((dot, place) => dot.setAttribute("r", Math.max(3, 7 - place / 28) * unit * Math.min(1.6, 0.85 + view.zoom / 8)));
      mine.forEach((dot) => dot.setAttribute("r", 8.5 * unit));
    }
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => write(unit, w, h)); // titles once a frame, however many events it brings
  }
  function write(unit, w, h) {
    const taken = [];
    const made = [];
    const free = (place) => !taken.some((one) => one.l < place.r && place.l < one.r && one.t < place.b && place.t < one.b);
    const covers = (left, down, long, size) => places.reduce((sum, [x, y]) => sum + (x > left && x < left + long && y > down - size && y < down + size / 3 ? 1 : 0), 0);
    const put = (name, x, y, size, kind, ways) => {
      const long = name.length * size * (kind === "region" ? 0.76 : 0.55);
      if (x < view.x || x > view.x + w || y < view.y || y > view.y + h) return;
      for (const [left, down] of ways(long)) {
        const place = { l: left, r: left + long, t: down - size * 0.85, b: down + size * 0.3 };
        if (left < view.x || place.r > view.x + w - 8 * unit || place.t < view.y || place.b > view.y + h || !free(place)) continue;
        taken.push(place);
        made.push(svg("text", { class: kind, x: left, y: down, "font-size": size }, name));
        return;
      }
    };
    const beside = (x, y, size, gap) => (long) => [[x + gap, y + size * 0.34], [x - gap - long, y + size * 0.34], [x - long / 2, y - gap], [x - long / 2, y + gap + size * 0.8]];
    // The name of a region stands where it covers the fewest films.
    const around = (x, y, long) => [-14, 22, -32, 40, -50, 58].flatMap((down) => [-0.5, -1, 0].map((side) => [x + side * long, y + down * unit]))
      .map((way) => [covers(...way, long, 12 * unit), way]).sort((one, other) => one[0] - other[0]).map(([, way]) => way);
    own.forEach(([x, y]) => taken.push({ l: x - 8 * unit, r: x + 8 * unit, t: y - 8 * unit, b: y + 8 * unit }));
    map.mine.forEach((one, place) => put(short(one.film.title), ...own[place], 13 * unit, "own", beside(...own[place], 13 * unit, 12 * unit)));
    if (view.zoom < 2.4) map.regions.forEach((one, place) => { const [x, y] = regions[place]; put(one.genre.toUpperCase(), x, y, 12 * unit, "region", (long) => around(x, y, long)); });
    const rated = new Set(map.mine.map((one) => one.film.id));
    const few = box.clientWidth < 600 ? 8 : LABELS;
    const many = view.zoom < 1.4 ? few : view.zoom < 3 ? 4 * few : map.ids.length;
    for (let place = 0; place < many && place < map.ids.length; place += 1) {
      if (!rated.has(map.ids[place])) put(short(map.titles[place]), ...places[place], 11.5 * unit, "other", beside(...places[place], 11.5 * unit, (7 + 4 * Math.min(1, view.zoom / 4)) * unit));
    }
    text.replaceChildren(...made);
  }
  function zoom(factor, fx = 0.5, fy = 0.5) {
    const before = shape();
    view.zoom = Math.min(Math.max(view.zoom / factor, 1), 16);
    const after = shape();
    view.x += (before.w - after.w) * fx;
    view.y += (before.h - after.h) * fy;
    paint();
  }
  const at = (event) => { const place = box.getBoundingClientRect(); return [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height]; };

  // The page scrolls as ever: the wheel zooms with Ctrl (a pinch on a touchpad sends that), a finger moves the map only
  // when it is zoomed in, two fingers always do.
  box.onwheel = (event) => { if (!event.ctrlKey && !event.metaKey) return; event.preventDefault(); zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.04 : 0.004)), ...at(event)); };
  const down = new Map();
  let apart = 0;
  box.onpointerdown = (event) => { down.set(event.pointerId, event); moved = false; };
  box.onpointermove = (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const { w, h } = shape();
    if (down.size === 1) {
      const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
      if (Math.abs(dx) + Math.abs(dy) > 2) { moved = true; box.setPointerCapture(event.pointerId); }
      view.x -= (dx / box.clientWidth) * w;
      view.y -= (dy / box.clientHeight) * h;
      paint();
    }
    down.set(event.pointerId, event);
    if (down.size === 2) {
      const [one, two] = [...down.values()];
      const now = Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
      if (apart) zoom(apart / Math.max(now, 1), ...at({ clientX: (one.clientX + two.clientX) / 2, clientY: (one.clientY + two.clientY) / 2 }));
      apart = now;
      moved = true;
    }
  };
  box.onpointerup = box.onpointercancel = box.onpointerleave = (event) => { down.delete(event.pointerId); apart = 0; };
  box.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) { const { w, h } = shape(); view.x += way[0] * w * 0.12; view.y += way[1] * h * 0.12; paint(); event.preventDefault(); }
    if (event.key === "+" || event.key === "=") zoom(0.7);
    if (event.key === "-") zoom(1.4);
    if (event.key === "0") whole();
  };
  const whole = () => { view.zoom = 1; paint(); };
  // The button zooms to where the visitor's own films lie, as far as they are in sight.
  const closer = () => {
    const { w, h } = shape();
    const seen = own.filter(([x, y]) => x > view.x && x < view.x + w && y > view.y && y < view.y + h);
    const mean = (axis) => seen.reduce((sum, one) => sum + one[axis], 0) / seen.length;
    if (seen.length) zoom(0.62, (mean(0) - view.x) / w, (mean(1) - view.y) / h);
    else zoom(0.62);
  };
  $("zoom-in").onclick = closer;
  $("zoom-out").onclick = () => zoom(1.6);
  $("zoom-all").onclick = whole;
  watching?.disconnect(); // the one of the map drawn before
  watching = new ResizeObserver(() => paint());
  watching.observe(box);
  legend(map);
  whole();
}

function tint(given) {
  const share = (given - scale.low) / (scale.high - scale.low);
  return share >= 0.75 ? "var(--star)" : share >= 0.5 ? "color-mix(in srgb, var(--star) 40%, var(--faint))" : "var(--bad)";
}

const short = (title) => (title.length > 26 ? `${title.slice(0, 24).trimEnd()}…` : title);

function legend(map) {
  const dot = (paint) => { const made = svg("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("circle", { cx: 6, cy: 6, r: 5 })); paint(made.firstChild); return made; };
  const mine = [[scale.high, "loved"], [(scale.low + scale.high) / 2, "so-so"], [scale.low, "not for you"]].map(([given, name]) => el("span", {}, dot((one) => { one.style.fill = tint(given); }), ` ${name}`));
  const genres = map.genres.map((name, place) => el("span", { class: "map-key" }, dot((one) => one.setAttribute("class", `spot g${place}`)), ` ${name}`));
  $("legend").replaceChildren("Films that the same people like lie near each other; directions and far distances mean nothing. Yours are large: ", ...mine, " Others by genre: ", ...genres);
}
