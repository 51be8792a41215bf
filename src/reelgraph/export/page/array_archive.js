// The compressed archive of the page: arrays and JSON values by name.

/** The bytes of a base64 text. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Deflated bytes, unpacked; more than `limit` bytes are an error. */
export async function inflate(bytes, limit) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new RangeError("larger than it says");
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

const TYPES = {
  int8: Int8Array, uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array,
  float32: Float32Array, float64: Float64Array,
};

/** Reads the sections of an archive by their names. */
export class ArrayArchive {
  constructor(bytes, directory) {
    this.bytes = bytes;
    this.directory = directory;
  }

  static async open(base64, directory, size) {
    return new ArrayArchive(await inflate(bytesOf(base64), size), directory);
  }

  has(name) {
    return name in this.directory;
  }

  get(name) {
    const [kind, start, length] = this.directory[name];
    if (kind === "json") return JSON.parse(new TextDecoder().decode(this.bytes.subarray(start, start + length)));
    const Type = TYPES[kind];
    return new Type(this.bytes.buffer, start, length / Type.BYTES_PER_ELEMENT);
  }

  /** Numbers whose bytes are kept apart. */
  floats(name) {
    const raw = this.get(`${name}.f32`);
    const n = raw.length / 4;
    const joined = new Uint8Array(4 * n);
    for (let byte = 0; byte < 4; byte++) for (let at = 0; at < n; at++) joined[4 * at + byte] = raw[byte * n + at];
    return new Float32Array(joined.buffer);
  }

  /** First places and columns of the rows of a sparse matrix. */
  indices(name) {
    const counts = this.get(`${name}.counts`);
    const low = this.get(`${name}.byte0`), high = this.get(`${name}.byte1`);
    const third = this.has(`${name}.byte2`) ? this.get(`${name}.byte2`) : null;
    const starts = new Int32Array(counts.length + 1), columns = new Int32Array(low.length);
    for (let row = 0, at = 0; row < counts.length; row++) {
      let column = 0;
      for (const stop = at + counts[row]; at < stop; at++) {
        column += low[at] + 256 * high[at] + (third ? 65536 * third[at] : 0);
        columns[at] = column;
      }
      starts[row + 1] = at;
    }
    return { starts, columns };
  }
}
