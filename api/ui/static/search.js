/** The search: what is asked of the server, and what becomes of its answer. */

import { post } from "./api.js";
import { byId, el } from "./dom.js";
import { held, showFilters } from "./filters.js";
import { placeholders, show } from "./results.js";
import { conditions, FILTERS, filtered, PAGE, searched, unfiltered } from "./state.js";
import { counted, degradations, REASONS } from "./words.js";

const FACETS = [...FILTERS, "month"];
const NONE = { key: "", cursor: null, count: 0, running: null };

/** A search for what the state says; `go` is called with what a reader changes of the state. */
export class Search {
  #go;
  #now = NONE;

  constructor(go) {
    this.#go = go;
  }

  /** Have the results shown be those of `state`; nothing is asked for that is there already. */
  async sync(state) {
    const key = JSON.stringify(searched(state));
    if (key === this.#now.key) return;
    this.#now.running?.abort();
    const now = { ...NONE, key, running: new AbortController() };
    this.#now = now;
    if (state.q) await this.#attempt(now, () => this.#first(state, now), () => this.#again(state));
  }

  #again(state) {
    this.#now = NONE;
    return this.sync(state);
  }

  async #first(state, now) {
    byId("hits").classList.add("awaited");
    if (!byId("hits").childElementCount) placeholders();
    byId("after").replaceChildren();
    const { results } = await post("/search", { queries: queries(state) }, now.running.signal);
    const [found] = results;
    show(found.hits, state, false);
    byId("results-title").textContent = heading(found, state);
    byId("notices").replaceChildren(...notices(found, state, this.#go));
    showFilters(state, facets(found, results.slice(1)), this.#go);
    this.#shown(found, state, now);
    byId("status").textContent = `${heading(found, state)}.`;
    painted();
  }

  async #more(state, now) {
    const body = { ...query(state), limit: PAGE, cursor: now.cursor };
    const found = await post("/search", body, now.running.signal);
    const first = byId("hits").childElementCount;
    show(found.hits, state, true);
    this.#shown(found, state, now);
    byId("hits").children[first]?.querySelector("a").focus();
    byId("status").textContent = `${counted(found.hits.length, "more result")}.`;
    this.#go({ shown: now.count }, { replace: true });
  }

  #shown(found, state, now) {
    now.cursor = found.next_cursor;
    now.count += found.hits.length;
    const more = () =>
      this.#attempt(now, () => this.#more(state, now), () => more());
    const button = el("button", { type: "button", id: "more", click: more }, "More results");
    byId("after").replaceChildren(...(now.cursor ? [button] : []));
  }

  async #attempt(now, ask, again) {
    byId("results").setAttribute("aria-busy", "true");
    try {
      await ask();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!now.count) byId("hits").replaceChildren();
      byId("after").replaceChildren(failure(error, again));
    }
    if (now === this.#now) {
      byId("results").setAttribute("aria-busy", "false");
      byId("hits").classList.remove("awaited");
    }
  }
}

/** An error in words, with a button that tries again; what is no Problem is thrown on. */
export function failure(error, again) {
  if (error.detail === undefined) throw error;
  return el(
    "div",
    { class: "failure", role: "alert" },
    el("strong", {}, error.message),
    el("p", {}, error.detail),
    el("button", { type: "button", click: again }, "Try again"),
  );
}

function query(state) {
  return {
    query: state.q,
    ...conditions(state),
    sort: state.sort || "relevance",
    collapse: state.collapse || "article",
    include_weak: state.weak,
    facets: FACETS,
    explain: true,
  };
}

/** The query, and for every facet that is narrowed the same without that: what else there is. */
function queries(state) {
  const alternatives = FACETS.filter((name) => narrowed(name, state)).map((name) => ({
    ...query(name === "month" ? { ...state, from: "", to: "" } : { ...state, [name]: [] }),
    facets: [name],
    explain: false,
    limit: 1,
  }));
  return [{ ...query(state), limit: state.shown }, ...alternatives];
}

function narrowed(name, state) {
  return name === "month" ? state.from || state.to : state[name].length;
}

function facets(found, alternatives) {
  return Object.assign({}, found.facets, ...alternatives.map((one) => one.facets));
}

function heading({ total, hits }, state) {
  if (!hits.length) return "No results";
  const one = state.collapse === "none" ? "passage" : "article";
  const words = counted(total.value, one);
  return total.relation === "eq" ? words : `${words} or more`;
}

function notices(found, state, go) {
  const told = degradations(found.degraded);
  if (!found.exact) told.push("The index is large and was searched approximately.");
  if (state.weak && !found.answerable && found.hits.length) {
    told.push("These are the nearest passages. None of them is likely to answer.");
  }
  return [
    held(state, go),
    ...told.map((words) => el("p", { class: "notice" }, words)),
    found.hits.length ? null : nothing(found.reason, state, go),
  ].filter(Boolean);
}

function nothing(reason, state, go) {
  const [title, advice] = REASONS[reason] ?? ["Nothing was found", "Other words may help."];
  const nearest = () => go({ weak: true });
  const everything = () => go(unfiltered({}));
  return el(
    "div",
    { class: "nothing" },
    el("p", { class: "headline" }, title),
    el("p", {}, advice),
    reason === "below_threshold" &&
      el("button", { type: "button", click: nearest }, "Show the nearest all the same"),
    filtered(state) && el("button", { type: "button", click: everything }, "Remove all filters"),
  );
}

/** Mark, for who measures, when results have been painted: the frame after theirs begins. */
function painted() {
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("painted")));
}
