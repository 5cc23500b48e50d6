/** Keys: `/` to search, `j` and `k` from result to result. */

import { byId } from "./dom.js";

/** Listen for keys, but not while somebody writes. */
export function prepareKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || writing(event.target)) return;
    if (byId("drawer").open) return;
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "/") {
      event.preventDefault();
      byId("q").focus();
      byId("q").select();
    } else if (step && (event.key.length === 1 || byId("hits").contains(event.target))) {
      if (move(step)) event.preventDefault();
    }
  });
  byId("q").addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && move(1)) event.preventDefault();
  });
}

function writing(target) {
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** Focus the headline so many results on; whether there was one to go to. */
function move(step) {
  const links = [...document.querySelectorAll("#hits .headline a")];
  if (!links.length || byId("results").hidden) return false;
  const hit = document.activeElement?.closest?.("#hits .hit");
  const at = links.findIndex((link) => hit?.contains(link));
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
