// Where each tile stands: rows of one height that fill the width, so that every picture keeps its shape. Pure functions.

export const GAP = 8;
const WIDEST = 3;
const NARROWEST = 0.5;

/** How tall rows are about: smaller on a phone, so that a row still has two pictures. */
export const heightFor = (width) => Math.max(120, Math.min(240, width / 4));

/** The shape of a tile, width by height; long ones are cut, so that one does not take a row for itself. */
export function shapeOf(entry) {
  const [picture] = entry.pictures;
  const shape = picture ? picture.width / picture.height : 1;
  return Math.min(WIDEST, Math.max(NARROWEST, shape));
}

/** Rows for entries of these shapes: each with its top, height, and the first entry and widths of its tiles. */
export function rowsOf(shapes, width) {
  const rows = [];
  const wanted = heightFor(width);
  let first = 0;
  let sum = 0;
  let top = 0;
  for (let number = 0; number < shapes.length; number += 1) {
    sum += shapes[number];
    const room = width - GAP * (number - first);
    const isLast = number === shapes.length - 1;
    if (sum * wanted < room && !isLast) continue;
    const height = Math.min(wanted * 1.4, room / sum);
    rows.push({ top, height, first, widths: shapes.slice(first, number + 1).map((shape) => shape * height) });
    top += height + GAP;
    first = number + 1;
    sum = 0;
  }
  return rows;
}

/** The rows that can be seen between two heights. */
export function seenOf(rows, from, to) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && rows[end].top < to) end += 1;
  return [low, end];
}
