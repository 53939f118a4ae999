// What is drawn over the picture to help, and is no part of the region: the brush's rim, outlines, the keyboard's cursor.

export class Guide {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.view = view;
    this.context = canvas.getContext("2d");
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
    this.context.clearRect(0, 0, clientWidth, clientHeight);
    if (outline) this.#line(outline.map((point) => this.view.toBoard(point)));
    if (rim) this.#circle(this.view.toBoard(rim.point), Math.max(1.5, rim.radius * this.view.scale));
    if (cursor) this.#cross(this.view.toBoard(cursor));
  }

  #line(points) {
    this.#twice(() => {
      this.context.beginPath();
      points.forEach((point, at) => this.context[at ? "lineTo" : "moveTo"](point.x, point.y));
      this.context.closePath();
    }, [6, 5]);
  }

  #circle(centre, radius) {
    this.#twice(() => {
      this.context.beginPath();
      this.context.arc(centre.x, centre.y, radius, 0, 2 * Math.PI);
    });
  }

  #cross(at) {
    this.#twice(() => {
      this.context.beginPath();
      for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        this.context.moveTo(at.x + 4 * x, at.y + 4 * y);
        this.context.lineTo(at.x + 14 * x, at.y + 14 * y);
      }
    });
  }

  /** Dark under light, so that it is seen on every picture. */
  #twice(path, dashes = []) {
    for (const [colour, width, dash] of [["rgb(0 0 0 / 65%)", 3, []], ["#fff", 1.5, dashes]]) {
      path();
      this.context.strokeStyle = colour;
      this.context.lineWidth = width;
      this.context.setLineDash(dash);
      this.context.stroke();
    }
  }
}
