/** The drawer, and in it how a hit came by its place. */

import { byId, el } from "./dom.js";
import { percent } from "./words.js";

const SIGNALS = {
  cosine: "The passage, by meaning",
  mean_cosine: "The whole article, by meaning",
  coverage: "How much of the question its words cover",
  lexical: "The passage, by words (BM25)",
  within: "The question's words across the article",
};

/** Open the drawer on `content`; Escape closes it, and the focus goes back to where it was. */
export function openDrawer(title, ...content) {
  byId("drawer-title").textContent = title;
  byId("drawer-body").replaceChildren(...content.filter(Boolean));
  byId("drawer").showModal();
  byId("drawer-title").focus();
}

/** Have the button and a click beside the drawer close it, as Escape does. */
export function prepareDrawer() {
  const drawer = byId("drawer");
  byId("drawer-close").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
}

/** Open the drawer on the explanation of a hit. */
export function explain(hit) {
  const { explanation, article } = hit;
  openDrawer(
    `Why this is number ${hit.rank}`,
    el("p", { class: "headline", lang: article.language }, article.title),
    hit.relevance !== null &&
      el("p", {}, `It answers with a probability of about ${percent(hit.relevance)}, estimated.`),
    explanation.signals.length ? table(explanation) : null,
    el("ul", {}, remarks(explanation).map((words) => el("li", {}, words))),
  );
}

function table({ signals, fused }) {
  const most = Math.max(...signals.map((signal) => Math.abs(signal.part)), 0.000001);
  const rows = signals.map(({ name, value, weight, part }) => {
    const bar = el("span", { class: "bar" });
    bar.style.inlineSize = `${(Math.max(part, 0) / most) * 100}%`;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, SIGNALS[name] ?? name, bar),
      el("td", {}, value.toFixed(3)),
      el("td", {}, weight.toFixed(2)),
      el("td", {}, part.toFixed(3)),
    );
  });
  const heads = ["What was measured", "Value", "Weight", "Part"];
  return el(
    "table",
    { class: "signals" },
    el("thead", {}, el("tr", {}, heads.map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, rows),
    el(
      "tfoot",
      {},
      el("tr", {}, el("th", { scope: "row", colspan: 3 }, "Score"), el("td", {}, fused.toFixed(3))),
    ),
  );
}

function remarks({ dense_rank: dense, lexical_rank: lexical, reranked_from: before, recency }) {
  const place = (rank, by) =>
    rank === null ? `Not among the first ${by}.` : `Number ${rank} ${by}.`;
  return [
    place(dense, "by meaning alone"),
    place(lexical, "by words alone"),
    before === null ? null : `Number ${before} before the reranker.`,
    recency === null ? null : `For its age, its score counts ${percent(recency)}.`,
  ].filter(Boolean);
}
