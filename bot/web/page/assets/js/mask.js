// The marked region: one value for each pixel of the picture.

const MARKED = 1;
const WHITE = 0xffffffff;
const BLACK = 0xff000000;

export class Mask {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(width * height);
    this.changed = null; // the rectangle that nobody has shown yet
  }

  /** What `shapes` calls for each row: marks or clears it, inside the picture. */
  marker(isMarked) {
    const value = isMarked ? MARKED : 0;
    return (y, from, to) => {
      const left = Math.max(0, from);
      const right = Math.min(this.width - 1, to);
      if (y < 0 || y >= this.height || left > right) return;
      this.pixels.fill(value, y * this.width + left, y * this.width + right + 1);
      this.#touch(left, y, right, y);
    };
  }

  /** Mark exactly what is not marked. */
  invert() {
    this.runs = [0, ...this.runs];
  }

  /** The region as lengths of rows, by turns not marked and marked, through the whole picture. */
  get runs() {
    const runs = [];
    for (let at = 0, isMarked = false; at < this.pixels.length; isMarked = !isMarked) {
      const found = this.pixels.indexOf(isMarked ? 0 : MARKED, at);
      const next = found < 0 ? this.pixels.length : found;
      runs.push(next - at);
      at = next;
    }
    return runs;
  }

  set runs(runs) {
    this.pixels.fill(0);
    let at = 0;
    runs.forEach((length, turn) => {
      if (turn % 2) this.pixels.fill(MARKED, at, at + length);
      at += length;
    });
    this.#touch(0, 0, this.width - 1, this.height - 1);
  }

  /** The rectangle that has changed since it was last asked for: {left, top, right, bottom}, or null. */
  takeChanged() {
    const { changed } = this;
    this.changed = null;
    return changed;
  }

  /** The mask as the relay wants it: an opaque PNG, white = repaint, black = keep. */
  toPng() {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    const out = new Uint32Array(image.data.buffer);
    for (let at = 0; at < out.length; at++) out[at] = this.pixels[at] ? WHITE : BLACK;
    context.putImageData(image, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #touch(left, top, right, bottom) {
    const old = this.changed;
    this.changed = old
      ? {
          left: Math.min(old.left, left),
          top: Math.min(old.top, top),
          right: Math.max(old.right, right),
          bottom: Math.max(old.bottom, bottom),
        }
      : { left, top, right, bottom };
  }
}

/** The marked part of a region, 0 to 1. */
export function share(runs) {
  let marked = 0;
  let all = 0;
  runs.forEach((length, turn) => {
    all += length;
    if (turn % 2) marked += length;
  });
  return all ? marked / all : 0;
}
