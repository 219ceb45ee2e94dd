import { isIP, isIPv4 } from 'node:net';
import { sourceOf, targetOf } from '../derive/endpoints.js';
import type { Endpoint, Flow } from '../flow.js';
import type { Fact, Probe, Source, Subject } from '../model.js';
import { CLUSTER, kindOf, nodeSubject, partsOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import { type AskedWalk, describeEnd, requestOf, type WalkProto, type WalkRequest } from './request.js';

const DNS_PORT = 53;
const HTTP_PORT = 80;

/** Turns what was or might be tried into walks, over one input's facts. */
export class WalkRequests {
  readonly #store: FactStore;
  readonly #topology: Topology;
  /** Each probe by where it was read: a flow names its sources alone. */
  readonly #probes: ReadonlyMap<Source, Fact<Probe>>;

  constructor(store: FactStore, topology: Topology) {
    this.#store = store;
    this.#topology = topology;
    this.#probes = new Map(store.all('probe').map((fact) => [fact.source, fact]));
  }

  /** The walk of a flow that was tried: with what its probe says of the server asked, DF and the backend. */
  ofFlow(flow: Flow): AskedWalk {
    const source = flow.sources[0];
    const probe = source === undefined ? undefined : this.#probes.get(source)?.value;
    return this.#of(flow.from, flow.to, { proto: flow.proto, size: flow.size, large: flow.large }, probe);
  }

  /** The walk of a probe that `made` makes, as an entry of `reachability` describes it; `proto` where it is none of a probe's. */
  ofProbe(made: Subject, probe: Probe, proto?: WalkProto): AskedWalk {
    const from = sourceOf(this.#topology, made, probe.from);
    const to = targetOf(this.#topology, probe, from);
    if (from === undefined)
      return { from: '?', to: describeEnd(to), kind: 'unresolved', why: 'where it comes from is not told' };
    return this.#of(from, to, { proto: proto ?? probe.proto, size: probe.size, large: probe.large }, probe);
  }

  #of(
    from: Endpoint,
    to: Endpoint,
    flow: { proto: Probe['proto'] | WalkProto; size: number | undefined; large: boolean | undefined },
    probe: Probe | undefined,
  ): AskedWalk {
    const options: Partial<WalkRequest> = {};
    if (flow.size !== undefined) options.size = flow.size;
    else if (flow.large === true) options.large = true;
    if (probe?.dontFragment !== undefined) options.dontFragment = probe.dontFragment;
    if (probe?.toItself === true) options.toItself = true;
    const backend =
      probe?.backendNode === undefined ? undefined : this.#topology.nodeOf(nodeSubject(probe.backendNode));
    if (backend !== undefined) options.backendNode = backend.subject;
    if (flow.proto === 'dns') return this.#lookup(from, to, probe?.server, options);
    const named = this.#named(from, to);
    const byName = probe?.to.name ?? to.name;
    // `{kind: clusterip, name: web, namespace: shop}` is the Service itself, of which nobody looked up a name.
    const isObject = probe?.to.kind !== undefined && probe.to.kind !== 'external' && byName?.includes('.') !== true;
    const resolver =
      byName === undefined || isIP(byName) !== 0 || isObject ? undefined : this.#resolverOf(from, probe?.server);
    // What failed after its name was resolved, or was given an address, asked nobody.
    const asked = probe?.stage === undefined || probe.stage === 'resolve';
    if (resolver !== undefined && asked && isIPv4(resolver))
      options.resolver = {
        server: { ...resolveAddress(this.#topology, resolver, DNS_PORT), ip: resolver },
        name: byName!,
      };
    if (flow.proto === 'http')
      return requestOf(
        this.#topology,
        { from, to: named },
        { ...options, proto: 'tcp', port: named.port ?? HTTP_PORT },
      );
    const number = named.port ?? this.#onlyPort(named, flow.proto);
    const port = number === undefined ? {} : { port: number };
    return requestOf(this.#topology, { from, to: named }, { ...options, ...port, proto: flow.proto });
  }

  /** A lookup goes to the server that was named, else to the asker's own, else to the cluster's. */
  #lookup(from: Endpoint, to: Endpoint, server: string | undefined, options: Partial<WalkRequest>): AskedWalk {
    const ip = this.#resolverOf(from, server);
    const lookup = to.name ?? to.ip ?? '';
    if (ip === undefined) {
      return {
        from: describeEnd(from),
        to: lookup,
        kind: 'unresolved',
        why: `which server ${describeEnd(from)} asks is not known: its /etc/resolv.conf tells`,
      };
    }
    const target = resolveAddress(this.#topology, ip, DNS_PORT);
    return requestOf(this.#topology, { from, to: target }, { ...options, proto: 'udp', port: DNS_PORT, lookup });
  }

  #resolverOf(from: Endpoint, server: string | undefined): string | undefined {
    return server ?? this.#nameserverOf(from) ?? (from.kind === 'pod' ? [...this.#topology.dnsIps][0] : undefined);
  }

  #nameserverOf(from: Endpoint): string | undefined {
    const asked = from.subject ?? from.node;
    if (asked === undefined) return undefined;
    return this.#store.records(asked, 'resolv-conf')[0]?.value.nameservers[0];
  }

  /** The port of a Service that has but one of that protocol. */
  #onlyPort({ subject }: Endpoint, proto: string): number | undefined {
    const ports = subject === undefined ? undefined : this.#topology.services.get(subject)?.object.ports;
    const own = (ports ?? []).filter((port) => port.proto.toLowerCase() === proto);
    return own.length === 1 ? own[0]!.port : undefined;
  }

  /** A name's address, where the Services or a lookup in the input tell it. */
  #named(from: Endpoint, to: Endpoint): Endpoint {
    if (to.ip !== undefined || to.name === undefined || to.subject !== undefined) return to;
    const namespace =
      from.subject !== undefined && kindOf(from.subject) === 'pod' ? partsOf(from.subject)[0] : undefined;
    const service = this.#topology.serviceOfName(to.name, namespace);
    if (service !== undefined) return { ...to, kind: 'clusterip', subject: service.subject };
    const ip = this.#answerOf(to.name);
    return ip === undefined ? to : { ...to, ...resolveAddress(this.#topology, ip, to.port), name: to.name };
  }

  /** What a lookup in the input was answered. */
  #answerOf(name: string): string | undefined {
    const bare = name.replace(/\.$/, '').toLowerCase();
    for (const { value } of this.#store.all('probe')) {
      if (value.answers === undefined || value.to.name?.replace(/\.$/, '').toLowerCase() !== bare) continue;
      const ip = value.answers.find((answer) => /^\d+\.\d+\.\d+\.\d+$/.test(answer));
      if (ip !== undefined) return ip;
    }
    return undefined;
  }
}

/** What an address and port stand for. */
export function resolveAddress(topology: Topology, ip: string, port?: number): Endpoint {
  const to = port === undefined ? { ip } : { ip, port };
  return targetOf(topology, { to, proto: 'tcp', state: 'ok', origin: 'report' }, undefined);
}

/** The one that a bare source stands for: nobody made the probe that is only asked for. */
export const ASKED_BY: Subject = CLUSTER;
