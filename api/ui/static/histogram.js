/** Hits by month, as bars that are buttons. */

import { el } from "./dom.js";
import { counted, month, shortMonth } from "./words.js";

const [FEWEST_MONTHS, MOST_MONTHS] = [6, 36];

/** The bars of a month facet, the chosen stretch of time marked; null where nothing is dated. */
export function histogram(state, counts, go) {
  if (!counts.length) return null;
  const bars = stretches(counts);
  const most = Math.max(...bars.map((bar) => bar.count));
  return el(
    "div",
    { class: "histogram" },
    el("h2", { id: "histogram-title" }, "When"),
    el(
      "ol",
      { "aria-labelledby": "histogram-title" },
      bars.map((bar) => el("li", {}, column(bar, most, state, go))),
    ),
    el(
      "p",
      { "aria-hidden": "true" },
      [bars[0], bars.at(-1)].map(({ short }) => el("span", {}, short)),
    ),
  );
}

/** Every month from the first, half a year at least, to the last; years where they are too many. */
export function stretches(counts) {
  const values = counts.map(({ value }) => value).sort();
  const found = new Map(counts.map(({ value, count }) => [value, count]));
  const months = monthsBetween(values[0], values.at(-1));
  if (months.length <= MOST_MONTHS) {
    return months.map((value) => ({
      words: month(value),
      short: shortMonth(value),
      count: found.get(value) ?? 0,
      from: `${value}-01`,
      to: lastDay(value),
    }));
  }
  const [first, last] = [Number(values[0].slice(0, 4)), Number(values.at(-1).slice(0, 4))];
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const year = String(first + at).padStart(4, "0");
    const own = counts.filter(({ value }) => value.startsWith(year));
    const count = own.reduce((sum, one) => sum + one.count, 0);
    return { words: year, short: year, count, from: `${year}-01-01`, to: `${year}-12-31` };
  });
}

function monthsBetween(first, last) {
  const [year, start] = first.split("-").map(Number);
  const [lastYear, end] = last.split("-").map(Number);
  const upTo = lastYear * 12 + end;
  const from = Math.min(year * 12 + start - 1, upTo - FEWEST_MONTHS);
  return Array.from({ length: upTo - from }, (_, at) => {
    const whole = from + at;
    const number = String((whole % 12) + 1).padStart(2, "0");
    return `${String(Math.floor(whole / 12)).padStart(4, "0")}-${number}`;
  });
}

function lastDay(value) {
  const [year, number] = value.split("-").map(Number);
  return `${value}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}`;
}

function column({ words, count, from, to }, most, state, go) {
  const chosen = state.from === from && state.to === to;
  const bar = el("span", { class: "bar" });
  bar.style.blockSize = count ? `${Math.max((count / most) * 100, 6)}%` : "0";
  return el(
    "button",
    {
      type: "button",
      title: `${words}: ${count}`,
      "data-filter": `month=${from}`,
      "aria-pressed": String(chosen),
      "aria-label": `${words}, ${counted(count, "result")}`,
      click: () => go(chosen ? { from: "", to: "" } : { from, to }),
    },
    el("span", { class: "room", "aria-hidden": "true" }, bar),
  );
}
