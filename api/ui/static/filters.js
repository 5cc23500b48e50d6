/** What narrows a search: facets with their counts, dates, and what holds at the moment. */

import { byId, el } from "./dom.js";
import { histogram } from "./histogram.js";
import { FILTERS, filtered, unfiltered } from "./state.js";
import { day, language } from "./words.js";

const FIRST = 6;
const TITLES = { source: "Source", section: "Section", language: "Language", author: "Author" };
const wide = matchMedia("(min-width: 62rem)");

const shownAs = { language };
const opened = new Set();

/** Show the facets of an answer, and what of them is chosen; `go` is called with what changes. */
export function showFilters(state, facets, go) {
  const details = byId("filters").querySelector("details");
  const open = wide.matches || Boolean(details?.open);
  const focused = document.activeElement?.dataset.filter;
  const groups = FILTERS.map((name) => group(name, state, facets[name] ?? [], go));
  byId("filters").replaceChildren(
    el(
      "details",
      { open },
      el("summary", {}, filtered(state) ? "Filters (some are set)" : "Filters"),
      histogram(state, facets.month ?? [], go),
      dates(state, go),
      groups,
    ),
  );
  if (focused) byId("filters").querySelector(`[data-filter="${CSS.escape(focused)}"]`)?.focus();
}

/** Keep the filters open where there is room for them beside the results. */
export function prepareFilters() {
  wide.addEventListener("change", () => {
    const details = byId("filters").querySelector("details");
    if (details) details.open = wide.matches;
  });
}

/** The filters that hold, each with a button that takes it away. */
export function held(state, go) {
  if (!filtered(state)) return null;
  const chip = (words, change) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "chip", click: () => go(change) },
        el("span", { class: "hidden" }, "Remove the filter "),
        words,
        el("span", { "aria-hidden": "true" }, " ×"),
      ),
    );
  const chips = FILTERS.flatMap((name) =>
    state[name].map((value) =>
      chip(
        `${TITLES[name]}: ${(shownAs[name] ?? String)(value)}`,
        { [name]: state[name].filter((other) => other !== value) },
      ),
    ),
  );
  if (state.from) chips.push(chip(`From ${day(state.from)}`, { from: "" }));
  if (state.to) chips.push(chip(`To ${day(state.to)}`, { to: "" }));
  if (chips.length > 1) chips.push(chip("All filters", unfiltered({})));
  return el("ul", { class: "held", "aria-label": "Filters that are set" }, chips);
}

function group(name, state, counts, go) {
  const same = (one, other) => one.toLowerCase() === other.toLowerCase();
  const chosen = (value) => state[name].some((other) => same(value, other));
  const absent = state[name].filter((value) => !counts.some((count) => same(count.value, value)));
  const all = [...absent.map((value) => ({ value, count: 0 })), ...counts];
  if (!all.length) return null;
  const shown = opened.has(name) ? all : all.filter((one, at) => at < FIRST || chosen(one.value));
  const options = shown.map(({ value, count }) => {
    const change = () =>
      go({
        [name]: chosen(value)
          ? state[name].filter((other) => !same(value, other))
          : [...state[name], value],
      });
    const box = el("input", { type: "checkbox", change, "data-filter": `${name}=${value}` });
    box.checked = chosen(value);
    const words = el("span", { class: "value" }, (shownAs[name] ?? String)(value));
    return el("li", {}, el("label", {}, box, words, el("span", { class: "count" }, `${count}`)));
  });
  return el(
    "fieldset",
    {},
    el("legend", {}, TITLES[name]),
    el("ul", { class: "facet" }, options),
    shown.length < all.length && more(name, all.length, () => showAll(name, state, counts, go)),
  );
}

function more(name, count, click) {
  return el("button", { type: "button", class: "quiet", click }, `All ${count}`);
}

function showAll(name, state, counts, go) {
  opened.add(name);
  const before = [...byId("filters").querySelectorAll("fieldset")].find(
    (set) => set.firstChild.textContent === TITLES[name],
  );
  const whole = group(name, state, counts, go);
  before.replaceWith(whole);
  whole.querySelector("input").focus();
}

function dates(state, go) {
  const input = (name, words) => {
    const field = el("input", {
      type: "date",
      value: state[name].slice(0, 10),
      "data-filter": name,
    });
    field.addEventListener("change", () => go({ [name]: field.value }));
    return el("label", {}, words, field);
  };
  return el(
    "fieldset",
    { class: "dates" },
    el("legend", {}, "Published"),
    input("from", "From"),
    input("to", "To"),
  );
}
