// Texts as Discord shows them: headings, what is bold and what is struck through.

import { el } from "../dom.js";

const MARKED = /(\*\*.+?\*\*|~~.+?~~)/;
const TAGS = { "**": "b", "~~": "s" };
const ESCAPED = /\\([\\*_~`|<>#[\]()-])/g;

/** The parts of a text, for the element that it stands in; lines stay lines. */
export function marked(text) {
  return text.split("\n").flatMap((line, number) => [number ? "\n" : "", ...partsOf(line)]);
}

function partsOf(line) {
  const [, heading] = line.match(/^#{1,3} (.+)/) ?? [];
  if (heading) return [el("b", {}, plain(heading))];
  return line.split(MARKED).map((part, number) => {
    const isMarked = number % 2 === 1; // what was split at stands between what lay around it
    return isMarked ? el(TAGS[part.slice(0, 2)], {}, plain(part.slice(2, -2))) : plain(part);
  });
}

const plain = (words) => words.replace(ESCAPED, "$1");
