// Predicted stars with their distribution, and the order of liking: bayes/scorer.py, liked_order.py, list_order.py.
import { normalCdf, quickCdf } from "./normal.js";
import { foldIn } from "./person_stars.js";

const fround = Math.fround;
const DAMPING = 5, TOLERANCE = 0.5, QUICK_ERROR = 0.03, FAR_BELOW = 1000, BELOW_PER_STAR = 10;
const SAMPLED_DRAWS = 16, SAMPLED_ITEMS = 128, BLOCK = 10, ROUNDING = 1e-6, COVERAGE = 0.8;
const SIMILAR_DAMPING = 0.3, MANY_RATINGS = 200, AGREEMENT = [0.5, 0.75];
const FIRST_POOL = 4, GROWTH = 4;

export class Stars {
  constructor(archive, settings, scale, nItems) {
    Object.assign(this, settings, { scale, nItems });
    const { draws, width: d } = settings, get = (name) => archive.get(`stars.${name}`);
    Object.assign(this, {
      mean: get("mean"), neighbourMean: get("neighbour_mean"), whiten: get("whiten"), extra: get("extra"), momentMean: get("moment_mean"),
      momentVariance: get("moment_variance"), noise: get("noise"), shape: get("shape"), edges: get("edges"), levels: get("levels"),
      std: get("std"), neighbour: settings.neighbours ? get("neighbour") : null, neighbourStep: settings.neighbours ? get("neighbour_step") : null,
    });
    const item = get("item"), step = get("item_step"), date = get("date"), offset = get("offset");
    this.design = new Float32Array(draws * d * nItems);
    this.base = new Float32Array(draws * nItems);
    for (let t = 0; t < draws; t++) {
      for (let a = 0; a < d; a++) {
        const start = (t * d + a) * nItems, onDate = date[t * d + a], unit = step[t * d + a];
        for (let row = 0; row < nItems; row++) {
          const value = fround(item[start + row] * unit);
          this.design[(t * nItems + row) * d + a] = a ? value + onDate : 1; // what is read together lies together
          this.base[t * nItems + row] += a ? value * onDate : offset[t] + value + onDate;
        }
      }
    }
    this.cache = { key: "", people: null };
    this.unit = this.similar ? this._unitVectors(item, step) : null;
  }

  /** Vectors of the films in a few draws side by side, each of length 1. */
  _unitVectors(item, step) {
    const { width: d, nItems: n, similarDraws } = this, v = similarDraws.length * (d - 1), unit = new Float32Array(n * v);
    similarDraws.forEach((t, place) => {
      for (let a = 1; a < d; a++) {
        const start = (t * d + a) * n, scale = step[t * d + a] * this.std[t * d + a], column = place * (d - 1) + a - 1;
        let mean = 0;
        for (let row = 0; row < n; row++) mean += (item[start + row] * scale) / n;
        for (let row = 0; row < n; row++) unit[row * v + column] = item[start + row] * scale - mean;
      }
    });
    for (let row = 0; row < n; row++) {
      const own = unit.subarray(row * v, (row + 1) * v), length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
      for (let a = 0; a < v; a++) own[a] /= Math.max(length, 1e-12);
    }
    return unit;
  }

  /** What the person's ratings of similar films say beyond the draws. */
  _similarShift({ rows, slope, curvature }, row) {
    if (!this.similar || !rows.length) return 0;
    const v = this.unit.length / this.nItems;
    let total = 0, mass = 0;
    for (let p = 0; p < rows.length; p++) {
      let cosine = 0;
      for (let a = 0; a < v; a++) cosine += this.unit[row * v + a] * this.unit[rows[p] * v + a];
      const kernel = Math.max(cosine, 0) ** 8;
      total += kernel * slope[p];
      mass += kernel * curvature[p];
    }
    return (this.similar * total) / (SIMILAR_DAMPING + mass);
  }

  /** The person given each draw; films seen without a rating say nothing of the stars. */
  _person(history) {
    const places = [...history.rows.keys()].filter((place) => !history.seen[place]);
    const rows = places.map((place) => history.rows[place]), stars = places.map((place) => history.stars[place]);
    const key = JSON.stringify([rows, stars]);
    if (this.cache.key !== key) this.cache = { key, ...foldIn(this, rows, stars), rows, stars, variance: null };
    return this.cache;
  }

  /** Variance that the person's row leaves in a film, in a draw. */
  _rowVariance(factor, t, row) {
    const d = this.width, start = (t * this.nItems + row) * d;
    let total = 0;
    for (let e = 0; e < d; e++) {
      let part = 0;
      for (let a = 0; a <= e; a++) part += this.design[start + a] * factor[a * d + e];
      total += part * part;
    }
    return total;
  }

  _fitted(person, t, row, shift) {
    const d = this.width, start = (t * this.nItems + row) * d;
    let fitted = this.base[t * this.nItems + row] + this.momentMean[t] + shift;
    for (let a = 0; a < d; a++) fitted += this.design[start + a] * person.mean[a];
    return fitted;
  }

  /** Expected stars of films, to compare them by: the variance as a product of one factor a draw and one a film. */
  meanStars(history, rows) {
    const person = this._person(history), { people } = person, n = this.levels.length - 1;
    const everyDraw = Math.max(Math.floor(this.draws / SAMPLED_DRAWS), 1), everyItem = Math.max(Math.floor(this.nItems / SAMPLED_ITEMS), 1);
    person.variance ??= people.map(({ factor }, t) => {
      let total = 0, count = 0;
      for (let row = 0; row < this.nItems; row += everyItem, count++) total += this._rowVariance(factor, t, row);
      return total / count;
    });
    const [low, high] = [this.levels[0], this.levels[n]];
    return Float32Array.from(rows, (row) => {
      let byItem = 0, count = 0, stars = 0;
      for (let t = 0; t < this.draws; t += everyDraw, count++) byItem += this._rowVariance(people[t].factor, t, row) / person.variance[t];
      byItem /= count;
      const shift = this._similarShift(person, row);
      for (let t = 0; t < this.draws; t++) {
        const fitted = this._fitted(people[t], t, row, shift);
        const root = 1 / Math.sqrt(person.variance[t] * byItem + this.momentVariance[t] + 1 / (this.noise[t] * people[t].precision));
        for (let k = 0; k < n; k++) stars += (this.levels[k + 1] - this.levels[k]) * quickCdf((fitted - this.edges[t * n + k]) * root);
      }
      return Math.min(Math.max(stars / this.draws + low, low), high);
    });
  }

  /** Stars of films with their distribution and the fewest levels that hold four fifths of it. */
  rate(history, rows) {
    const person = this._person(history), { people } = person, n = this.levels.length - 1;
    return rows.map((row) => {
      const shift = this._similarShift(person, row), below = new Float64Array(n + 2);
      below[n + 1] = 1;
      for (let t = 0; t < this.draws; t++) {
        const fitted = this._fitted(people[t], t, row, shift);
        const variance = this._rowVariance(people[t].factor, t, row) + this.momentVariance[t] + 1 / (this.noise[t] * people[t].precision);
        const root = 1 / Math.sqrt(variance);
        for (let k = 0; k < n; k++) below[k + 1] += normalCdf((this.edges[t * n + k] - fitted) * root) / this.draws;
      }
      const chances = Array.from({ length: n + 1 }, (_, level) => Math.max(below[level + 1] - below[level], 0));
      const mean = chances.reduce((total, chance, level) => total + chance * this.levels[level], 0);
      const [first, last] = likelyLevels(chances);
      return { stars: mean, chances, levels: this.levels, low: this.levels[first], high: this.levels[last] };
    });
  }

  /** What a person usually gives, and the stars below which a film comes after all others. */
  _expectations(history) {
    const { rows, stars } = this._person(history), { middle, star, meanRating } = this.scale;
    const total = stars.reduce((sum, value) => sum + value, 0);
    const usual = Math.max((total + DAMPING * meanRating) / (rows.length + DAMPING), middle);
    return { usual, floor: Math.max(usual - TOLERANCE * star, middle) + QUICK_ERROR * star, count: rows.length };
  }

  /** What missing stars take from a score. */
  _penalties(history, stars) {
    const { usual, floor } = this._expectations(history), { star } = this.scale;
    const short = (this.love / star) * Math.max(usual - stars, 0);
    return [short, stars < floor ? FAR_BELOW + (BELOW_PER_STAR / star) * (floor - stars) : 0];
  }

  /** The best films by the order of liking: scores bounded from above, less what their stars fall short of. */
  best(history, bounds, k, allowed, topK, agree) {
    const size = agree ? Math.ceil(k / BLOCK) * BLOCK : k, most = bounds.length;
    const single = new Float32Array(bounds);
    let scored = [], poolSize = FIRST_POOL * size;
    for (;;) {
      const pool = topK(single, Math.min(poolSize, most), allowed);
      const fresh = pool.slice(scored.length).map((film) => film.row);
      const stars = this.meanStars(history, fresh);
      scored = scored.concat(fresh.map((row, at) => {
        const [short, below] = this._penalties(history, stars[at]);
        return { row, score: fround(bounds[row] - short - below) };
      }));
      const best = [...scored].sort((a, b) => b.score - a.score || a.row - b.row).slice(0, size);
      if (pool.length < poolSize || pool.length === most || (best.length === size && pool[pool.length - 1].score < best[best.length - 1].score)) {
        return (agree ? this._inAgreement(history, best) : best).slice(0, k);
      }
      poolSize *= GROWTH;
    }
  }

  /** Every ten films in an order that their stars do not contradict. */
  _inAgreement(history, films) {
    const tolerance = this.scale.star * AGREEMENT[Number(this._expectations(history).count < MANY_RATINGS)] + ROUNDING;
    const stars = this.rate(history, films.map((film) => film.row)).map((rating) => fround(rating.stars));
    const out = [];
    for (let start = 0; start < films.length; start += BLOCK) {
      const left = [...films.keys()].slice(start, start + BLOCK).sort((a, b) => stars[b] - stars[a] || a - b);
      const sorted = left.map((place) => stars[place]);
      for (let place = 0; left.length; place++) {
        const fits = (at) => Math.abs(stars[left[at]] - sorted[place]) <= tolerance && left.filter((_, other) => other !== at).every((film, n) => Math.abs(stars[film] - sorted[place + 1 + n]) <= tolerance);
        let chosen = 0; // the one with most stars always fits
        left.forEach((film, at) => { if (film < left[chosen] && fits(at)) chosen = at; });
        out.push(films[left[chosen]]);
        left.splice(chosen, 1);
      }
    }
    return out;
  }

  /** The shares of the ranking in units of its spread, less what the stars of the film fall short of. */
  explain(history, target, shares, terms, { mean, spread }) {
    const scale = spread > 0 ? 1 / spread : 0;
    const [short, below] = this._penalties(history, this.meanStars(history, [target])[0]);
    const scaled = Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, scale * term]));
    scaled["average of all movies"] = (scaled["average of all movies"] ?? 0) - scale * mean;
    scaled["predicted stars below what they like"] = -short;
    if (below) scaled["predicted stars below their floor"] = -below;
    return { shares: shares.map((share) => scale * share), terms: scaled };
  }
}

/** The first and last of the fewest neighbouring levels that hold four fifths. */
function likelyLevels(chances) {
  const total = [0];
  for (const chance of chances) total.push(total[total.length - 1] + chance);
  for (let n = 1; n < chances.length; n++) {
    const held = Array.from({ length: chances.length - n + 1 }, (_, first) => total[first + n] - total[first]);
    const most = Math.max(...held);
    if (most >= COVERAGE - 1e-9) {
      const first = held.findIndex((value) => value > most - 1e-9);
      return [first, first + n - 1];
    }
  }
  return [0, chances.length - 1];
}
