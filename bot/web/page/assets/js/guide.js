// What is drawn over the picture to help, and is no part of the region: the brush's rim, outlines, the keyboard's cursor.

const THICKEST = 3; // of the lines, in pixels of the board
const CROSS = 14; // from the middle of the cursor to its ends

export class Guide {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.view = view;
    this.context = canvas.getContext("2d");
    this.drawn = null; // the rectangle of what stands there: wiping more costs more
  }

  /**
   * Draw it anew.
   * @param outline points of the picture, or null
   * @param rim {point, radius} in the picture's pixels, or null
   * @param cursor where the keyboard's cursor stands, or null
   */
  draw({ outline, rim, cursor }) {
    const { clientWidth, clientHeight } = this.view.board;
    const density = window.devicePixelRatio || 1;
    const width = Math.round(clientWidth * density);
    const height = Math.round(clientHeight * density);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.setTransform(density, 0, 0, density, 0, 0);
    this.#wipe();
    if (outline) this.#line(outline.map((point) => this.view.toBoard(point)));
    if (rim) this.#circle(this.view.toBoard(rim.point), Math.max(1.5, rim.radius * this.view.scale));
    if (cursor) this.#cross(this.view.toBoard(cursor));
  }

  #wipe() {
    if (this.drawn) {
      const { left, top, right, bottom } = this.drawn;
      this.context.clearRect(left, top, right - left, bottom - top);
    }
    this.drawn = null;
  }

  /** Remember that something is drawn around these points of the board. */
  #mark(points, reach) {
    const old = this.drawn ?? { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    this.drawn = points.reduce(
      ({ left, top, right, bottom }, { x, y }) => ({
        left: Math.min(left, Math.floor(x - reach)),
        top: Math.min(top, Math.floor(y - reach)),
        right: Math.max(right, Math.ceil(x + reach)),
        bottom: Math.max(bottom, Math.ceil(y + reach)),
      }),
      old,
    );
  }

  #line(points) {
    this.#mark(points, THICKEST);
    this.#twice(() => {
      this.context.beginPath();
      points.forEach((point, at) => this.context[at ? "lineTo" : "moveTo"](point.x, point.y));
      this.context.closePath();
    }, [6, 5]);
  }

  #circle(centre, radius) {
    this.#mark([centre], radius + THICKEST);
    this.#twice(() => {
      this.context.beginPath();
      this.context.arc(centre.x, centre.y, radius, 0, 2 * Math.PI);
    });
  }

  #cross(at) {
    this.#mark([at], CROSS + THICKEST);
    this.#twice(() => {
      this.context.beginPath();
      for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        this.context.moveTo(at.x + 4 * x, at.y + 4 * y);
        this.context.lineTo(at.x + CROSS * x, at.y + CROSS * y);
      }
    });
  }

  /** Dark under light, so that it is seen on every picture. */
  #twice(path, dashes = []) {
    this.context.lineJoin = "round"; // a mitre at a sharp corner reaches out of what is wiped
    for (const [colour, width, dash] of [["rgb(0 0 0 / 65%)", THICKEST, []], ["#fff", 1.5, dashes]]) {
      path();
      this.context.strokeStyle = colour;
      this.context.lineWidth = width;
      this.context.setLineDash(dash);
      this.context.stroke();
    }
  }
}
