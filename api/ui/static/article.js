/** An article to read, with the span that led to it marked. */

import { get, post } from "./api.js";
import { byId, el, marked, outward } from "./dom.js";
import { openDrawer } from "./explain.js";
import { articleLink, provenance } from "./results.js";
import { failure } from "./search.js";
import { conditions } from "./state.js";
import { paragraphs, pieces, Text } from "./text.js";
import { day } from "./words.js";

const RELATED = 5;

/** The article view of the page. */
export class ArticleView {
  #key = "";
  #running = null;

  /** Have the article shown be that of `state`, marked at its span. */
  async sync(state) {
    const key = JSON.stringify([state.article, state.start, state.end]);
    if (key === this.#key) return;
    this.#key = key;
    this.#running?.abort();
    if (!state.article) return;
    this.#running = new AbortController();
    await this.#open(state, this.#running.signal);
  }

  async #open(state, signal) {
    const place = byId("article");
    const path = `/articles/${encodeURIComponent(state.article)}`;
    place.setAttribute("aria-busy", "true");
    try {
      const article = await get(path, signal);
      document.title = `${article.title} · Dateline`;
      place.replaceChildren(...parts(article, state));
      arrive(place);
      place.append(await related(state, path, signal));
    } catch (error) {
      if (error.name === "AbortError") return;
      const again = () => this.#open(state, signal);
      place.replaceChildren(back(state), failure(error, again));
    }
    place.setAttribute("aria-busy", "false");
  }
}

function parts(article, state) {
  const text = new Text(article.text);
  const span = spanIn(text, state);
  const title = el("h1", { id: "article-title", tabindex: "-1" }, article.title);
  title.lang = article.language ?? "";
  return [
    back(state),
    provenance(article),
    title,
    byline(article),
    state.start !== null && !span
      ? el("p", { class: "notice" }, "The article has changed: the place this link led to is gone.")
      : null,
    body(article, text, span),
    el("div", { class: "foot" }, outward(article.url, "Original"), standing(article, state)),
    el("p", { class: "citation small" }, article.citation),
  ].filter(Boolean);
}

function spanIn(text, { start, end }) {
  return start !== null && end !== null && start < end && end <= text.length
    ? { start, end }
    : null;
}

function byline({ authors, dateline, updated_at: updated }) {
  const words = [
    authors.length ? `By ${authors.join(", ")}` : null,
    dateline,
    updated ? `Updated ${day(updated)}` : null,
  ].filter(Boolean);
  return words.length ? el("p", { class: "byline" }, words.join(" · ")) : null;
}

/** The text in paragraphs; what is between them is there too, so that it is the text as it is. */
function body(article, text, span) {
  const spans = span ? [span] : [];
  const blocks = paragraphs(article.text).map(({ start, end, between }) => {
    const own = text.slice(start, end);
    return between ? own : el("p", {}, marked(pieces(own, start, spans)));
  });
  return el("div", { class: "text", lang: article.language }, blocks);
}

function arrive(place) {
  const mark = place.querySelector(".text mark");
  const target = mark ?? byId("article-title");
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  if (mark) mark.scrollIntoView({ block: "center" });
  else scrollTo(0, 0);
}

function back(state) {
  const words = state.q ? `Back to “${state.q}”` : "Back to the front page";
  return el("p", {}, articleLink(state, { id: "" }, null, `← ${words}`, { class: "back" }));
}

function standing(article, state) {
  if (!state.q) return null;
  const tell = async () => {
    const held = conditions(state);
    const asked = { query: state.q, article_id: article.id, collapse: "article", ...held };
    const title = `This article, asked for “${state.q}”`;
    try {
      const { message } = await post("/search/why-not", asked);
      openDrawer(title, el("p", {}, message));
    } catch (error) {
      openDrawer(title, failure(error, tell));
    }
  };
  return el("button", { type: "button", class: "quiet", click: tell }, "Its place in the search");
}

async function related(state, path, signal) {
  const { hits } = await get(`${path}/similar?limit=${RELATED}`, signal);
  if (!hits.length) return "";
  const items = hits.map((hit) =>
    el(
      "li",
      {},
      provenance(hit.article),
      el(
        "h3",
        { class: "headline", lang: hit.article.language },
        articleLink(state, hit.article, hit.passage, hit.article.title),
      ),
    ),
  );
  return el(
    "section",
    { class: "related", "aria-labelledby": "related-title" },
    el("h2", { id: "related-title" }, "Related reading"),
    el("ol", {}, items),
  );
}
