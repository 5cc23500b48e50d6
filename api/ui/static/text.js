/** Texts by code points: the API counts those, JavaScript counts UTF-16 units. */

/** A text that is cut by code points, without a copy of it where units and points agree. */
export class Text {
  #text;
  #points;

  constructor(text) {
    this.#text = text;
    this.#points = /[\ud800-\udfff]/.test(text) ? Array.from(text) : null;
  }

  /** How many code points it has. */
  get length() {
    return (this.#points ?? this.#text).length;
  }

  /** The code points from `start` up to, not including, `end`. */
  slice(start, end) {
    return this.#points ? this.#points.slice(start, end).join("") : this.#text.slice(start, end);
  }
}

/**
 * A text as pieces `{text, start, marked}` in their order: what lies in one of `spans` is marked.
 * The text begins at `base`; spans and starts count from where `base` does.
 */
export function pieces(text, base, spans) {
  const cut = new Text(text);
  const last = base + cut.length;
  const clipped = spans
    .map(({ start, end }) => ({ start: Math.max(start, base), end: Math.min(end, last) }))
    .filter(({ start, end }) => start < end)
    .sort((one, other) => one.start - other.start);
  const found = [];
  let at = base;
  const take = (end, marked) => {
    if (end > at) found.push({ text: cut.slice(at - base, end - base), start: at, marked });
    at = Math.max(at, end);
  };
  for (const { start, end } of clipped) {
    take(start, false);
    take(end, true);
  }
  take(last, false);
  return found;
}

/**
 * The paragraphs of a text and what is between them, as `{start, end, between}` in code points;
 * put together again they are the text. Where no line is blank, every line is a paragraph.
 */
export function paragraphs(text) {
  const breaks = /\n[^\S\n]*\n/.test(text) ? /\r?\n(?:[^\S\n]*\n)+/g : /[\r\n]+/g;
  const found = [];
  let unit = 0;
  let point = 0;
  const take = (upTo, between) => {
    if (upTo === unit) return;
    const end = point + new Text(text.slice(unit, upTo)).length;
    found.push({ start: point, end, between });
    [unit, point] = [upTo, end];
  };
  for (const match of text.matchAll(breaks)) {
    take(match.index, false);
    take(match.index + match[0].length, true);
  }
  take(text.length, false);
  return found;
}
