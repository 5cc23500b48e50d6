/** The conversation: questions in the URL, answers streamed from the server. */

import { Problem, send } from "./api.js";
import { byId, el } from "./dom.js";
import { failure } from "./search.js";
import { events } from "./sse.js";
import { conditions, filtered } from "./state.js";
import { Turn } from "./turn.js";

/** The chat panel of the page; `go` is called with what is asked. */
export class Chat {
  #go;
  #turns = [];
  // Going back and forward asks nothing twice: turns by the questions up to theirs.
  #known = new Map();
  #state = null;
  #running = null;

  constructor(go) {
    this.#go = go;
    byId("ask").addEventListener("submit", (event) => this.#submit(event));
    byId("question").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      byId("ask").requestSubmit();
    });
    byId("stop").addEventListener("click", () => this.#running?.abort.abort());
    byId("ask-same").addEventListener("click", () => this.#ask(this.#state.q));
    byId("chat-new").addEventListener("click", () => {
      go({ ask: [] });
      byId("question").focus();
    });
  }

  /** Have the conversation shown be that of `state`; what has no answer yet is asked, in order. */
  async sync(state) {
    this.#state = state;
    byId("within").hidden = !filtered(state);
    byId("chat-new").hidden = !state.ask.length;
    byId("chat-lead").hidden = Boolean(state.ask.length);
    byId("ask-same").hidden = !state.q || state.ask.includes(state.q);
    const keys = state.ask.map((_, at) => JSON.stringify(state.ask.slice(0, at + 1)));
    if (keys.join() === this.#turns.map((turn) => turn.key).join()) return;
    this.#turns = keys.map((key, at) => this.#turn(key, state, at));
    byId("turns").replaceChildren(...this.#turns.map((turn) => turn.element));
    this.#leave();
    await this.#answerAll();
  }

  /** Break off an answer whose question is gone; it is asked anew when it is come back to. */
  #leave() {
    if (!this.#running || this.#turns.includes(this.#running.turn)) return;
    this.#known.delete(this.#running.turn.key);
    this.#running.abort.abort();
  }

  /** Answer what has no answer yet, in order; who is at it already goes on with what has come. */
  async #answerAll() {
    if (this.#running) return;
    for (;;) {
      const next = this.#turns.find((turn) => !turn.ended);
      if (!next) return;
      await this.#answer(next);
    }
  }

  #submit(event) {
    event.preventDefault();
    const question = byId("question").value.trim();
    if (!question || this.#running) return;
    byId("question").value = "";
    this.#ask(question);
  }

  #ask(question) {
    if (this.#running) return;
    this.#go({ ask: [...this.#state.ask, question], view: "ask" });
  }

  #turn(key, state, at) {
    const found = this.#known.get(key) ?? new Turn(key, state.ask[at], state);
    this.#known.set(key, found);
    return found;
  }

  async #answer(turn) {
    const abort = new AbortController();
    this.#begin({ turn, abort });
    turn.begin();
    byId("turns").scrollTop = byId("turns").scrollHeight;
    try {
      await this.#stream(turn, abort.signal);
    } catch (error) {
      if (error.name === "AbortError") turn.stop();
      else turn.fail(failure(error, () => this.#again(turn)));
    }
    this.#begin(null);
    byId("chat-status").textContent = turn.summary;
  }

  #again(turn) {
    turn.begin();
    return this.#answerAll();
  }

  #begin(running) {
    this.#running = running;
    byId("stop").hidden = !running;
    byId("ask").querySelector("[type=submit]").disabled = Boolean(running);
    if (running) byId("chat-status").textContent = "Answering…";
  }

  async #stream(turn, signal) {
    const body = { ...this.#messages(turn), ...conditions(this.#state), stream: true };
    const response = await send("/answers", body, signal);
    for await (const { type, data } of events(response.body)) {
      const event = JSON.parse(data);
      if (type === "error") throw Problem.of(event);
      turn.take(type, event);
    }
    if (!turn.ended) {
      throw new Problem("The answer broke off", "The connection ended before it was whole.");
    }
  }

  #messages(turn) {
    const before = this.#turns.slice(0, this.#turns.indexOf(turn));
    if (!before.length) return { query: turn.question };
    const said = before.flatMap(({ question, text }) => [
      { role: "user", content: question },
      ...(text ? [{ role: "assistant", content: text }] : []),
    ]);
    return { messages: [...said, { role: "user", content: turn.question }] };
  }
}
