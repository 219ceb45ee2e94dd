import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { agreementOf } from './agreement.mjs';
import { check } from './checks.mjs';
import { Cluster } from './cluster.mjs';
import { collect, diagnose } from './collect.mjs';
import { walksOf } from './walks.mjs';

/** Clusters that are tried at once on this machine: more starve each other, and their answers pass for slow. */
const AT_ONCE = Math.max(2, 2 * availableParallelism());
const waiting = [];
let busy = 0;

/** Like `trial`, when it is this one's turn. */
export async function trialInTurn(fault, options) {
  if (busy >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  else busy += 1;
  try {
    return await trial(fault, options);
  } finally {
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next();
  }
}

/**
 * One fault (or control) from a new cluster to the diagnosis: what did not break or work as it should, the ranked causes,
 * how the walk's predictions compare with what happened, and how long it took. `keep` is called with the bundle before it is removed.
 */
export async function trial(fault, { keep } = {}) {
  const started = Date.now();
  const cluster = await Cluster.up(fault.variant);
  try {
    await fault.inject?.(cluster);
    cluster.save();
    const wrong = await wrongChecks(cluster, fault);
    const bundle = await collect(cluster, join(cluster.folder, 'collected'));
    const [diagnosis, predicted] = await Promise.all([diagnose(bundle), walksOf(bundle)]);
    const walks = agreementOf(fault, predicted);
    const seconds = (Date.now() - started) / 1000;
    const result = { fault, wrong, diagnosis, ...placeOf(fault, diagnosis), walks, seconds };
    await keep?.(bundle, result);
    return result;
  } finally {
    await cluster.down();
    rmSync(cluster.folder, { recursive: true, force: true });
  }
}

async function wrongChecks(cluster, { breaks = [], spares = [] }) {
  const expected = [
    ...breaks.map((line) => ({ line, works: false })),
    ...spares.map((line) => ({ line, works: true })),
  ];
  const results = await Promise.all(expected.map(async (each) => ({ ...each, got: await check(cluster, each.line) })));
  return results
    .filter(({ works, got }) => got.works !== works)
    .map(({ line, works, got }) => `"${line}" should ${works ? 'work' : 'fail'}: ${got.said.slice(0, 300)}`);
}

/** Rank and probability of the expected cause (of an acceptable one), and the legs it explains. */
function placeOf({ cause, alsoAcceptable = [] }, { outcome, diagnoses }) {
  const accepted = [cause, ...alsoAcceptable];
  // A cause that brought about another is told as what the other is because of.
  const index = diagnoses.findIndex(
    (each) => accepted.includes(each.cause) || each.because.some((origin) => origin.cause === cause),
  );
  const found = diagnoses[index];
  return {
    outcome,
    rank: index < 0 ? undefined : index + 1,
    probability: found?.probability,
    legs: found?.explains.legs ?? [],
    first: diagnoses[0]?.cause,
    right: cause === undefined ? diagnoses.length === 0 && outcome !== 'diagnosed' : index === 0,
  };
}
