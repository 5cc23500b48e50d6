/** Elements, made of names and texts: nothing that comes from an article is ever read as HTML. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  supported: "M3.5 8.5l3 3 6-7",
  partial: "M2.5 9c1.8-2.6 3.7-2.6 5.5 0s3.7 2.6 5.5 0",
  unsupported: "M5 5l6 6M11 5l-6 6",
  contradicted: "M8 3v6M8 12.2v.3",
  uncited: "M4 8h8",
  outward: "M6 4h6v6M12 4l-8 8",
};

/**
 * An element with attributes and children; an attribute that is null or false is left out, and a
 * function is what listens for the event of its name.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (absent(value)) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => !absent(child)));
  return element;
}

function absent(value) {
  return value === null || value === undefined || value === false;
}

/** A small drawing, hidden from screen readers: words stand beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("icon");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A link to another site, or null where `url` is not an http or https address. */
export function outward(url, words) {
  const parsed = url && URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !["http:", "https:"].includes(parsed.protocol)) return null;
  return el(
    "a",
    { href: parsed.href, rel: "noopener noreferrer", target: "_blank", class: "outward" },
    words,
    icon("outward"),
    el("span", { class: "hidden" }, " (opens in a new tab)"),
  );
}

/** Words with some of them marked. */
export function marked(parts) {
  return parts.map((part) => (part.marked ? el("mark", {}, part.text) : part.text));
}

/** The element of this id; every id that is asked for is in the page. */
export function byId(id) {
  return document.getElementById(id);
}
