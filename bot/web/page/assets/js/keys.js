// The keyboard: tools by letter, and a cursor that draws without any pointer.

const STEP = 6; // screen pixels for one arrow key
const LARGE_STEP = 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOOLS = { b: "brush", e: "eraser", r: "rectangle", l: "lasso", m: "move" };

/**
 * Tell the easel what keys say.
 * @param board the element that the cursor lives on
 * @param easel what `main` builds
 */
export function takeKeys(board, easel) {
  const commands = {
    i: () => easel.invert(),
    Delete: () => easel.clear(),
    Backspace: () => easel.clear(),
    "[": () => easel.resize(-4),
    "]": () => easel.resize(4),
    "+": () => easel.view.zoom(1.25),
    "=": () => easel.view.zoom(1.25),
    "-": () => easel.view.zoom(0.8),
    0: () => easel.view.fit(),
  };

  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key === "Enter") return act(event, () => easel.send());
    if (document.querySelector("dialog[open]") || event.target.closest("textarea, input")) return undefined;
    if (isCommand && key === "z") return act(event, () => (event.shiftKey ? easel.redo() : easel.undo()));
    if (isCommand && key === "y") return act(event, () => easel.redo());
    if (isCommand || event.altKey) return undefined;
    if (TOOLS[key]) return act(event, () => easel.choose(TOOLS[key]));
    if (commands[key]) return act(event, commands[key]);
    return undefined;
  });

  board.addEventListener("keydown", (event) => {
    if (event.target !== board || event.ctrlKey || event.metaKey) return;
    if (ARROWS[event.key]) {
      const step = event.shiftKey ? LARGE_STEP : STEP;
      act(event, () => easel.moveCursor(...ARROWS[event.key].map((way) => way * step)));
    } else if (event.key === "Enter" || (event.key === " " && easel.hasCursor())) {
      act(event, () => !event.repeat && easel.pressCursor());
    } else if (event.key === " ") {
      act(event, () => easel.hold(true));
    } else if (event.key === "Escape") {
      act(event, () => easel.drop());
    }
  });
  board.addEventListener("keyup", (event) => event.key === " " && easel.hold(false));
  board.addEventListener("blur", () => easel.hold(false));
}

function act(event, what) {
  event.preventDefault();
  what();
}
