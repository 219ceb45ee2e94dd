import type { Endpoint } from '../flow.js';
import type { EndpointHint, Probe, Subject } from '../model.js';
import type { Topology } from '../topology.js';
import { sourceOf, targetOf } from './endpoints.js';

/** An endpoint that many flows share, with a number that stands for it. */
export interface KnownEndpoint {
  endpoint: Endpoint;
  id: number;
}

const SOMEWHERE: Endpoint = { kind: 'pod' };

/**
 * Endpoints by what names them. A sampled matrix names each of its few thousand ends a hundred times: each is resolved
 * once, and its flows share it.
 */
export class EndpointCache {
  readonly #topology: Topology;
  readonly #known = new Map<string, KnownEndpoint>();
  readonly #byIdentity = new Map<string, number>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  source(made: Subject, probe: Probe): KnownEndpoint {
    return this.#find(`<${made}|${keyOf(probe.from)}`, () => sourceOf(this.#topology, made, probe.from) ?? SOMEWHERE);
  }

  target(probe: Probe, from: Endpoint, fromId: number): KnownEndpoint {
    // What a short name stands for depends on who asks; an address is the same for all.
    const asker = probe.to.name === undefined ? '' : fromId;
    return this.#find(`>${asker}|${probe.proto === 'dns'}|${keyOf(probe.to)}`, () =>
      targetOf(this.#topology, probe, from),
    );
  }

  #find(key: string, resolve: () => Endpoint): KnownEndpoint {
    let known = this.#known.get(key);
    if (known === undefined) {
      const endpoint = resolve();
      // Two ways to name one endpoint are one attempt.
      const identity = keyOf(endpoint, endpoint.subject);
      const id = this.#byIdentity.get(identity) ?? this.#byIdentity.size;
      this.#byIdentity.set(identity, id);
      known = { endpoint, id };
      this.#known.set(key, known);
    }
    return known;
  }
}

function keyOf(end: (EndpointHint & { subject?: Subject }) | Endpoint | undefined, subject?: Subject): string {
  if (end === undefined) return '';
  const { namespace, pod } = end as EndpointHint;
  return `${end.kind ?? ''}|${subject ?? `${namespace ?? ''}/${pod ?? ''}`}|${end.node ?? ''}|${end.ip ?? ''}|${end.port ?? ''}|${end.name ?? ''}`;
}
