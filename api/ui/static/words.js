/** Dates, counts, languages and relevance as people read them. */

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", {
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** The day a moment falls on where it was written down; empty when there is none. */
export function day(moment) {
  if (!moment) return "";
  const [year, month, date] = moment.slice(0, 10).split("-").map(Number);
  return DAY.format(new Date(year, month - 1, date));
}

/** “January 2026” for `2026-01`. */
export function month(value) {
  return MONTH.format(new Date(`${value}-01T00:00:00Z`));
}

/** “Jan 2026” for `2026-01`. */
export function shortMonth(value) {
  return SHORT.format(new Date(`${value}-01T00:00:00Z`));
}

/** “German” for `de`; the tag itself where nobody knows it. */
export function language(tag) {
  try {
    return LANGUAGES.of(tag);
  } catch (error) {
    if (error instanceof RangeError) return tag;
    throw error;
  }
}

/** “1 article”, “3 articles”. */
export function counted(count, one, several = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : several}`;
}

/** What an estimated probability of answering means, in a word or two. */
export function likelihood(relevance) {
  if (relevance >= 0.85) return "Very likely answers";
  if (relevance >= 0.6) return "Likely answers";
  if (relevance >= 0.3) return "May answer";
  return "Weak match";
}

/** “86 %”, on one line; never 0 or 100, which no estimate can be sure of. */
export function percent(share) {
  return `${Math.min(Math.max(Math.round(share * 100), 1), 99)}\u00a0%`;
}

/** Why there are no hits, and what can be done. */
export const REASONS = {
  below_threshold: [
    "Nothing here answers this well enough",
    "What comes nearest is more likely beside the point than not. Other words may help.",
  ],
  filters_exclude_all: [
    "No passage meets all conditions",
    "Phrases in quotes, exclusions and filters must all hold.",
  ],
  no_candidates: [
    "Nothing here has anything of this",
    "No article shares its words or comes near to its meaning.",
  ],
};

/** What failed on the way and was done without. */
export const DEGRADED = {
  reranker: "The reranker did not answer: the order is the one from before it.",
  llm: "The language model did not answer: these are sentences of the articles instead.",
  judge: "The model that checks sentences did not answer: they are checked without it.",
};

/** In words, what failed on the way. */
export function degradations(names) {
  return names.map((name) => DEGRADED[name] ?? `Done without: ${name}.`);
}
