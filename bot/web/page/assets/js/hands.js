// Mouse, pen and fingers on the board.

const WHEEL_STEP = 0.0016; // zoom for one unit of the wheel
const PEN_ERASER = 32; // in `buttons`

/**
 * Tell the easel what hands do.
 * @param board the element that they do it on
 * @param easel {begin, move, end, drop, point, leave, view, isMoving}
 */
export function takeHands(board, easel) {
  const fingers = new Map(); // touches on the board, by pointer id
  let drawing = null; // id of the pointer that draws
  let dragging = null; // {id, x, y} of the pointer that moves the picture

  board.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    event.preventDefault();
    board.focus({ preventScroll: true, focusVisible: false });
    board.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, event);
      if (fingers.size > 1) {
        if (drawing !== null) easel.drop();
        drawing = dragging = null;
        return;
      }
    }
    if (drawing !== null || dragging) return;
    if (event.button === 1 || easel.isMoving()) {
      dragging = { id: event.pointerId, x: event.clientX, y: event.clientY };
      board.classList.add("dragging");
    } else {
      drawing = event.pointerId;
      const isTaking = event.altKey || event.button === 2 || Boolean(event.buttons & PEN_ERASER);
      easel.begin(easel.view.toPicture(event), isTaking);
    }
  });

  board.addEventListener("pointermove", (event) => {
    if (fingers.size > 1 && fingers.has(event.pointerId)) {
      pinch(event);
    } else if (drawing === event.pointerId) {
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) easel.move(easel.view.toPicture(step));
    } else if (dragging?.id === event.pointerId) {
      easel.view.move(event.clientX - dragging.x, event.clientY - dragging.y);
      dragging = { id: event.pointerId, x: event.clientX, y: event.clientY };
    }
    if (event.pointerType !== "touch") easel.point(easel.view.toPicture(event));
  });

  const finish = (event) => {
    fingers.delete(event.pointerId);
    if (drawing === event.pointerId) {
      drawing = null;
      if (event.type === "pointerup") easel.end();
      else easel.drop();
    }
    if (dragging?.id === event.pointerId) {
      dragging = null;
      board.classList.remove("dragging");
    }
  };
  board.addEventListener("pointerup", finish);
  board.addEventListener("pointercancel", finish);
  board.addEventListener("pointerleave", () => easel.leave());
  board.addEventListener("contextmenu", (event) => event.preventDefault());
  // Else browsers take a quick stroke for a fling, and the next tap, on Undo for example, for its end.
  const isOurs = (event) => event.target.closest("button") === null;
  board.addEventListener("touchstart", (event) => isOurs(event) && event.preventDefault(), { passive: false });
  board.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
      easel.view.zoom(Math.exp(-event.deltaY * lines * WHEEL_STEP), event.clientX, event.clientY);
    },
    { passive: false },
  );

  /** Two fingers hold the picture: it moves and grows with them. */
  function pinch(event) {
    const [one, other] = [...fingers.values()];
    const before = grip(one, other);
    fingers.set(event.pointerId, event);
    const now = grip(...fingers.values());
    easel.view.move(now.x - before.x, now.y - before.y);
    easel.view.zoom(now.span / before.span, now.x, now.y);
  }
}

function grip(one, other) {
  return {
    x: (one.clientX + other.clientX) / 2,
    y: (one.clientY + other.clientY) / 2,
    span: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
  };
}
