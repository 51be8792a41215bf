// Lists and reasons for one person: the parts of the model on one footing, the order of liking, and the best films.

const HELD = "average of all movies";

/** Scores less their mean, in units of their spread; zeros where all are the same. */
function standardised(scores) {
  const { mean, spread } = momentsOf(scores), out = new Float64Array(scores.length);
  if (spread > 0) for (let row = 0; row < out.length; row++) out[row] = (scores[row] - mean) / spread;
  return out;
}

function momentsOf(scores) {
  let mean = 0, squares = 0;
  for (let row = 0; row < scores.length; row++) mean += scores[row];
  mean /= scores.length;
  for (let row = 0; row < scores.length; row++) squares += (scores[row] - mean) * (scores[row] - mean);
  return { mean, spread: Math.sqrt(squares / scores.length) };
}

/** The ratings of a person that are at some places. */
function at(history, places) {
  const kept = { rows: places.map((place) => history.rows[place]), stars: places.map((place) => history.stars[place]) };
  if (history.order) {
    const places_ = places.map((place) => history.order[place]);
    const ascending = [...places_.keys()].sort((a, b) => places_[a] - places_[b] || a - b);
    kept.order = new Array(places_.length);
    ascending.forEach((place, rank) => { kept.order[place] = rank; });
  }
  return kept;
}

/** Ranks films by the parts of a model.
 *
 * A history is `{rows, stars, seen, order}`: rows of films ascending, their stars, whether each was seen without a
 * rating (its stars then stand for the missing ones), and the places in time, or null.
 */
export class Ranking {
  constructor(model, scale, parts, stars) {
    Object.assign(this, { blend: model.blend, scale, parts, stars });
    this.cache = { history: null, scores: new Map() }; // of the last person: a list and its reasons need the same scores
  }

  /** Whether the order of liking weighs predicted stars, and not only which films count. */
  get weighsStars() {
    return Boolean(this.stars);
  }

  /** Places of the ratings that count: all, or in the order of liking those that the person did not dislike. */
  _counted(history, order) {
    const places = [...history.rows.keys()];
    if (order === "watch" || this.weighsStars) return places;
    return places.filter((place) => history.stars[place] > this.scale.dislikedTo + 1e-4);
  }

  /** Whether the ratings tell a part anything. */
  informs(history, order) {
    return this._counted(history, order).some((place) => (history.seen[place] ? this.scale.seenWeight > 0 : true) && this.parts.some((part) => part.learnsFrom(history.rows[place])));
  }

  /** Histories without weights, and their shares, whose mean is that of one with films that count less. */
  _layers(history, order) {
    const counted = this._counted(history, order);
    const rated = counted.filter((place) => !history.seen[place]);
    const weight = this.scale.seenWeight;
    if (rated.length === counted.length || weight === 1) return [[1, counted]];
    return weight > 0 ? [[weight, counted], [1 - weight, rated]] : [[1, rated]];
  }

  _partScores(part, history, order) {
    return this._cached(history, `${part.name} ${this.parts.indexOf(part)} ${order}`, () => this._scoresOf(part, history, order));
  }

  /** What was computed for the last history, or what `compute` gives. */
  _cached(history, key, compute) {
    if (this.cache.history !== history) this.cache = { history, scores: new Map() };
    if (!this.cache.scores.has(key)) this.cache.scores.set(key, compute());
    return this.cache.scores.get(key);
  }

  _moments(part, history, order) {
    return this._cached(history, `moments ${this.parts.indexOf(part)} ${order}`, () => momentsOf(this._partScores(part, history, order)));
  }

  _scoresOf(part, history, order) {
    const layers = this._layers(history, order);
    if (layers.length === 1) return part.score(at(history, layers[0][1]));
    const total = new Float64Array(part.nItems);
    for (const [share, places] of layers) {
      const scores = part.score(at(history, places));
      for (let row = 0; row < total.length; row++) total[row] += share * scores[row];
    }
    return new Float32Array(total);
  }

  /** Scores of all films by what people watch, float32. */
  watchScores(history, order = "watch") {
    if (!this.blend) return this._partScores(this.parts[0], history, order);
    return this._cached(history, `all ${order}`, () => {
      const total = new Float64Array(this.parts[0].nItems);
      for (const part of this.parts) {
        const scores = standardised(this._partScores(part, history, order));
        for (let row = 0; row < total.length; row++) total[row] += part.weight * scores[row];
      }
      return new Float32Array(total);
    });
  }

  /** The best films: `[{row, score}]`, equal scores by row; `allowed` tells which rows may be listed, `agree` whether the
   * stars of each ten may not contradict their order. */
  best(history, { order, k, allowed, agree = true }) {
    const scores = this.watchScores(history, order);
    if (order === "liked" && this.weighsStars) return this.stars.best(history, standardised(scores), k, allowed, topK, agree);
    return topK(scores, k, allowed);
  }

  /** What each rating adds to the score of a film, and what depends on no rating; together they are the score. */
  explain(history, target, order) {
    const shares = new Float64Array(history.rows.length), terms = {};
    const add = (name, value) => { terms[name] = (terms[name] ?? 0) + value; };
    for (const part of this.parts) {
      let scale = 1;
      if (this.blend) {
        const { mean, spread } = this._moments(part, history, order);
        if (!(spread > 0)) continue;
        scale = part.weight / spread;
        add(HELD, -scale * mean);
      }
      for (const [share, places] of this._layers(history, order)) {
        const found = part.contributions(at(history, places), target);
        places.forEach((place, n) => { shares[place] += scale * share * found.shares[n]; });
        for (const [name, term] of Object.entries(found.terms)) add(name, scale * share * term);
      }
    }
    if (order === "liked" && this.weighsStars) return this.stars.explain(history, target, [...shares], terms, this._cached(history, "moments of all", () => momentsOf(this.watchScores(history))));
    return { shares: [...shares], terms };
  }
}

/** The k best of the allowed films, best first; equal scores by row. */
export function topK(scores, k, allowed) {
  const heap = []; // the worst of the best so far is first
  const isWorse = (a, b) => a.score < b.score || (a.score === b.score && a.row > b.row);
  for (let row = 0; row < scores.length; row++) {
    if (!allowed[row]) continue;
    const entry = { row, score: scores[row] };
    if (heap.length < k) {
      heap.push(entry);
      for (let child = heap.length - 1; child > 0;) {
        const parent = (child - 1) >> 1;
        if (!isWorse(heap[child], heap[parent])) break;
        [heap[child], heap[parent]] = [heap[parent], heap[child]];
        child = parent;
      }
    } else if (isWorse(heap[0], entry)) {
      heap[0] = entry;
      for (let parent = 0;;) {
        let worst = parent;
        for (const child of [2 * parent + 1, 2 * parent + 2]) if (child < heap.length && isWorse(heap[child], heap[worst])) worst = child;
        if (worst === parent) break;
        [heap[worst], heap[parent]] = [heap[parent], heap[worst]];
        parent = worst;
      }
    }
  }
  return heap.sort((a, b) => b.score - a.score || a.row - b.row);
}

const POOL = 100; // films that are ordered anew for a list of a few

/** Number of films from which a list of k is taken where it is ordered anew. */
export const poolSize = (k) => Math.max(5 * k, POOL);

/** Films ordered by `(1 - |niche|) score + |niche| rarity`, both from 0 to 1 over the films; scores stay as they are. */
export function byNiche(pool, niche, counts) {
  const unit = (values) => {
    const low = Math.min(...values), span = Math.max(...values) - low;
    return values.map((value) => (span > 0 ? (value - low) / span : 0));
  };
  const weight = Math.abs(niche);
  const scores = unit(pool.map((film) => film.score)), rarity = unit(pool.map((film) => -Math.sign(niche) * Math.log1p(counts[film.row])));
  const blended = scores.map((score, at) => (1 - weight) * score + weight * rarity[at]);
  return [...pool.keys()].sort((a, b) => blended[b] - blended[a] || a - b).map((at) => pool[at]);
}
