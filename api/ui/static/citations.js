/** Citations of an answer: chips in its text, and the passages they open in place. */

import { get } from "./api.js";
import { el, marked } from "./dom.js";
import { articleLink, provenance } from "./results.js";
import { paragraphs, pieces, Text } from "./text.js";

const MARKER = /(\[\d+\])/;

/** What an answer rests on: the passages that were read, and what of them is cited. */
export class Sources {
  #passages = new Map();
  #citations = [];

  /** Take in the passages that the answer is made from. */
  read(passages) {
    this.#passages = new Map(passages.map((passage) => [passage.n, passage]));
  }

  /** Take in a citation. */
  cite(citation) {
    this.#citations.push(citation);
  }

  /** Forget the citations: the answer begins anew. */
  startAnew() {
    this.#citations = [];
  }

  /** Take in all of an answer that is whole. */
  complete({ passages, citations }) {
    this.read(passages);
    this.#citations = citations;
  }

  /** The passage under a number; undefined where there is none. */
  passage(n) {
    return this.#passages.get(n);
  }

  /** What the marker at this place of the answer refers to: a sentence, or at least a passage. */
  at(place, n) {
    return this.#citations.find(({ marker }) => marker.start === place) ?? this.passage(n);
  }

  /** The first citation of every number, in the order of the numbers. */
  get cited() {
    const first = new Map();
    for (const citation of this.#citations) {
      if (!first.has(citation.n)) first.set(citation.n, citation);
    }
    return [...first.values()].sort((one, other) => one.n - other.n);
  }
}

/** A stretch of an answer that begins at code point `base`, its markers as chips. */
export function citedText(text, base, context) {
  let at = base;
  return text.split(MARKER).map((part) => {
    const place = at;
    at += new Text(part).length;
    const n = MARKER.test(part) ? Number(part.slice(1, -1)) : null;
    return n !== null && context.sources.passage(n) ? chip(n, place, context) : part;
  });
}

function chip(n, place, context) {
  const { article } = context.sources.passage(n);
  const label = `Source ${n}: ${article.source ?? article.title}`;
  const open = (event) =>
    toggle(event.currentTarget, label, () => [
      quoted({ n, ...context.sources.at(place, n) }, context),
    ]);
  const attributes = { class: "cite", "aria-expanded": "false", "aria-label": label, title: label };
  return el("button", { type: "button", ...attributes, click: open }, String(n));
}

/** Open what `build` makes under the sentence of a button, or close it; one at a time is open. */
export function toggle(button, label, build) {
  const wasOpen = button.getAttribute("aria-expanded") === "true";
  const answer = button.closest(".answer");
  closeEvidence(answer);
  if (wasOpen) return;
  button.setAttribute("aria-expanded", "true");
  const panel = el("div", { class: "evidence", role: "group", "aria-label": label }, build());
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeEvidence(answer);
    button.focus();
  });
  (button.closest(".sentence") ?? button).after(panel);
}

/** Close what is open in an answer. */
export function closeEvidence(answer) {
  answer.querySelector(".evidence")?.remove();
  for (const open of answer.querySelectorAll("[aria-expanded=true]")) {
    open.setAttribute("aria-expanded", "false");
  }
}

/** A cited sentence within its passage, with where it is from and a link to it. */
export function quoted(cited, { sources, state }) {
  const { n, article, text } = cited;
  const quote = el("blockquote", { lang: article.language }, text ? el("mark", {}, text) : "…");
  fill(quote, cited, sources.passage(n) ?? cited);
  return el(
    "figure",
    {},
    quote,
    el(
      "figcaption",
      {},
      articleLink(state, article, cited, article.title, { lang: article.language }),
      provenance(article),
    ),
  );
}

/** Put the paragraph of a sentence around it, as far as the passage goes, once it is there. */
async function fill(quote, cited, passage) {
  try {
    const { text } = await get(`/articles/${encodeURIComponent(cited.article.id)}`);
    const own = paragraphs(text).filter(({ start, end }) => start < cited.end && cited.start < end);
    const start = Math.min(cited.start, Math.max(passage.start, own[0].start));
    const end = Math.max(cited.end, Math.min(passage.end, own.at(-1).end));
    const around = new Text(text).slice(start, end);
    quote.replaceChildren(...marked(pieces(around, start, [cited])));
  } catch (error) {
    // The sentence itself is there already.
    if (error.detail === undefined) throw error;
  }
}
