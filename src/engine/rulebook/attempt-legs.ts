import { type Leg, type LegKind, type LegProtocol, matchLeg, type Nearness } from '../../facts/leg.js';
import type { AskedEnd, AskedLeg, Cause } from './types.js';

/**
 * The legs in which an attempt that a person is asked about can die: the translation of a Service's address, the lookup, the
 * way itself. What nobody says (where the backends of a plain `service` are) may be any.
 */
export function legsOf({ from, to, proto, large }: AskedLeg): Leg[] {
  const source: LegKind = from.kind === 'pod' || from.kind === 'node' ? from.kind : 'external';
  const wire: LegProtocol = proto === 'http' ? 'tcp' : proto === 'dns' ? 'udp' : proto;
  const leg = (start: LegKind, target: LegKind, near: Nearness | undefined): Leg =>
    near === undefined
      ? { from: start, to: target, proto: wire, large }
      : { from: start, to: target, near, proto: wire, large };
  switch (to.kind) {
    case 'pod':
    case 'node':
      return [leg(source, to.kind, nearness(from, to))];
    case 'external':
      return [leg(source, 'external', undefined)];
    case 'self':
      return [leg(source, 'clusterip', 'self'), leg(source, 'pod', 'self')];
    case 'service': {
      const near = to.place === undefined ? 'varies' : to.place === from.place ? 'same-node' : 'cross-node';
      return [
        leg(source, 'clusterip', near),
        leg(source, 'pod', nearness(from, { kind: 'pod', ...placeOf(to) }) ?? near),
      ];
    }
    case 'nodeport':
      return [leg(source, 'nodeport', 'varies'), leg('node', 'pod', 'varies')];
    case 'dns-internal':
    case 'dns-external':
      return [
        { from: source, to: to.kind, large: false },
        leg(source, 'clusterip', 'varies'),
        leg(source, 'pod', 'varies'),
      ];
  }
}

function placeOf({ place }: AskedEnd): Pick<AskedEnd, 'place'> {
  return place === undefined ? {} : { place };
}

/** Undefined where the place of an end is not told. */
function nearness(from: AskedEnd, to: AskedEnd): Nearness | undefined {
  if (from.place === undefined || to.place === undefined) return undefined;
  if (from.place !== to.place) return 'cross-node';
  return from.kind === 'pod' && to.kind === 'pod' ? 'same-node' : 'own-node';
}

/**
 * Whether a cause breaks an attempt, by its signature alone: on the right subjects and under the right facts, which a
 * reporter does not tell.
 */
export function breaksAttempt({ signature }: Cause, attempt: AskedLeg): 'yes' | 'maybe' | 'no' {
  let breaks: 'yes' | 'maybe' | 'no' = 'no';
  for (const leg of legsOf(attempt)) {
    if (signature.spares.some((pattern) => matchLeg(pattern, leg) === 'yes')) continue;
    for (const { leg: pattern } of signature.breaks) {
      const match = matchLeg(pattern, leg);
      if (match === 'yes') return 'yes';
      if (match === 'maybe') breaks = 'maybe';
    }
  }
  return breaks;
}
