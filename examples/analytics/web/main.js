/** Puts the page together: what is asked is in the address, and is asked again every few seconds. */

import { ask, Refused } from "./api.js";
import { compact, empty, long, make, show } from "./page.js";
import * as panels from "./panels.js";
import { series } from "./series.js";

const EVERY = 5000; // milliseconds between two looks
const MOST_STEPS = 4;
const BEHIND = 5; // seconds that nobody minds
const place = (id) => document.getElementById(id);

const state = read();
let live = true;
let timer;
let asking = 0;
let drawn; // the series that the chart shows, for when its width changes
let pages = []; // of the trail

function read() {
  const search = new URLSearchParams(location.search);
  return {
    last: search.get("last") ?? "24h",
    by: search.get("by") ?? "name",
    event: search.get("event"),
    person: search.get("person"),
    steps: search.getAll("step"),
  };
}

/** Change what is asked, note it in the address, and ask. */
function change(what) {
  Object.assign(state, what);
  const search = new URLSearchParams({ last: state.last });
  if (state.by !== "name") search.set("by", state.by);
  if (state.event) search.set("event", state.event);
  if (state.person) search.set("person", state.person);
  for (const each of state.steps) search.append("step", each);
  history.pushState(null, "", `?${search}`);
  for (const id of "person" in what ? ["trail"] : ["series", "top", "funnel", "retention"]) place(id).classList.add("stale");
  reflect();
  look();
}

/** Bring the controls to what is asked. */
function reflect() {
  for (const each of document.querySelectorAll("[name=last]")) each.checked = each.value === state.last;
  place("by").value = state.by;
  place("find").person.value = state.person ?? "";
  place("only").hidden = !state.event;
  place("only").replaceChildren(`${state.event}  ✕`);
  place("only").setAttribute("aria-label", `Show all events, not only ${state.event}`);
}

/** Ask everything once; each panel shows its answer, or why there is none. */
async function look() {
  clearTimeout(timer);
  asking += 1;
  const mine = asking;
  const { last, event, by, person } = state;
  const answers = [];
  const panel = async (id, question, values, shown) => {
    try {
      const answer = await ask(question, values);
      if (mine !== asking) return undefined;
      answers.push(answer);
      const content = shown(answer.data);
      if (content !== undefined) show(place(id), ...[content].flat());
      return answer.data;
    } catch (error) {
      if (mine === asking) fail(id, error, answers);
      return undefined;
    }
  };
  const steps = chooseSteps(last);
  const through = steps.then((names) => names.length > 1
    ? panel("funnel", "funnel", { last, step: names }, panels.funnel)
    : show(place("funnel"), empty("No funnel yet", "It takes two events that follow each other.")));
  await Promise.all([
    panel("series", "series", { last, event }, (data) => {
      drawn = data;
      return data.points.some((each) => each.events) ? chart() : empty("Nothing happened in this period", hint());
    }),
    panel("top", "top", { last, by, limit: 8 }, (data) => panels.bars(data, by === "name" ? event : person, choice(by))),
    panel("retention", "retention", { last: days(last) }, panels.retention),
    Promise.all([through, panel("totals", "counts", { last }, () => undefined)]).then(([funnel, counts]) => {
      if (counts && mine === asking) show(place("totals"), ...panels.totals(counts, funnel));
    }),
    person ? follow(person, panel) : suggest(last, panel),
  ]);
  if (mine !== asking) return;
  freshness(answers);
  if (live) timer = setTimeout(look, EVERY);
}

function fail(id, error, answers) {
  answers.push({ error });
  place(id).classList.add("stale");
  if (place(id).querySelector(".wait") || error instanceof Refused) {
    show(place(id), empty(error instanceof Refused ? "That cannot be asked" : "No answer", error.message));
  }
}

/** Say how old what is shown is, and whether anything failed. */
function freshness(answers) {
  const failed = answers.filter((each) => each.error);
  const known = answers.filter((each) => each.as_of).map((each) => each.behind_seconds);
  const behind = Math.max(0, ...known);
  const cacheAway = answers.some((each) => each.cache === "away");
  const away = failed.length || !known.length;
  const badge = place("freshness");
  badge.dataset.state = away ? "away" : behind > BEHIND + EVERY / 1000 ? "behind" : "level";
  const said = away ? "no answer" : `as of ${long(behind)} ago${cacheAway ? ", without cache" : ""}`;
  badge.lastElementChild.replaceChildren(said);
  const trouble = place("trouble");
  trouble.hidden = !failed.length;
  trouble.replaceChildren(failed.length ? `${failed[0].error.message} What is pale is older; it is asked again.` : "");
}

const chart = () => series(place("series"), drawn, (text) => place("series-said").replaceChildren(text));
const hint = () => "Choose a longer period, or send an event to /v1/track.";
const days = (last) => (last.endsWith("d") ? last : "7d");

function choice(by) {
  if (by === "name") return (value) => change({ event: value === state.event ? null : value });
  if (by === "person") return (value) => change({ person: value });
  return undefined;
}

/** Give the funnel's steps: those of the address, or the most frequent track calls. */
async function chooseSteps(last) {
  try {
    const { data } = await ask("top", { last: days(last), type: "track", limit: 30 });
    const names = data.values.map((each) => each.value);
    const chosen = state.steps.length > 1 ? state.steps : names.slice(0, MOST_STEPS);
    offer(names, chosen);
    return chosen;
  } catch {
    return state.steps; // the panels say what is wrong
  }
}

/** Offer the names of events for each step. */
function offer(names, chosen) {
  const form = place("steps");
  if (form.contains(document.activeElement)) return;
  const options = (selected) => ["", ...new Set([...names, ...chosen])].map((name) =>
    make("option", { value: name, selected: name === selected }, name || "—"));
  form.replaceChildren(...[...Array(MOST_STEPS).keys()].map((at) =>
    make("select", { "aria-label": `Step ${at + 1}` }, ...options(chosen[at] ?? ""))));
}

/** Show a person's trail; pages that were opened stay open. */
async function follow(person, panel) {
  if (pages.person !== person) pages = Object.assign([], { person });
  await panel("trail", "trail", { person, limit: 25 }, (data) => {
    if (pages.length > 1) return undefined; // reading further down: leave it in peace
    pages[0] = data;
    return panels.trail(pages, older);
  });
}

async function older(next) {
  try {
    const { data } = await ask("trail", { person: state.person, before: next, limit: 25 });
    pages.push(data);
    show(place("trail"), ...panels.trail(pages, older));
  } catch (error) {
    fail("trail", error, []);
  }
}

/** Without a person, offer the busiest. */
async function suggest(last, panel) {
  await panel("trail", "top", { last, by: "person", limit: 6 }, ({ values }) => {
    if (!values.length) return empty("Nobody in this period", "Type an id, or choose a longer period.");
    const chips = values.map(({ value, events }) => make("button", {
      class: "chip", type: "button", "data-key": value, click: () => change({ person: value }),
    }, `${value} · ${compact(events)}`));
    return empty("Whose trail?", "Type an id, or take one of the busiest:", make("div", { class: "suggest" }, ...chips));
  });
}

place("controls").addEventListener("change", (event) => change({ last: event.target.value }));
place("controls").addEventListener("submit", (event) => event.preventDefault());
place("by").addEventListener("change", (event) => change({ by: event.target.value }));
place("only").addEventListener("click", () => change({ event: null }));
place("find").addEventListener("submit", (event) => {
  event.preventDefault();
  change({ person: new FormData(event.target).get("person").trim() || null });
});
place("find").addEventListener("search", (event) => event.target.value || change({ person: null }));
place("steps").addEventListener("change", (event) => {
  const chosen = [...event.currentTarget.querySelectorAll("select")].map((each) => each.value).filter(Boolean);
  change({ steps: chosen });
});
place("live").addEventListener("click", (event) => {
  live = !live;
  event.target.setAttribute("aria-pressed", String(live));
  if (live) look();
  else clearTimeout(timer);
});
addEventListener("popstate", () => {
  Object.assign(state, read());
  reflect();
  look();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (live) look();
});
new ResizeObserver(() => {
  if (drawn?.points.some((each) => each.events)) show(place("series"), ...chart());
}).observe(document.querySelector("main"));

for (const id of ["series", "top", "funnel", "retention", "trail"]) show(place(id), make("div", { class: "wait" }));
show(place("totals"), ...[1, 2, 3, 4].map(() => make("div", { class: "wait total" })));
reflect();
look();
