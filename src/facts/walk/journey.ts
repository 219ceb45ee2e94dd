import type { Source, Subject } from '../model.js';
import type { NetNamespace } from './namespace.js';
import type { Namespaces } from './namespaces.js';
import type { Choice } from './netfilter/base-chain.js';
import type { DropReason, MissingKnowledge } from './result.js';
import { forkOf, type Way, type WayEnd } from './way.js';

/**
 * What the parts of the walk ask of each other. Each takes a way, and either ends it or hands it on; a way that forks is handed
 * on once for each of its ways.
 */
export interface Journey {
  readonly namespaces: Namespaces;
  /** Sends a packet from a namespace's own process, by a device where one is given. */
  send(way: Way, namespace: NetNamespace, oif?: string): void;
  /** A packet comes in by a device; undefined where it is not known which. */
  receive(way: Way, namespace: NetNamespace, device: string | undefined): void;
  /** After PREROUTING: what the routes of a namespace make of a packet that came in. */
  routeInput(way: Way, namespace: NetNamespace, device: string | undefined): void;
  /** Puts a packet on a device, for the address on its link that is to take it. */
  transmit(way: Way, namespace: NetNamespace, device: string, nextHop: number): void;
  /** A frame comes into a bridge, by a port where one is known, or (`port` null) from the namespace itself. */
  bridge(way: Way, namespace: NetNamespace, bridge: string, port: string | undefined | null): void;
  /** The packet left a node by a device that leads to other machines. */
  crossFabric(way: Way, namespace: NetNamespace, device: string, nextHop: number): void;
  /** The packet goes to somebody outside of the cluster who asked for it, or not. */
  leaveCluster(way: Way, from: NetNamespace): void;
  /** The packet is for the namespace itself and passed INPUT. */
  deliver(way: Way, namespace: NetNamespace): void;
  end(end: WayEnd): void;
}

export function drop(journey: Journey, way: Way, at: Subject, reason: DropReason, by: string, source?: Source): void {
  const end: WayEnd = { way, verdict: 'dropped', at, reason, by };
  if (source?.file !== undefined) {
    end.source = source;
    const where = source.line === undefined ? source.file : `${source.file}:${source.line}`;
    if (!by.includes(where)) end.by = `${by} (${where})`;
  }
  journey.end(end);
}

/** The walk cannot go on: what is missing would tell. */
export function stop(journey: Journey, way: Way, missing: MissingKnowledge): void {
  way.mayDrop.push(missing);
  journey.end({ way, verdict: 'unknown', at: missing.on, by: missing.what });
}

/** Notes once what is not known and could end the way. */
export function mayDrop(way: Way, missing: MissingKnowledge): void {
  if (!way.mayDrop.some(({ on, what }) => on === missing.on && what === missing.what)) way.mayDrop.push(missing);
}

export function mayDivert(way: Way, missing: MissingKnowledge): void {
  if (!way.mayDivert.some(({ on, what }) => on === missing.on && what === missing.what)) way.mayDivert.push(missing);
}

/** Hands on one copy of the way for each of several, as the kernel draws one of them. */
export function each<T>(
  way: Way,
  ways: readonly T[],
  choice: Omit<Choice, 'way'>,
  take: (way: Way, one: T) => void,
): void {
  if (ways.length === 1) {
    take(way, ways[0]!);
    return;
  }
  ways.forEach((one, i) => {
    const fork = forkOf(way);
    fork.choices.push({ ...choice, way: i });
    take(fork, one);
  });
}
