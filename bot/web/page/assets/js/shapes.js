// Shapes as rows of whole pixels: a pixel belongs to a shape when its centre does, so edges are hard. No page here.
//
// Each function calls `span(y, from, to)` for every row it covers, `to` included; rows may reach over the picture's edge.

const first = (left) => Math.ceil(left - 0.5);
const last = (right) => Math.floor(right - 0.5);

/** A stroke of the brush from one point to another: all within `radius` of the line between them. */
export function stroke(a, b, radius, span) {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const across = length ? { x: (-(b.y - a.y) / length) * radius, y: ((b.x - a.x) / length) * radius } : null;
  const sides = across && [
    { x: a.x + across.x, y: a.y + across.y },
    { x: b.x + across.x, y: b.y + across.y },
    { x: b.x - across.x, y: b.y - across.y },
    { x: a.x - across.x, y: a.y - across.y },
  ];
  const end = last(Math.max(a.y, b.y) + radius);
  for (let y = first(Math.min(a.y, b.y) - radius); y <= end; y++) {
    const row = { left: Infinity, right: -Infinity };
    widenByCircle(row, a, radius, y + 0.5);
    widenByCircle(row, b, radius, y + 0.5);
    if (sides) widenByEdges(row, sides, y + 0.5);
    if (row.left <= row.right) span(y, first(row.left), last(row.right));
  }
}

function widenByCircle(row, centre, radius, y) {
  const square = radius * radius - (y - centre.y) ** 2;
  if (square < 0) return;
  const half = Math.sqrt(square);
  row.left = Math.min(row.left, centre.x - half);
  row.right = Math.max(row.right, centre.x + half);
}

function widenByEdges(row, corners, y) {
  for (const x of crossings(corners, y)) {
    row.left = Math.min(row.left, x);
    row.right = Math.max(row.right, x);
  }
}

/** Where the edges of a polygon cross the height of a row. */
function crossings(corners, y) {
  const found = [];
  for (let at = 0; at < corners.length; at++) {
    const a = corners[at];
    const b = corners[(at + 1) % corners.length];
    if (a.y <= y !== b.y <= y) found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  return found;
}

/** The rectangle between two corners. */
export function rectangle(a, b, span) {
  const end = last(Math.max(a.y, b.y));
  for (let y = first(Math.min(a.y, b.y)); y <= end; y++) {
    span(y, first(Math.min(a.x, b.x)), last(Math.max(a.x, b.x)));
  }
}

/** What a closed line encloses; where it crosses itself, every second part is outside. */
export function polygon(corners, span) {
  const heights = corners.map((corner) => corner.y);
  const end = last(Math.max(...heights));
  for (let y = first(Math.min(...heights)); y <= end; y++) {
    const found = crossings(corners, y + 0.5).sort((one, other) => one - other);
    for (let at = 0; at + 1 < found.length; at += 2) span(y, first(found[at]), last(found[at + 1]));
  }
}
