// The normal and the gamma distribution in double precision.

const DENSITY = 1 / Math.sqrt(2 * Math.PI);
const ROOT_HALF = Math.SQRT1_2;
const LEAST = 1e-150; // of the chance of a level, in units of the density at its nearer edge
const TAIL = 3; // from here on the continued fraction is exact

/** The error function by its series, for small arguments. */
function erfSeries(x) {
  let term = x, total = x;
  for (let n = 1; n < 80 && Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** (1 - Phi(x)) / phi(x) for x >= 0. */
function mills(x) {
  if (x < TAIL) return (0.5 * (1 - erfSeries(x * ROOT_HALF))) / (DENSITY * Math.exp(-0.5 * x * x));
  let below = x;
  for (let k = 60; k > 0; k--) below = x + k / below;
  return 1 / below;
}

export function normalCdf(x) {
  if (x === Infinity) return 1;
  if (x === -Infinity) return 0;
  const upper = Math.abs(x) < TAIL ? 0.5 * (1 - erfSeries(Math.abs(x) * ROOT_HALF)) : mills(Math.abs(x)) * DENSITY * Math.exp(-0.5 * x * x);
  return x > 0 ? 1 - upper : upper;
}

/** Phi with an error below 1e-6: probit.quick_cdf. */
export function quickCdf(x) {
  const y = Math.min(Math.abs(x) * ROOT_HALF, 9);
  let p = 1 + y * (0.0705230784 + y * (0.0422820123 + y * (0.0092705272 + y * (0.0001520143 + y * (0.0002765672 + y * 0.0000430638)))));
  p *= p; p *= p; p *= p; p *= p;
  const half = 0.5 - 0.5 / p;
  return 0.5 + (x >= 0 ? half : -half);
}

/** Mean of a standard normal number between two edges, and its second moment less 1: probit.level_slope. */
export function levelSlope(first, second) {
  let low = first, high = second, sign = 1;
  if (low + high < 0) [low, high, sign] = [-high, -low, -1];
  if (low > 0) {
    if (high === Infinity) {
      const below = 1 / mills(low);
      return [sign * below, low * below];
    }
    const logRatio = 0.5 * (high - low) * (high + low);
    const below = 1 / Math.max(mills(low) - Math.exp(-logRatio) * mills(high), LEAST);
    const mean = -below * Math.expm1(-logRatio);
    return [sign * mean, high * mean - (high - low) * below];
  }
  const chance = Math.max(normalCdf(high) - normalCdf(low), LEAST);
  const below = low === -Infinity ? 0 : (DENSITY * Math.exp(-0.5 * low * low)) / chance;
  const above = high === Infinity ? 0 : (DENSITY * Math.exp(-0.5 * high * high)) / chance;
  const bend = (low === -Infinity ? 0 : low * below) - (high === Infinity ? 0 : high * above);
  return [sign * (below - above), bend];
}

const LANCZOS = [676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];

function logGamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const t = x + 6.5;
  const series = LANCZOS.reduce((total, value, n) => total + value / (x + n), 0.99999999999980993);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/** The share of a gamma distribution of shape a below x. */
function gammaCdf(a, x) {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a, total = term;
    for (let n = 1; n < 2000 && term > 1e-17 * total; n++) {
      term *= x / (a + n);
      total += term;
    }
    return front * total;
  }
  let b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (let n = 1; n < 2000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return 1 - front * h;
}

/** The number below which a gamma variable of shape a lies with probability p. */
export function gammaQuantile(a, p) {
  let low = 0, high = a + 1;
  while (gammaCdf(a, high) < p) high *= 2;
  let x = (low + high) / 2;
  for (let step = 0; step < 200; step++) {
    const error = gammaCdf(a, x) - p;
    if (error > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) - x - logGamma(a));
    let next = x - error / density;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - x) <= 1e-14 * x) return next;
    x = next;
  }
  return x;
}
