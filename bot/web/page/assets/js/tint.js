// The region as people see it: a tint over the picture, in the pixels of the screen, so that a stroke costs what it covers.

const MARKED = 0x7e2eff; // pink: blue, green, red, as a canvas keeps them
const OPACITY = 0.52;
const ACROSS = 2; // looks into the region for one pixel of the screen, each way, where it is shown smaller
const DENSEST = 2; // more pixels of a screen than this, each way, nobody sees in a tint
const SHADES = Uint32Array.from({ length: ACROSS ** 2 + 1 }, (_, count) => shade(count / ACROSS ** 2));

function shade(part) {
  return ((Math.round(255 * OPACITY * part) << 24) | MARKED) >>> 0;
}

export class Tint {
  constructor(canvas, mask, view) {
    this.canvas = canvas;
    this.mask = mask;
    this.view = view;
    this.context = canvas.getContext("2d");
  }

  /** Bring it up to date: where the region has changed, or all of it where `isMoved`. */
  show(isMoved) {
    const changed = this.mask.takeChanged();
    const density = Math.min(window.devicePixelRatio || 1, DENSEST);
    const width = Math.round(this.view.board.clientWidth * density);
    const height = Math.round(this.view.board.clientHeight * density);
    if (isMoved || this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width; // which clears it
      this.canvas.height = height;
      this.#draw({ left: 0, top: 0, right: this.mask.width - 1, bottom: this.mask.height - 1 }, density);
    } else if (changed) {
      this.#draw(changed, density);
    }
  }

  /** Draw a rectangle of the region, given in the picture's pixels. */
  #draw({ left, top, right, bottom }, density) {
    const scale = this.view.scale * density;
    const columns = looks(left, right + 1, this.mask.width, this.view.x * density, scale, this.canvas.width);
    const rows = looks(top, bottom + 1, this.mask.height, this.view.y * density, scale, this.canvas.height);
    if (!columns.count || !rows.count) return;
    const image = this.context.createImageData(columns.count, rows.count);
    const out = new Uint32Array(image.data.buffer);
    const { pixels, width } = this.mask;
    let at = 0;
    for (let y = 0; y < rows.count; y++) {
      const upper = rows.at[y * ACROSS] * width;
      const lower = rows.at[y * ACROSS + 1] * width;
      for (let x = 0; x < columns.count; x++) {
        const one = columns.at[x * ACROSS];
        const other = columns.at[x * ACROSS + 1];
        const count = pixels[upper + one] + pixels[upper + other] + pixels[lower + one] + pixels[lower + other];
        out[at++] = count && SHADES[count];
      }
    }
    this.context.putImageData(image, columns.first, rows.first);
  }
}

/** Which of the screen's pixels show `from` to `to` of the picture, one way, and where each looks into it. */
function looks(from, to, size, shift, scale, room) {
  const first = Math.max(0, Math.floor(from * scale + shift));
  const count = Math.max(0, Math.min(room, Math.ceil(to * scale + shift)) - first);
  const each = scale < 1 ? ACROSS : 1; // shown larger, a pixel of the screen lies in one of the picture
  const at = Int32Array.from({ length: count * ACROSS }, (_, look) => {
    const part = each === 1 ? 0.5 : ((look % ACROSS) + 0.5) / ACROSS;
    const place = Math.floor((first + Math.floor(look / ACROSS) + part - shift) / scale);
    return Math.min(size - 1, Math.max(0, place));
  });
  return { first, count, at };
}
