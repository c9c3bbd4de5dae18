/** What each panel shows of its answer. */

import { compact, empty, long, make, moment, percent, whole } from "./page.js";

/** The four numbers at the top. */
export function totals(counts, funnel) {
  const { events, people, before } = counts;
  const bought = funnel && funnel.steps[0].people ? funnel.steps.at(-1).people / funnel.steps[0].people : undefined;
  const each = (some) => (some.people ? some.events / some.people : 0);
  return [
    total("Events", whole(events), change(events, before.events)),
    total("People", whole(people), change(people, before.people)),
    total("Events a person", each(counts).toFixed(1), change(each(counts), each(before))),
    total("Through the funnel", bought === undefined ? "–" : percent(bought),
      bought === undefined ? "no steps yet" : make("span", {}, `${whole(funnel.steps.at(-1).people)} of ${whole(funnel.steps[0].people)}`)),
  ];
}

function total(name, value, more) {
  return make("dl", { class: "total" }, make("dt", {}, name),
    make("dd", { class: "value" }, value), make("dd", { class: "change" }, more));
}

function change(now, before) {
  if (!before) return now ? "none in the period before" : "none before either";
  const by = now / before - 1;
  const way = by > 0.0005 ? "up" : by < -0.0005 ? "down" : "";
  const sign = { up: "▲ ", down: "▼ " }[way] ?? "";
  const much = Math.abs(by) >= 10 ? `${whole(Math.round(Math.abs(by)))}×` : percent(Math.abs(by));
  return make("span", {}, make("b", { class: way }, `${sign}${much}`), " to the period before");
}

/** A list of values as bars; `press` is called with the one that is chosen. */
export function bars({ values }, chosen, press) {
  if (!values.length) return empty("Nothing in this period", "Other periods may have some.");
  const most = values[0].events;
  return make("div", { class: "bars" }, ...values.map(({ value, events, people }) => {
    const parts = [
      make("i", { "--share": `${(events / most) * 100}%` }), make("span", { title: value }, value),
      make("small", {}, `${compact(people)} ${people === 1 ? "person" : "people"}`, make("b", {}, whole(events))),
    ];
    if (!press) return make("div", { class: "bar" }, ...parts);
    return make("button", {
      class: "bar", type: "button", "data-key": value, "aria-pressed": String(value === chosen),
      click: () => press(value),
    }, ...parts);
  }));
}

/** The steps of a funnel. */
export function funnel({ steps }) {
  const [{ people: first }] = steps;
  if (!first) return empty("Nobody took the first step", "Choose other steps, or a longer period.");
  return make("ol", { class: "funnel" }, ...steps.map(({ name, people, seconds }, at) => {
    const from = at ? steps[at - 1].people : first;
    const how = at
      ? `${from ? percent(people / from) : "0%"} of the step before${people ? `, typically after ${long(seconds)}` : ""}`
      : "took the first step";
    return make("li", {}, make("span", { class: "name" }, name),
      make("span", { class: "people" }, whole(people), make("small", { class: "note" }, `  ${percent(people / first)}`)),
      make("span", { class: "rail" }, make("i", { "--share": `${(people / first) * 100}%` })),
      make("span", { class: "how" }, how));
  }));
}

/** The grid of who came back: a row for each day on which people were first seen. */
export function retention({ cohorts }) {
  if (!cohorts.length) return empty("Nobody in this period", "Retention needs some days of events.");
  const days = Math.max(...cohorts.map((each) => each.people.length));
  const after = [...Array(days).keys()];
  const today = new Date().toISOString().slice(0, 10);
  const row = ({ day, people }) => make("tr", {}, make("th", { scope: "row" }, moment(day, "day")),
    make("th", { class: "size" }, whole(people[0])),
    ...after.map((at) => {
      if (at >= people.length) return make("td", { class: "none" });
      const share = people[at] / people[0];
      // The first column is always whole: a scale from the others shows more.
      const heat = at ? Math.min(92, 8 + share * 140) : 92;
      const on = new Date(Date.parse(day) + at * 86_400_000).toISOString().slice(0, 10);
      const kind = [heat > 70 && "hot", on === today && "today"].filter(Boolean).join(" ");
      return make("td", { class: kind || undefined, "--heat": `${heat}%`, title: `${whole(people[at])} people` }, percent(share));
    }));
  return make("table", { class: "retention" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "First seen"), make("th", { scope: "col" }, "People"),
      ...after.map((at) => make("th", { scope: "col" }, at ? `+${at} d` : "that day")))),
    make("tbody", {}, ...cohorts.map(row)));
}

/** What one person did, the newest first. */
export function trail(pages, older) {
  const events = pages.flatMap((each) => each.events);
  if (!events.length) return [empty("No such person", "Or nothing is kept of what they did.")];
  let day;
  const items = events.flatMap((event) => {
    const on = moment(event.timestamp, "date");
    const head = on === day ? [] : [make("li", { class: "day" }, on)];
    day = on;
    return [...head, happening(event)];
  });
  const { next } = pages.at(-1);
  const more = next && make("button", { class: "more", type: "button", "data-key": "older", click: () => older(next) }, "Earlier");
  return [make("ol", { class: "trail" }, ...items), ...(more ? [more] : [])];
}

function happening(event) {
  const said = Object.entries({ ...event.traits, ...event.properties });
  const chips = said.map(([key, value]) => make("li", {}, make("span", {}, `${key} `),
    typeof value === "object" ? JSON.stringify(value) : String(value)));
  return make("li", { class: event.type },
    make("p", { class: "what" }, make("b", {}, event.name ?? event.type),
      event.name ? make("span", { class: "kind" }, event.type) : "",
      make("time", { datetime: event.timestamp }, moment(event.timestamp, "second"))),
    ...(chips.length ? [make("ul", {}, ...chips)] : []));
}
