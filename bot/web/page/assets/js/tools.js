// What a gesture does, whatever makes it: mouse, pen, finger or keys. Points are in the picture's pixels.

import { polygon, rectangle, stroke } from "./shapes.js";

const MIN_STEP = 1.5; // picture pixels between two points of a lasso

/** Paints while it moves. */
class Brush {
  constructor(mask, { radius, isMarking }, point) {
    this.span = mask.marker(isMarking);
    this.radius = radius;
    this.last = point;
    stroke(point, point, radius, this.span);
  }

  move(point) {
    stroke(this.last, point, this.radius, this.span);
    this.last = point;
  }

  end() {}
}

/** Marks what lies between two corners, at its end. */
class Rectangle {
  constructor(mask, { isMarking }, point) {
    this.span = mask.marker(isMarking);
    this.outline = [point, point, point, point];
  }

  move(point) {
    const [start] = this.outline;
    this.outline = [start, { x: point.x, y: start.y }, point, { x: start.x, y: point.y }];
  }

  end() {
    rectangle(this.outline[0], this.outline[2], this.span);
  }
}

/** Marks what it has gone around, at its end. */
class Lasso {
  constructor(mask, { isMarking }, point) {
    this.span = mask.marker(isMarking);
    this.outline = [point];
  }

  move(point) {
    const last = this.outline.at(-1);
    if (Math.hypot(point.x - last.x, point.y - last.y) >= MIN_STEP) this.outline.push(point);
  }

  end() {
    polygon(this.outline, this.span);
  }
}

const KINDS = { brush: Brush, eraser: Brush, rectangle: Rectangle, lasso: Lasso };

/** Begin a gesture with a tool; `isTaking` turns marking into clearing. */
export function begin(tool, mask, radius, isTaking, point) {
  return new KINDS[tool](mask, { radius, isMarking: tool !== "eraser" && !isTaking }, point);
}
