/** The page: one state, held by the URL, and the parts that show it. */

import { ArticleView } from "./article.js";
import { Chat } from "./chat.js";
import { byId } from "./dom.js";
import { prepareDrawer } from "./explain.js";
import { prepareFilters } from "./filters.js";
import { Home } from "./home.js";
import { prepareKeys } from "./keys.js";
import { Search } from "./search.js";
import { address, asking, EMPTY, PAGE, parse, searched } from "./state.js";

let state = parse(location.search);
// The link that led to the article being read, to which the focus goes back.
let opener = null;
const [home, search, article, chat] = [new Home(), new Search(go), new ArticleView(), new Chat(go)];

/** Go on to the state with these changes, as a new entry of the history or in place of this one. */
function go(changes, { replace = false } = {}) {
  const next = { ...state, ...changes };
  if (JSON.stringify(searched(next)) !== JSON.stringify(searched(state))) next.shown = PAGE;
  state = next;
  history[replace ? "replaceState" : "pushState"](null, "", address(state));
  show();
}

function show() {
  const shows = state.article ? "article" : state.q ? "results" : "home";
  const root = document.documentElement;
  Object.assign(root.dataset, { shows, view: state.view || "search" });
  for (const name of ["article", "results", "home"]) byId(name).hidden = name !== shows;
  byId("filters").hidden = shows !== "results";
  byId("view-search").setAttribute("aria-pressed", String(state.view !== "ask"));
  byId("view-ask").setAttribute("aria-pressed", String(state.view === "ask"));
  byId("q").value = state.q;
  byId("sort").value = state.sort;
  byId("collapse").checked = state.collapse !== "none";
  if (shows !== "article") {
    document.title = [state.q, "Dateline"].filter(Boolean).join(" · ");
    opener?.focus({ preventScroll: true });
    opener = null;
  }
  if (shows === "home") home.sync(state);
  search.sync(state);
  article.sync(state);
  chat.sync(state);
}

/** Links within the page change the state, and leave to the browser what opens elsewhere. */
function follow(event) {
  const link = event.target.closest("a[data-go]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.go === "home") {
    go(EMPTY);
    byId("q").focus();
    return;
  }
  const { article: id, start, end } = parse(new URL(link.href).search);
  if (id) opener ??= link;
  go({ article: id, start, end, view: "" });
}

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const q = byId("q").value.trim();
  if (q) go(asking(state, q));
});
byId("sort").addEventListener("change", () => go({ sort: byId("sort").value }));
byId("collapse").addEventListener("change", () =>
  go({ collapse: byId("collapse").checked ? "" : "none" }),
);
byId("view-search").addEventListener("click", () => go({ view: "" }));
byId("view-ask").addEventListener("click", () => {
  go({ view: "ask" });
  byId("question").focus();
});
document.addEventListener("click", follow);
addEventListener("popstate", () => {
  state = parse(location.search);
  show();
});
prepareDrawer();
prepareFilters();
prepareKeys();
show();
