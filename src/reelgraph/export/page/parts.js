// The parts that rank: an item filter in 8 bits, and an embedding. The sums are those of the Python scorers, in double
// precision and rounded to single at the same places, so that scores are the same to the last digit.

const fround = Math.fround;
const FLOOR = 0.02; // what a rating counts however long ago it was

/** Entries of ratings in the item graph, `(stars / unit) ** power`. */
function entriesOf(ratings, part) {
  const values = new Float64Array(ratings.stars.length);
  for (let at = 0; at < values.length; at++) values[at] = (Math.max(ratings.stars[at], 0) / part.unitStars) ** part.ratingPower;
  if (!part.recency || !ratings.order) return values;
  const ages = ratings.order.map((place) => values.length - 1 - place);
  const weights = ages.map((age) => FLOOR + (1 - part.recency) ** age);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let at = 0; at < values.length; at++) values[at] *= weights[at] * (values.length / Math.max(total, FLOOR));
  return values;
}

/** Products of a person's vector with the rows of a table of 32-bit floats (one type of table: it stays fast), four rows
 * side by side, each summed in its order. */
function products(person, table, nItems) {
  const rank = person.length, out = new Float64Array(nItems);
  let item = 0;
  for (; item + 4 <= nItems; item += 4) {
    const first = item * rank, second = first + rank, third = second + rank, fourth = third + rank;
    let a = 0, b = 0, c = 0, d = 0;
    for (let column = 0; column < rank; column++) {
      const value = person[column];
      a += value * table[first + column];
      b += value * table[second + column];
      c += value * table[third + column];
      d += value * table[fourth + column];
    }
    out[item] = a;
    out[item + 1] = b;
    out[item + 2] = c;
    out[item + 3] = d;
  }
  for (; item < nItems; item++) for (let column = 0; column < rank; column++) out[item] += person[column] * table[item * rank + column];
  return out;
}

/** Scores are `v (L R' + S)`, v the entries of the rated films. */
export class FilterPart {
  constructor(archive, n, settings, nItems) {
    Object.assign(this, settings, { nItems });
    this.left = archive.get(`${n}.left`);
    this.right = new Float32Array(archive.get(`${n}.right`));
    this.data = archive.get(`${n}.data`);
    this.leftScale = archive.floats(`${n}.left_scale`);
    this.rightScale = archive.floats(`${n}.right_scale`);
    this.dataScale = archive.floats(`${n}.data_scale`);
    ({ starts: this.starts, columns: this.columns } = archive.indices(`${n}.indices`));
    this.leftRow = new Int32Array(nItems).fill(-1);
    if (settings.whole) for (let row = 0; row < nItems; row++) this.leftRow[row] = row;
    else archive.get(`${n}.head`).forEach((item, row) => { this.leftRow[item] = row; });
  }

  learnsFrom(item) {
    return this.leftRow[item] >= 0;
  }

  /** Scores of all films for ratings `{rows, stars}`, rows ascending. */
  score(ratings) {
    const { rank, nItems, left } = this;
    const values = entriesOf(ratings, this);
    const person = new Float64Array(rank);
    ratings.rows.forEach((item, at) => {
      const row = this.leftRow[item];
      if (row < 0) return;
      const value = values[at] * this.leftScale[row], start = row * rank;
      for (let column = 0; column < rank; column++) person[column] += value * left[start + column];
    });
    const sums = products(person, this.right, nItems);
    for (let item = 0; item < nItems; item++) sums[item] = fround(fround(sums[item]) * this.rightScale[item]);
    ratings.rows.forEach((item, at) => {
      const value = values[at] * this.dataScale[item];
      for (let place = this.starts[item], stop = this.starts[item + 1]; place < stop; place++) sums[this.columns[place]] += value * this.data[place];
    });
    return new Float32Array(sums);
  }

  /** What each rating adds to the score of a film. */
  contributions(ratings, target) {
    const { rank, left, right } = this;
    const values = entriesOf(ratings, this);
    const shares = ratings.rows.map((item, at) => {
      const row = this.leftRow[item];
      let weight = 0;
      if (row >= 0) for (let column = 0; column < rank; column++) weight += left[row * rank + column] * right[target * rank + column];
      const share = row >= 0 ? weight * this.rightScale[target] * (values[at] * this.leftScale[row]) : 0;
      for (let place = this.starts[item], stop = this.starts[item + 1]; place < stop; place++) {
        if (this.columns[place] === target) return share + this.data[place] * (values[at] * this.dataScale[item]);
      }
      return share;
    });
    return { shares, terms: {} };
  }
}

/** Scores are products of vectors; a person's is the sum of those of their films, made one long where `cosine`. */
export class EmbeddingPart {
  constructor(archive, n, settings, nItems) {
    Object.assign(this, settings, { nItems });
    const vectors = (name) => {
      const codes = archive.get(`${n}.${name}`), step = archive.floats(`${n}.${name}_step`);
      const out = new Float32Array(codes.length);
      for (let item = 0, at = 0; item < nItems; item++) for (let column = 0; column < this.rank; column++, at++) out[at] = codes[at] * step[item];
      return out;
    };
    this.source = vectors("source");
    this.target = vectors("target");
    this.bias = archive.floats(`${n}.bias`);
  }

  learnsFrom() {
    return true;
  }

  score(ratings) {
    const { rank, nItems } = this;
    const { sum, scale } = this._person(ratings);
    const person = sum.map((value) => value * scale);
    if (this.cosine && scale) for (let column = 0; column < rank; column++) person[column] = sum[column] / this._length(sum);
    const sums = products(person, this.target, nItems);
    for (let item = 0; item < nItems; item++) sums[item] += this.bias[item];
    return new Float32Array(sums);
  }

  contributions(ratings, target) {
    const { rank } = this;
    const values = entriesOf(ratings, this);
    const { scale } = this._person(ratings);
    const shares = ratings.rows.map((item, at) => {
      let total = 0;
      for (let column = 0; column < rank; column++) total += this.target[target * rank + column] * (this.source[item * rank + column] * values[at]);
      return total * scale;
    });
    return { shares, terms: { "bias of the movie": this.bias[target] } };
  }

  _person(ratings) {
    const { rank, source } = this;
    const values = entriesOf(ratings, this);
    const sum = new Float64Array(rank);
    ratings.rows.forEach((item, at) => {
      for (let column = 0; column < rank; column++) sum[column] += values[at] * source[item * rank + column];
    });
    if (!this.cosine) return { sum, scale: Math.max(ratings.rows.length, 1) ** -this.userPower };
    const length = this._length(sum);
    return { sum, scale: length > 0 ? 1 / length : 0 };
  }

  _length(vector) {
    return Math.sqrt(vector.reduce((total, value) => total + value * value, 0));
  }
}
