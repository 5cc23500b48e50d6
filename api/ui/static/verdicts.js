/** An answer that has been checked: a mark at every sentence, in words and not by colour alone. */

import { citedText, quoted, toggle } from "./citations.js";
import { el, icon } from "./dom.js";
import { Text } from "./text.js";
import { percent } from "./words.js";

const VERDICTS = {
  supported: ["Supported", "The sources say so."],
  partial: ["Partly supported", "The sources say some of it."],
  unsupported: ["Not supported", "The sources named do not say so."],
  contradicted: ["Contradicted", "The sources say otherwise."],
  uncited: ["No source", "No source is named for this."],
};

/** The text of an answer as nodes: its sentences with chips, each followed by its verdict. */
export function checked({ answer, sentences }, context) {
  const text = new Text(answer);
  if (!sentences.length) return citedText(answer, 0, context);
  // A marker after its sentence belongs with it: each goes on to where the next begins.
  const ends = [...sentences.slice(1).map(({ start }) => start), text.length];
  return [
    ...citedText(text.slice(0, sentences[0].start), 0, context),
    ...sentences.map((one, at) =>
      sentence(one, text.slice(one.start, ends[at]), context),
    ),
  ];
}

function sentence(one, text, context) {
  const ended = text.trimEnd();
  return el(
    "span",
    { class: "sentence", "data-verdict": one.verdict },
    citedText(ended, one.start, context),
    "\u00a0",
    mark(one, context),
    text.slice(ended.length) || " ",
  );
}

function mark(one, context) {
  const [words, meaning] = VERDICTS[one.verdict];
  const open = (event) =>
    toggle(event.currentTarget, `${words}: why`, () => reasons(one, meaning, context));
  return el(
    "button",
    { type: "button", class: "verdict", "aria-expanded": "false", click: open },
    icon(one.verdict),
    words,
  );
}

function reasons({ support, evidence, problems }, meaning, context) {
  const estimate = support === null ? "" : ` Estimated probability: ${percent(support)}.`;
  return [
    el("p", {}, `${meaning}${estimate}`),
    problems.length ? el("ul", {}, problems.map((words) => el("li", {}, words))) : null,
    ...evidence.map((one) => quoted(asCited(one), context)),
  ];
}

function asCited({ n, article_id: id, title, source, ...span }) {
  return { n, article: { id, title, source, published_at: null }, ...span };
}
