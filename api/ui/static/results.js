/** Hits, as a list to read. */

import { byId, el, marked, outward } from "./dom.js";
import { explain } from "./explain.js";
import { address } from "./state.js";
import { pieces } from "./text.js";
import { counted, day, language, likelihood, percent } from "./words.js";

/** Put `hits` at the end of the list, in the place of what is there unless they go on with it. */
export function show(hits, state, goesOn) {
  const items = hits.map((hit) => item(hit, state));
  if (goesOn) byId("hits").append(...items);
  else byId("hits").replaceChildren(...items);
}

/** What holds while an answer is awaited: grey lines, of which a screen reader hears nothing. */
export function placeholders() {
  const line = () => el("li", { class: "placeholder", "aria-hidden": "true" });
  byId("hits").replaceChildren(line(), line(), line());
}

/** Where an article is read, with the span that is to be marked in it. */
export function articleLink(state, article, span, words, attributes = {}) {
  const { start, end } = span ?? { start: null, end: null };
  const href = address({ ...state, article: article.id, start, end });
  return el("a", { href, "data-go": "article", ...attributes }, words);
}

/** Source, date, section and language of an article, in a line. */
export function provenance(article) {
  const parts = [
    el("span", { class: "source" }, article.source ?? "Source unknown"),
    article.published_at
      ? el("time", { datetime: article.published_at }, day(article.published_at))
      : "Undated",
    article.section,
    article.language && article.language !== "en" ? language(article.language) : null,
  ].filter(Boolean);
  return el("p", { class: "provenance" }, parts.flatMap((part, at) => (at ? [" · ", part] : part)));
}

function item(hit, state) {
  const { article, passage, highlights } = hit;
  const title = el(
    "h2",
    { class: "headline", lang: article.language },
    articleLink(state, article, highlights[0] ?? passage, article.title),
  );
  const text = el(
    "p",
    { class: "passage", lang: article.language },
    marked(pieces(passage.text, passage.start, highlights)),
  );
  return el(
    "li",
    { class: "hit" },
    el(
      "article",
      { "data-passage": passage.id },
      provenance(article),
      title,
      text,
      foot(hit),
      further(hit, state),
    ),
  );
}

function foot(hit) {
  return el(
    "div",
    { class: "foot" },
    relevance(hit.relevance),
    hit.explanation &&
      el("button", { type: "button", class: "quiet", click: () => explain(hit) }, "Why this place"),
    outward(hit.article.url, "Original"),
  );
}

function relevance(share) {
  if (share === null) return null;
  const gauge = el("meter", { min: 0, max: 1, value: share, "aria-label": "Relevance" });
  return el("span", { class: "relevance" }, gauge, `${likelihood(share)}, ${percent(share)}`);
}

function further(hit, state) {
  if (!hit.collapsed?.length) return null;
  const listed = hit.collapsed.map((passage) =>
    el(
      "li",
      { lang: hit.article.language },
      passage.text,
      " ",
      articleLink(state, hit.article, passage, "Read there", { class: "there" }),
    ),
  );
  const words = counted(listed.length, "further passage");
  return el(
    "details",
    { class: "further" },
    el("summary", {}, `${words} of this article`),
    el("ol", {}, listed),
  );
}
