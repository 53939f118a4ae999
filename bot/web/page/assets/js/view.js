// Where the picture stands on the board, and how large: zoom and move.

const LARGEST = 16; // screen pixels for one of the picture
const MARGIN = 24; // screen pixels around the whole picture
const CRISP_FROM = 3; // from this scale on single pixels are shown as squares

export class View {
  constructor(board, stage, picture) {
    this.board = board;
    this.stage = stage;
    this.picture = picture;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.isWhole = true; // the whole picture is shown, whatever size the board takes
    this.onchange = () => {};
    new ResizeObserver(() => (this.isWhole ? this.fit() : this.#apply())).observe(board);
  }

  /** Show the whole picture, in the middle. */
  fit() {
    const { clientWidth, clientHeight } = this.board;
    const margin = Math.min(MARGIN, clientWidth / 20);
    this.scale = this.#whole(margin);
    this.x = (clientWidth - this.picture.width * this.scale) / 2;
    this.y = (clientHeight - this.picture.height * this.scale) / 2;
    this.isWhole = true;
    this.#apply();
  }

  /** Zoom by a factor; the point of the board under `x`, `y` (client coordinates) stays where it is. */
  zoom(factor, x, y) {
    const box = this.board.getBoundingClientRect();
    const at = { x: (x ?? box.left + box.width / 2) - box.left, y: (y ?? box.top + box.height / 2) - box.top };
    const smallest = Math.min(1, this.#whole(0) / 2);
    const scale = Math.min(LARGEST, Math.max(smallest, this.scale * factor));
    this.x = at.x - ((at.x - this.x) / this.scale) * scale;
    this.y = at.y - ((at.y - this.y) / this.scale) * scale;
    this.scale = scale;
    this.isWhole = false;
    this.#apply();
  }

  /** Move the picture by screen pixels. */
  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.isWhole = false;
    this.#apply();
  }

  /** Bring a point of the picture into sight. */
  reveal(point) {
    const at = this.toBoard(point);
    const room = 40;
    const dx = Math.max(room - at.x, 0) || Math.min(this.board.clientWidth - room - at.x, 0);
    const dy = Math.max(room - at.y, 0) || Math.min(this.board.clientHeight - room - at.y, 0);
    if (dx || dy) this.move(dx, dy);
  }

  /** A point of the window, in the picture's pixels. */
  toPicture(event) {
    const box = this.board.getBoundingClientRect();
    return { x: (event.clientX - box.left - this.x) / this.scale, y: (event.clientY - box.top - this.y) / this.scale };
  }

  /** A point of the picture, in pixels of the board. */
  toBoard(point) {
    return { x: point.x * this.scale + this.x, y: point.y * this.scale + this.y };
  }

  #whole(margin) {
    const { clientWidth, clientHeight } = this.board;
    const across = (clientWidth - 2 * margin) / this.picture.width;
    const down = (clientHeight - 2 * margin) / this.picture.height;
    return Math.max(0.01, Math.min(across, down));
  }

  #apply() {
    const { width, height } = this.picture;
    const room = 60; // so much of the picture always stays in sight
    this.x = Math.min(this.board.clientWidth - room, Math.max(room - width * this.scale, this.x));
    this.y = Math.min(this.board.clientHeight - room, Math.max(room - height * this.scale, this.y));
    this.stage.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("crisp", this.scale >= CRISP_FROM);
    this.onchange();
  }
}
