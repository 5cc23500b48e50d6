/** What is shown before anything is asked: what there is, newest first. */

import { get } from "./api.js";
import { byId, el } from "./dom.js";
import { articleLink, provenance } from "./results.js";
import { failure } from "./search.js";
import { counted } from "./words.js";

const NEWEST = 8;

/** The newest articles, asked for once. */
export class Home {
  #asked = false;

  /** Fill the front page, unless that has been done. */
  async sync(state) {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { articles, total } = await get(`/articles?limit=${NEWEST}`);
      byId("home").replaceChildren(...parts(articles, total.value, state));
    } catch (error) {
      const again = () => {
        this.#asked = false;
        return this.sync(state);
      };
      byId("home").replaceChildren(failure(error, again));
    }
  }
}

function parts(articles, count, state) {
  const items = articles.map((article) =>
    el(
      "li",
      {},
      provenance(article),
      el(
        "h3",
        { class: "headline", lang: article.language },
        articleLink(state, article, null, article.title),
      ),
    ),
  );
  return [
    el("h1", {}, "Search the news, and see where every word comes from"),
    el(
      "p",
      { class: "lead" },
      `Ask in plain words. ${counted(count, "article")} can answer, each passage with its source,`,
      " its date and its place in the article. Where nothing answers, that is said.",
    ),
    el("h2", {}, "Newest in the index"),
    el("ol", { class: "front" }, items),
  ];
}
