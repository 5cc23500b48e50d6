/** What is shown, as the URL holds it: going back, sharing and reloading all lead to the same. */

export const PAGE = 10;
const MOST = 100;
export const FILTERS = ["source", "section", "language", "author"];
const TEXTS = ["q", "from", "to", "sort", "collapse", "article", "view"];
const LISTS = [...FILTERS, "ask"];
const NUMBERS = ["start", "end", "shown"];

/** What is shown when the URL says nothing. */
export const EMPTY = Object.freeze({
  q: "",
  source: [],
  section: [],
  language: [],
  author: [],
  from: "",
  to: "",
  sort: "",
  collapse: "",
  weak: false,
  shown: PAGE,
  article: "",
  start: null,
  end: null,
  ask: [],
  view: "",
});

/** The state in the query string of a URL; what cannot be read in it is as if it were not there. */
export function parse(search) {
  const given = new URLSearchParams(search);
  const state = { ...EMPTY };
  for (const name of TEXTS) state[name] = given.get(name) ?? EMPTY[name];
  for (const name of LISTS) state[name] = given.getAll(name).filter((value) => value.trim());
  for (const name of NUMBERS) {
    const value = given.get(name);
    if (value !== null && /^\d{1,9}$/.test(value)) state[name] = Number(value);
  }
  state.weak = given.get("weak") === "true";
  state.shown = Math.min(Math.max(state.shown, PAGE), MOST);
  return state;
}

/** The address of a state, beside which nothing else decides what is shown. */
export function address(state) {
  const query = new URLSearchParams();
  for (const [name, empty] of Object.entries(EMPTY)) {
    const value = state[name];
    if (Array.isArray(value)) value.forEach((one) => query.append(name, one));
    else if (value !== empty && value !== "" && value !== null) query.set(name, value);
  }
  const written = query.toString();
  return written ? `/?${written}` : "/";
}

/** A question put anew: nothing of the one before holds but the conversation. */
export function asking(state, q) {
  return { ...EMPTY, q, ask: state.ask, collapse: state.collapse };
}

/** The part of a state that decides what is searched for. */
export function searched({ q, source, section, language, author, from, to, sort, collapse, weak }) {
  return { q, source, section, language, author, from, to, sort, collapse, weak };
}

/** Whether any filter holds. */
export function filtered(state) {
  return FILTERS.some((name) => state[name].length) || Boolean(state.from || state.to);
}

/** A state without its filters. */
export function unfiltered(state) {
  return { ...state, source: [], section: [], language: [], author: [], from: "", to: "" };
}

/** The conditions of a state, as the members that the API takes. */
export function conditions(state) {
  const held = {};
  for (const name of FILTERS) if (state[name].length) held[name] = state[name];
  for (const name of ["from", "to"]) if (state[name]) held[name] = state[name];
  return held;
}
