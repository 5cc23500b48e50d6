/** One question and its answer, from the first word that comes to the last check. */

import { citedText, Sources } from "./citations.js";
import { el } from "./dom.js";
import { articleLink, provenance } from "./results.js";
import { Text } from "./text.js";
import { checked } from "./verdicts.js";
import { counted, degradations } from "./words.js";

/** A turn of the conversation; `element` shows it, `summary` says how it ended. */
export class Turn {
  ended = false;
  text = "";
  summary = "";
  #state;
  #sources;
  #answer = el("div", { class: "answer" });
  #after = el("div", { class: "after" });

  constructor(key, question, state) {
    this.key = key;
    this.question = question;
    this.#state = state;
    const you = el("span", { class: "hidden" }, "You asked: ");
    const asked = el("h3", { class: "asked" }, you, question);
    this.element = el("section", { class: "turn" }, asked, this.#answer, this.#after);
  }

  /** Begin, or begin again. */
  begin() {
    [this.ended, this.text, this.summary] = [false, "", ""];
    this.#sources = new Sources();
    this.#answer.replaceChildren();
    this.#after.replaceChildren(el("p", { class: "awaited" }, "Reading the articles…"));
    this.element.setAttribute("aria-busy", "true");
  }

  /** Take in an event of the stream; events of types that are not known are passed over. */
  take(type, event) {
    if (type === "search.completed") this.#read(event);
    else if (type === "answer.delta") this.#goOn(event);
    else if (type === "answer.citation") this.#sources.cite(event);
    else if (type === "answer.completed") this.#complete(event);
  }

  /** Show that it was stopped; what has come stays. */
  stop() {
    this.#end("Stopped.");
    const words = "Stopped before the answer was whole.";
    this.#after.replaceChildren(el("p", { class: "notice" }, words));
  }

  /** Show what went wrong. */
  fail(shown) {
    this.#end("");
    this.#after.replaceChildren(shown);
  }

  #read({ passages }) {
    this.#sources.read(passages);
    const words = `Read ${counted(passages.length, "passage")}; answering…`;
    this.#after.replaceChildren(el("p", { class: "awaited" }, words));
  }

  #goOn({ text, start }) {
    const before = new Text(this.text);
    if (start < before.length) this.#goBack(before.slice(0, start));
    this.#answer.append(...citedText(text, start, this.#context));
    this.text += text;
  }

  /** A model broke off: what it had begun is taken back. */
  #goBack(text) {
    this.text = text;
    this.#sources.startAnew();
    this.#answer.replaceChildren(...citedText(text, 0, this.#context));
  }

  get #context() {
    return { sources: this.#sources, state: this.#state };
  }

  #complete(answer) {
    this.text = answer.answer;
    this.#sources.complete(answer);
    this.#answer.replaceChildren(...checked(answer, this.#context));
    this.#after.replaceChildren(...this.#remarks(answer), ...this.#listed());
    const cited = counted(this.#sources.cited.length, "source");
    this.#end(answer.answerable === false ? "No answer." : `Answered, with ${cited}.`);
  }

  #remarks({ degraded, unknown_markers: unknown }) {
    const told = degradations(degraded);
    if (unknown.length) told.push(`${counted(unknown.length, "reference")} to no source removed.`);
    return told.map((words) => el("p", { class: "notice" }, words));
  }

  #listed() {
    if (!this.#sources.cited.length) return [];
    const items = this.#sources.cited.map((citation) =>
      el(
        "li",
        { value: citation.n },
        articleLink(this.#state, citation.article, citation, citation.article.title, {
          lang: citation.article.language,
        }),
        provenance(citation.article),
      ),
    );
    return [el("h4", {}, "Sources"), el("ol", { class: "sources" }, items)];
  }

  #end(summary) {
    this.ended = true;
    this.summary = summary;
    this.element.setAttribute("aria-busy", "false");
  }
}
