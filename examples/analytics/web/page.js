/** Pieces of the page: elements, and how numbers and times read. */

const SVG = "http://www.w3.org/2000/svg";
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat();

/** Make an element; `properties` are attributes, children are nodes or text. */
export function make(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Make an SVG element. */
export function draw(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("--")) element.style.setProperty(key, value);
    else if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((each) => each !== undefined && each !== ""));
  return element;
}

/** Put something in the place of all that a part of the page holds, and keep the focus there. */
export function show(place, ...children) {
  const focused = place.contains(document.activeElement) && document.activeElement.dataset.key;
  place.classList.remove("stale");
  place.replaceChildren(...children);
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Say that there is nothing. */
export function empty(title, ...more) {
  return make("div", { class: "empty" }, make("strong", {}, title), ...more);
}

export const whole = (number) => WHOLE.format(number);
export const compact = (number) => (number < 10_000 ? whole(number) : COMPACT.format(number));
export const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;

/** Say a length of time, seconds. */
export function long(seconds) {
  if (seconds < 1) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const FORMS = {
  minute: { hour: "2-digit", minute: "2-digit" },
  hour: { weekday: "short", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short", timeZone: "UTC" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  date: { weekday: "long", day: "numeric", month: "long" },
};
const formats = Object.fromEntries(
  Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat(undefined, form)]),
);

/** Say a moment as finely as a series has steps. */
export const moment = (time, form) => formats[form].format(new Date(time));
