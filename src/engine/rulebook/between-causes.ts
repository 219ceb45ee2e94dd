import type { Cause, RulebookProblem } from './types.js';

/**
 * Causes that lead to each other in a circle: none of them would be the root. One error a circle, at the cause of it that
 * comes first by id. `causes` sorted by id.
 */
export function leadsToCycles(causes: readonly Cause[]): RulebookProblem[] {
  const byId = new Map(causes.map((cause) => [cause.id, cause]));
  const done = new Set<string>();
  const problems: RulebookProblem[] = [];
  for (const start of causes) {
    // Depth first with an explicit path: a chain of causes may be as long as the rulebook.
    const path: { cause: Cause; next: number }[] = [];
    const onPath = new Set<string>();
    const enter = (cause: Cause): void => {
      path.push({ cause, next: 0 });
      onPath.add(cause.id);
    };
    if (!done.has(start.id)) enter(start);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const next = top.cause.leadsTo[top.next];
      if (next === undefined) {
        path.pop();
        onPath.delete(top.cause.id);
        done.add(top.cause.id);
        continue;
      }
      top.next += 1;
      if (onPath.has(next)) {
        const ids = path.map((step) => step.cause.id);
        problems.push(circle(ids.slice(ids.indexOf(next)), byId));
      } else {
        const cause = byId.get(next);
        if (cause !== undefined && !done.has(next)) enter(cause);
      }
    }
  }
  return problems;
}

function circle(ids: readonly string[], byId: ReadonlyMap<string, Cause>): RulebookProblem {
  const first = [...ids].sort()[0]!;
  const turn = ids.indexOf(first);
  const around = [...ids.slice(turn), ...ids.slice(0, turn), first];
  return { ...byId.get(first)!.at, severity: 'error', message: `leadsTo goes in a circle: ${around.join(' → ')}` };
}

/** Causes that break the same and show the same: no bundle could tell them apart. The later by id gets the error. */
export function indistinguishable(causes: readonly Cause[]): RulebookProblem[] {
  const first = new Map<string, Cause>();
  const problems: RulebookProblem[] = [];
  for (const cause of causes) {
    const looks = appearance(cause);
    const same = first.get(looks);
    if (same === undefined) first.set(looks, cause);
    else {
      const message = `same signature and evidence as "${same.id}": nothing could tell them apart`;
      problems.push({ ...cause.at, severity: 'error', message });
    }
  }
  return problems;
}

/** All of a cause that ranking sees, in a canonical order; not-a-fault entries differ by what they explain. */
function appearance(cause: Cause): string {
  const sorted = (record: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(record)
      .map(([fact, words]) => [fact, [...words].sort()])
      .sort(([a], [b]) => (a! < b! ? -1 : 1));
  const breaks = cause.signature.breaks.map((item) =>
    JSON.stringify([item.leg.text, [...item.roles].sort(), [...item.as].sort(), item.how, sorted(item.when)]),
  );
  return JSON.stringify([
    cause.scope,
    sorted(cause.requires),
    breaks.sort(),
    cause.signature.spares.map((leg) => leg.text).sort(),
    cause.evidence.map((item) => `${item.id} ${item.shows} ${item.direct}`).sort(),
    [...cause.excludes].sort(),
    [...cause.leadsTo].sort(),
    [...cause.explains].sort(),
  ]);
}
