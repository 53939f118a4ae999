// The board with everything on it: the picture, the region, the tools, and the steps that can be undone.

import { Guide } from "./guide.js";
import { History } from "./history.js";
import { Mask, share } from "./mask.js";
import { begin } from "./tools.js";
import { Tint } from "./tint.js";
import { View } from "./view.js";
import { takeHands } from "./hands.js";
import { takeKeys } from "./keys.js";

const SMALLEST = 4; // pixels across the brush

export class Easel {
  /**
   * @param parts the page's elements: board, stage, picture, region, guide
   * @param bitmap the picture
   * @param runs a region to begin with, or null
   */
  constructor(parts, bitmap, runs) {
    this.board = parts.board;
    this.mask = new Mask(bitmap.width, bitmap.height);
    if (runs) this.mask.runs = runs;
    parts.picture.width = bitmap.width;
    parts.picture.height = bitmap.height;
    parts.picture.getContext("2d").drawImage(bitmap, 0, 0);
    this.history = new History(this.mask.runs);
    this.share = share(this.history.current); // the marked part of the picture, 0 to 1
    this.view = new View(this.board, parts.stage, bitmap);
    this.tint = new Tint(parts.region, this.mask, this.view);
    this.guide = new Guide(parts.guide, this.view);
    this.isMoved = true; // since the last frame
    this.view.onchange = () => {
      this.isMoved = true;
      this.#later();
    };
    this.largest = Math.min(bitmap.width, bitmap.height) / 2;
    this.tool = "brush";
    this.level = 55; // of the brush's size, 0 to 100
    this.gesture = null;
    this.pointer = null; // where the mouse or pen is
    this.cursor = null; // where the keyboard's cursor is
    this.isHeld = false; // the space bar is down: the picture can be moved
    this.onstep = () => {}; // a step was made, undone or redone
    this.onshow = () => {}; // something that the controls show has changed
    takeHands(this.board, this);
    takeKeys(this.board, this);
    this.view.fit();
  }

  /** Pixels of the picture across the brush. */
  get size() {
    return Math.round(SMALLEST * (this.largest / SMALLEST) ** (this.level / 100));
  }

  choose(tool) {
    this.drop();
    this.tool = tool;
    this.board.dataset.tool = tool;
    this.#later();
    this.onshow();
  }

  resize(by) {
    this.level = Math.min(100, Math.max(0, this.level + by));
    this.#later();
    this.onshow();
  }

  isMoving() {
    return this.tool === "move" || this.isHeld;
  }

  hold(isHeld) {
    this.isHeld = isHeld;
    this.board.classList.toggle("held", isHeld);
  }

  // Gestures.

  begin(point, isTaking) {
    this.gesture = begin(this.tool, this.mask, this.size / 2, isTaking, point);
    this.#later();
  }

  move(point) {
    this.gesture?.move(point);
    this.#later();
  }

  end() {
    if (!this.gesture) return;
    this.gesture.end();
    this.gesture = null;
    this.#step();
  }

  /** Leave a gesture that has not ended as if it had never begun. */
  drop() {
    if (!this.gesture) return;
    this.gesture = null;
    this.mask.runs = this.history.current;
    this.#later();
  }

  point(point) {
    this.pointer = point;
    this.cursor = null;
    this.#later();
  }

  leave() {
    this.pointer = null;
    this.#later();
  }

  // The keyboard's cursor.

  hasCursor() {
    return this.cursor !== null || this.pointer === null;
  }

  moveCursor(dx, dy) {
    const { width, height } = this.mask;
    const from = this.#cursor();
    this.cursor = {
      x: Math.min(width, Math.max(0, from.x + dx / this.view.scale)),
      y: Math.min(height, Math.max(0, from.y + dy / this.view.scale)),
    };
    this.view.reveal(this.cursor);
    this.move(this.cursor);
  }

  pressCursor() {
    this.cursor = this.#cursor();
    if (this.gesture) this.end();
    else if (this.tool !== "move") this.begin(this.cursor, false);
  }

  #cursor() {
    return this.cursor ?? this.pointer ?? { x: this.mask.width / 2, y: this.mask.height / 2 };
  }

  // Steps.

  undo() {
    this.#go(() => this.history.undo());
  }

  redo() {
    this.#go(() => this.history.redo());
  }

  invert() {
    this.drop();
    this.mask.invert();
    this.#step();
  }

  clear() {
    this.drop();
    if (this.share === 0) return;
    this.mask.runs = [];
    this.#step();
  }

  #go(where) {
    this.drop();
    this.mask.runs = where();
    this.#stepped();
  }

  #step() {
    this.history.add(this.mask.runs);
    this.#stepped();
  }

  #stepped() {
    this.share = share(this.history.current);
    this.#later();
    this.onstep();
  }

  // Showing: once for each frame, however much happened in it.

  #later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.tint.show(this.isMoved);
      this.isMoved = false;
      const at = this.cursor ?? this.pointer;
      const isBrush = this.tool === "brush" || this.tool === "eraser";
      this.guide.draw({
        outline: this.gesture?.outline ?? null,
        rim: at && isBrush && !this.isMoving() ? { point: at, radius: this.size / 2 } : null,
        cursor: this.cursor,
      });
      this.onshow();
    });
  }
}
