/** The chart of events and people over time, for pointer and keyboard. */

import { compact, draw, make, moment, whole } from "./page.js";

const ABOVE = 14;
const BELOW = 26;
const LINES = 4;

/**
 * Draw `{interval, points: [{time, events, people}]}` as wide as its place is. The last
 * step has not ended yet, so its stretch is dotted. `say` is told what is pointed at.
 */
export function series(place, { interval, points }, say) {
  const width = Math.max(280, place.clientWidth);
  const height = width < 520 ? 210 : 280;
  const most = nice(Math.max(1, ...points.map((each) => each.events)));
  const left = 12 + 7.2 * compact(most).length;
  const step = (width - left - 8) / Math.max(1, points.length - 1);
  const x = (at) => left + at * step;
  const y = (value) => ABOVE + (height - ABOVE - BELOW) * (1 - value / most);

  const svg = draw("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, tabindex: 0, role: "img", "data-key": "series",
    "aria-label": `${points.length} steps of a ${interval}; use the arrow keys to walk through them`,
  });
  for (let at = 0; at <= LINES; at += 1) {
    const value = (most / LINES) * at;
    svg.append(
      draw("line", { class: "rule", x1: left, x2: width - 8, y1: y(value), y2: y(value) }),
      draw("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, compact(value)),
    );
  }
  const room = 24 + 7.2 * moment(points[0].time, interval).length;
  const every = Math.ceil(points.length / Math.max(2, Math.floor((width - left) / room)));
  points.forEach((each, at) => {
    if (at % every || x(at) > width - room / 2) return;
    const anchor = at ? "middle" : "start";
    svg.append(draw("text", { x: x(at), y: height - 6, "text-anchor": anchor }, moment(each.time, interval)));
  });

  const path = (key, from, to) =>
    points.slice(from, to).map((each, at) => `${at ? "L" : "M"}${x(from + at).toFixed(1)},${y(each[key]).toFixed(1)}`).join("");
  const last = points.length - 1;
  svg.append(draw("path", { class: "area", d: `${path("events", 0)}L${x(last)},${y(0)}L${x(0)},${y(0)}Z` }));
  for (const key of ["events", "people"]) {
    svg.append(
      draw("path", { class: `line ${key}`, d: path(key, 0, last) }),
      draw("path", { class: `line open ${key}`, d: path(key, Math.max(0, last - 1)) }),
    );
  }

  const cross = draw("g", { visibility: "hidden" });
  const tip = make("div", { class: "tip", hidden: true });
  svg.append(cross);
  let pointed = last;
  const point = (at) => {
    pointed = Math.min(last, Math.max(0, at));
    const here = points[pointed];
    cross.replaceChildren(
      draw("line", { class: "cross", x1: x(pointed), x2: x(pointed), y1: ABOVE, y2: height - BELOW }),
      draw("circle", { class: "mark", cx: x(pointed), cy: y(here.events), r: 4.5 }),
      draw("circle", { class: "mark people", cx: x(pointed), cy: y(here.people), r: 4 }),
    );
    cross.setAttribute("visibility", "visible");
    tip.replaceChildren(
      moment(here.time, interval), make("br"), make("b", {}, whole(here.events)), " events",
      make("br"), make("b", {}, whole(here.people)), " people",
    );
    tip.hidden = false;
    const beside = x(pointed) + 14 + tip.offsetWidth > width ? -14 - tip.offsetWidth : 14;
    tip.style.left = `${x(pointed) + beside}px`;
  };
  const leave = () => {
    tip.hidden = true;
    cross.setAttribute("visibility", "hidden");
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    point(Math.round((((event.clientX - box.left) / box.width) * width - left) / step));
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: pointed - 1, ArrowRight: pointed + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (event.key === "Escape") return leave();
    point(to);
    const here = points[pointed];
    say(`${moment(here.time, interval)}: ${whole(here.events)} events, ${whole(here.people)} people`);
  });
  return [svg, tip];
}

/** Give the next number above that divides well. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 6, 8, 10].find((each) => each * power >= value);
  return Math.max(LINES, factor * power);
}
