/** Asks the query API. */

/** The API cannot answer just now; it may a moment later. */
export class Away extends Error {}

/** The question itself is wrong. */
export class Refused extends Error {}

const PATIENCE = 20_000; // milliseconds

/**
 * Give the answer to one question: `{data, as_of, behind_seconds, cached, cache, ...}`.
 * A value that is a list is sent once for each of its items; an empty one is left out.
 */
export async function ask(question, values) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null && each !== "") search.append(key, each);
    }
  }
  let answer;
  try {
    answer = await fetch(`/query/${question}?${search}`, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new Away("The service cannot be reached.");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const said = typeof body.detail === "string" ? body.detail : body.detail?.[0]?.msg;
  const Kind = answer.status >= 500 ? Away : Refused;
  throw new Kind(said ?? `The service answered ${answer.status}.`);
}
