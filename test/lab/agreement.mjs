/**
 * How a walk compares with what happened. `agrees`: what works is delivered, what fails is dropped; of ways that the kernel
 * draws one is enough. `beyond`: it failed, in a network that no node's state shows, and the walk delivers it into that as
 * far as the state shows; only with a fault that is marked as one of that network.
 *
 * @returns {'agrees' | 'disagrees' | 'unknown' | 'beyond'}
 */
export function comparison(fault, { works, verdict, ways }) {
  if (verdict === 'unknown') return 'unknown';
  const right = works ? 'delivered' : 'dropped';
  if (verdict === right || ways.some((way) => way.verdict === right)) return 'agrees';
  const escapes = ways.some((way) => way.verdict === 'delivered' && way.beyond);
  if (!works && fault.beyond === true && escapes) return 'beyond';
  return ways.some((way) => way.verdict === 'unknown') ? 'unknown' : 'disagrees';
}

/** The walks of one trial in numbers; those that disagree, or are unknown, with the walk. */
export function agreementOf(fault, walks) {
  const of = (outcome) => walks.filter((walk) => comparison(fault, walk) === outcome);
  return {
    flows: walks.length,
    agree: of('agrees').length,
    varies: of('agrees').filter(({ verdict }) => verdict === 'varies').length,
    beyond: of('beyond').length,
    disagree: of('disagrees'),
    unknown: of('unknown'),
  };
}

/** The sum over trials, with the shares that count: of given verdicts those that agree, of all flows those that are unknown. */
export function sumOf(results) {
  const sum = { bundles: results.length, flows: 0, agree: 0, varies: 0, disagree: 0, unknown: 0, beyond: 0 };
  for (const { walks } of results) {
    sum.flows += walks.flows;
    sum.agree += walks.agree;
    sum.varies += walks.varies;
    sum.disagree += walks.disagree.length;
    sum.unknown += walks.unknown.length;
    sum.beyond += walks.beyond;
  }
  const given = sum.agree + sum.disagree;
  return { ...sum, given, agreeing: share(sum.agree, given), notKnown: share(sum.unknown, sum.flows) };
}

function share(part, whole) {
  return whole === 0 ? 0 : part / whole;
}

/** Disagreements that no reason is given for, in words. */
export function unexplained(results, reasons) {
  return results.flatMap(({ fault, walks }) => {
    const { atMost = 0 } = reasons[fault.id] ?? {};
    return walks.disagree.length <= atMost ? [] : walks.disagree.map((walk) => `${fault.id}: ${inWords(walk)}`);
  });
}

function inWords({ from, to, happened, verdict, by, asked }) {
  const happening = [happened.proto, happened.state, happened.error].filter(Boolean).join(' ');
  return `${from} > ${to} (${asked}): ${happening}, the walk says ${verdict}${by === undefined ? '' : `, ${by}`}`;
}
