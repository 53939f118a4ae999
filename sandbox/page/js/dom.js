// Building and reconciling elements; the only place that knows how attributes are set.

import { t } from "./words.js";

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "multiple", "required", "muted"]);

/** An element with attributes, listeners (`onclick`) and children; null and false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    set(element, name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "style") setStyle(element, value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

// Through the object model: the content policy forbids style attributes.
function setStyle(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon from path data on a 24 x 24 grid, drawn with the current text colour. */
export function icon(paths, { fill = false } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", fill ? "icon filled" : "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const data of [paths].flat()) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}

/** Make `nodes` the children of `parent`, touching only what differs, so that focus and pictures stay. */
export function arrange(parent, nodes) {
  nodes.forEach((node, index) => {
    const current = parent.children[index];
    if (current !== node) parent.insertBefore(node, current ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

/** Replace `previous` by `next`, keeping pictures that are loaded, films that play and the focused control. */
export function replaceKeeping(previous, next) {
  const focusKey = previous.contains(document.activeElement) && document.activeElement.dataset.key;
  const loaded = new Map([...previous.querySelectorAll("img")].map((image) => [image.src, image]));
  for (const image of next.querySelectorAll("img")) {
    const old = loaded.get(image.src);
    if (!old) continue;
    loaded.delete(image.src);
    old.className = image.className;
    image.replaceWith(old);
  }
  const playing = new Map([...previous.querySelectorAll("video")].map((film) => [film.dataset.key, film]));
  for (const film of next.querySelectorAll("video")) {
    if (playing.has(film.dataset.key)) film.replaceWith(playing.get(film.dataset.key));
  }
  previous.replaceWith(next);
  if (focusKey) next.querySelector(`[data-key="${CSS.escape(focusKey)}"]`)?.focus();
}

/** The readable size of a file. */
export function fileSize(bytes) {
  if (bytes < 1024) return t("{count} bytes", { count: bytes });
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
