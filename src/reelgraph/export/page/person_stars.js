// A person given each draw of the films: mean, covariance and noise of their row, found from their stars: fold_in_kernels.py.
import { gammaQuantile, levelSlope } from "./normal.js";

const MAX_STEPS = 50, SLOW_STEPS = 10, STEP_TOLERANCE = 1e-3, NOISE_TOLERANCE = 1e-2, STALE_CURVATURE = 0.1;
const GAP_SLOPE = -0.7, MIN_GAP_SLOPE = -1.2, MAX_GAP_SLOPE = -0.25;
const PRIOR_COUNT = 3, HALF_NEIGHBOURS = 5, HALF_HISTORY = 30, SPACING = 0.7548776662466927;

/** The person of a model of the stars: `people` is `[{mean, factor, precision}]`, one a draw; slope and curvature of the
 * log-likelihood of each rating are means over the draws. `rows` and `stars` are their ratings. */
export function foldIn(model, rows, stars) {
  const n = rows.length, { draws, width: d, ordinal } = model;
  const edges = model.levels.length - 1;
  const levels = stars.map((value) => { let level = 0; while (level < edges && (model.levels[level] + model.levels[level + 1]) / 2 < value) level += 1; return level; });
  const seen = n / (n + HALF_HISTORY), weight = (seen * Math.sqrt(Math.max(n, 1))) / (Math.max(n, 1) + HALF_NEIGHBOURS);
  const state = { fitted: new Float64Array(n), noise: 1, step: Infinity, slope: new Float64Array(n), curvature: new Float64Array(n) };
  const people = [];
  for (let t = 0; t < draws; t++) {
    const prior = priorOf(model, t, rows, seen, weight);
    const x = rows.map((row) => Float64Array.from({ length: d }, (_, a) => model.design[(t * model.nItems + row) * d + a]));
    const low = new Float64Array(n), high = new Float64Array(n);
    for (let p = 0; p < n; p++) {
      low[p] = !ordinal ? (stars[p] - model.centre) / model.unit : levels[p] ? model.edges[t * edges + levels[p] - 1] : -Infinity;
      high[p] = levels[p] < edges ? model.edges[t * edges + levels[p]] : Infinity;
    }
    const problem = {
      x, low, high, ordinal, d, n, prior, unit: ordinal ? 1 : model.noise[t], shape: PRIOR_COUNT * model.shape[t], v: model.moments ? model.momentVariance[t] : 0,
      offset: Float64Array.from(rows, (row) => model.base[t * model.nItems + row] + (model.moments ? model.momentMean[t] : 0)),
    };
    people.push(n ? findMode(problem, state) : { mean: prior.mean, factor: inverseFactor(prior.precision, d), precision: 1 });
    if (model.shape.some((shape) => shape > 0)) drawNoise(people[t], model.shape[t], n, ((t + 0.5) * SPACING) % 1);
  }
  return { people, slope: state.slope.map((total) => total / draws), curvature: state.curvature.map((total) => total / draws) };
}

/** The noise of this person, drawn from its gamma distribution, one quantile a draw. */
function drawNoise(person, shape, n, quantile) {
  const halfSquares = (PRIOR_COUNT * shape + n / 2) / person.precision - PRIOR_COUNT * shape;
  person.precision = gammaQuantile(shape + n / 2, quantile) / (shape + halfSquares);
}

/** Mean and precision of a person's row before their stars are used: prior.py. */
function priorOf(model, t, rows, seen, weight) {
  const d = model.width, n = model.nItems, mean = new Float64Array(d);
  for (let a = 0; a < d; a++) {
    let sum = 0;
    if (model.neighbour) for (const row of rows) sum += model.neighbour[(t * d + a) * n + row] * model.neighbourStep[t * d + a];
    mean[a] = model.mean[t * d + a] + (1 - seen) * model.neighbourMean[t * d + a] + weight * sum;
  }
  const precision = new Float64Array(d * d), shift = new Float64Array(d);
  for (let c = 0; c < d; c++) {
    const row = model.whiten.subarray((t * d + c) * d, (t * d + c + 1) * d), gain = 1 / (1 + (1 - seen) * model.extra[t * d + c]);
    let total = 0;
    for (let a = 0; a < d; a++) total += row[a] * mean[a];
    for (let a = 0; a < d; a++) {
      shift[a] += gain * row[a] * total;
      for (let b = 0; b < d; b++) precision[a * d + b] += gain * row[a] * row[b];
    }
  }
  return { mean, precision, shift };
}

/** A, upper triangular, with A A' the inverse of a matrix. */
function inverseFactor(given, d) {
  const matrix = Float64Array.from(given), factor = new Float64Array(d * d);
  for (let a = 0; a < d; a++) {
    for (let b = 0; b <= a; b++) {
      let total = matrix[a * d + b];
      for (let c = 0; c < b; c++) total -= matrix[a * d + c] * matrix[b * d + c];
      matrix[a * d + b] = a === b ? Math.sqrt(Math.max(total, 1e-12)) : total / matrix[b * d + b];
    }
  }
  for (let a = 0; a < d; a++) {
    factor[a * d + a] = 1 / matrix[a * d + a];
    for (let b = a + 1; b < d; b++) {
      let total = 0;
      for (let c = a; c < b; c++) total -= matrix[b * d + c] * factor[a * d + c];
      factor[a * d + b] = total / matrix[b * d + b];
    }
  }
  return factor;
}

/** Newton's method for the row and the secant method for the noise, in turn; draws are alike, so each begins at the last. */
function findMode(problem, state) {
  const { n, d, x, offset, prior } = problem;
  const isFirst = state.step === Infinity;
  const fitted = state.fitted;
  if (isFirst) {
    state.noise = 1;
    for (let p = 0; p < n; p++) {
      fitted[p] = offset[p];
      for (let a = 0; a < d; a++) fitted[p] += x[p][a] * prior.mean[a];
    }
  }
  const work = { h: new Float64Array(n), gradient: new Float64Array(n), curvature: new Float64Array(n), squares: new Float64Array(n), variance: new Float64Array(n), slope: new Float64Array(n) };
  let noise = state.noise, logBefore = 0, gapBefore = 0, mean = null;
  for (let step = 0; step < MAX_STEPS; step++) {
    likelihood(problem, fitted, problem.unit * noise, work);
    if (isStale(work, n, step)) factorPosterior(problem, work);
    [mean, state.step] = newtonStep(problem, work, fitted);
    let gap = 0;
    if (problem.shape > 0 && step > 0) {
      const log = Math.log(noise);
      gap = noiseGap(problem.shape, noise, work, n);
      const slope = step > 1 && Math.abs(log - logBefore) > 1e-6 ? (gap - gapBefore) / (log - logBefore) : GAP_SLOPE;
      [logBefore, gapBefore] = [log, gap];
      noise = Math.exp(log - gap / Math.min(Math.max(slope, MIN_GAP_SLOPE), MAX_GAP_SLOPE));
    }
    if (step > 1 && state.step * Math.sqrt(problem.unit) < STEP_TOLERANCE && Math.abs(gap) < NOISE_TOLERANCE) break;
  }
  state.noise = noise;
  for (let p = 0; p < n; p++) {
    state.slope[p] += work.slope[p];
    state.curvature[p] += work.inverse[p];
  }
  return { mean, factor: work.factor, precision: noise };
}

function likelihood({ low, high, ordinal, n }, fitted, precision, work) {
  const root = Math.sqrt(precision);
  for (let p = 0; p < n; p++) {
    if (!ordinal) {
      const error = low[p] - fitted[p];
      [work.gradient[p], work.curvature[p], work.squares[p]] = [precision * error, precision, precision * error * error];
      continue;
    }
    const [mean, bend] = levelSlope((low[p] - fitted[p]) * root, (high[p] - fitted[p]) * root);
    work.gradient[p] = mean * root;
    work.curvature[p] = Math.min(Math.max(mean * mean - bend, 1e-6), 1) * precision;
    work.squares[p] = Math.max(1 + bend, 0);
  }
}

function isStale(work, n, step) {
  let change = 0, total = 0;
  for (let p = 0; p < n; p++) {
    change += Math.abs(work.curvature[p] - work.h[p]);
    total += work.curvature[p];
  }
  const slow = step > SLOW_STEPS;
  if (!(step === 0 || (step > 1 && change > STALE_CURVATURE * total) || slow)) return false;
  for (let p = 0; p < n; p++) work.h[p] = slow ? Math.max(work.h[p], work.curvature[p]) : work.curvature[p];
  return true;
}

/** The covariance of the row and the variance of the fitted values, with the present curvatures. */
function factorPosterior({ n, d, x, v, prior }, work) {
  const { h } = work;
  work.inverse = Float64Array.from(h, (value) => value - value * value * (v / (1 + v * value)));
  const matrix = Float64Array.from(prior.precision);
  for (let p = 0; p < n; p++) for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) matrix[a * d + b] += x[p][a] * work.inverse[p] * x[p][b];
  work.factor = inverseFactor(matrix, d);
  for (let p = 0; p < n; p++) {
    let variance = work.inverse[p];
    for (let e = 0; e < d; e++) {
      let column = 0;
      for (let a = 0; a <= e; a++) column += work.inverse[p] * x[p][a] * work.factor[a * d + e];
      variance -= column * column;
    }
    work.variance[p] = Math.max(1 / h[p] - variance / (h[p] * h[p]), 0);
  }
}

function newtonStep({ n, d, x, offset, prior }, work, fitted) {
  const { h, inverse, factor } = work;
  const response = Float64Array.from(fitted, (value, p) => value + work.gradient[p] / h[p] - offset[p]);
  const right = Float64Array.from(prior.shift), rotated = new Float64Array(d), mean = new Float64Array(d);
  for (let p = 0; p < n; p++) for (let a = 0; a < d; a++) right[a] += x[p][a] * inverse[p] * response[p];
  for (let a = 0; a < d; a++) for (let b = 0; b <= a; b++) rotated[a] += factor[b * d + a] * right[b];
  for (let a = 0; a < d; a++) for (let b = a; b < d; b++) mean[a] += factor[a * d + b] * rotated[b];
  let largest = 0;
  for (let p = 0; p < n; p++) {
    let residual = response[p];
    for (let a = 0; a < d; a++) residual -= x[p][a] * mean[a];
    work.slope[p] = inverse[p] * residual;
    const value = offset[p] + response[p] - work.slope[p] / h[p];
    largest = Math.max(largest, Math.abs(value - fitted[p]));
    fitted[p] = value;
  }
  return [mean, largest];
}

/** Log of the noise precision that the expected squares ask for, less that of the present one. */
function noiseGap(shape, noise, work, n) {
  let total = 0;
  for (let p = 0; p < n; p++) total += work.squares[p] + work.variance[p] * work.h[p];
  return Math.log((shape + n / 2) / (shape + total / noise / 2)) - Math.log(noise);
}
