import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import type { Subject, SubjectKind } from '../facts/model.js';
import { CLUSTER, kindOf, partsOf } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import type { Topology } from '../facts/topology.js';
import type { Kinship } from './judge.js';

/** Who belongs to whom: what evidence about one kind of subject says of another. */
export class Relatives implements Kinship {
  readonly #topology: Topology;
  readonly #interfaces = new Map<Subject, Subject[]>();
  readonly #failing = new Map<Subject, boolean>();
  readonly #nodes: Subject[];
  readonly #pods: Subject[];
  readonly #services: Subject[];
  readonly #backends = new Map<Subject, Subject[]>();
  readonly #servicesOfPod = new Map<Subject, Subject[]>();

  constructor(store: FactStore, topology: Topology, flows: readonly Flow[]) {
    this.#topology = topology;
    this.#nodes = [...topology.nodes.values()].map((node) => node.subject);
    this.#pods = [...topology.pods.keys()];
    this.#services = [...topology.services.keys()];
    for (const subject of store.subjects('interface')) {
      const owner = topology.nodeOf(subject)?.subject;
      if (owner !== undefined) push(this.#interfaces, owner, subject);
    }
    for (const service of topology.services.values()) {
      for (const endpoint of service.endpoints) {
        const owner = topology.ownerOf(endpoint.ip);
        if (owner.kind !== 'pod' || owner.pod === undefined) continue;
        push(this.#backends, service.subject, owner.pod.subject);
        push(this.#servicesOfPod, owner.pod.subject, service.subject);
      }
    }
    for (const flow of flows) {
      if (flow.expected !== 'works') continue;
      const failing = isSymptom(flow);
      for (const part of flow.parts) {
        for (const subjects of Object.values(part.roles)) {
          for (const subject of subjects) {
            if (failing) this.#failing.set(subject, true);
            else if (!this.#failing.has(subject)) this.#failing.set(subject, false);
          }
        }
      }
    }
  }

  /** Every subject of a kind that judging and ranking know. */
  all(kind: SubjectKind): readonly Subject[] {
    if (kind === 'cluster') return [CLUSTER];
    if (kind === 'node') return this.#nodes;
    if (kind === 'pod') return this.#pods;
    if (kind === 'service') return this.#services;
    if (kind === 'interface') return [...this.#interfaces.values()].flat();
    return [];
  }

  children(subject: Subject, kind: SubjectKind): readonly Subject[] {
    return this.of(subject, kind);
  }

  failing(subject: Subject): boolean | undefined {
    return this.#failing.get(subject);
  }

  /** Subjects of `kind` that evidence would have to be about to speak of `subject`. */
  of(subject: Subject, kind: SubjectKind): readonly Subject[] {
    const own = kindOf(subject);
    if (own === kind) return [subject];
    if (kind === 'cluster') return [CLUSTER];
    if (own === 'cluster') return this.all(kind);
    if (own === 'node') {
      const node = this.#topology.nodes.get(partsOf(subject)[0] ?? '');
      if (kind === 'pod') return node?.pods.map((pod) => pod.subject) ?? [];
      if (kind === 'interface') return this.#interfaces.get(subject) ?? [];
      if (kind === 'service')
        return [...new Set(node?.pods.flatMap((pod) => this.#servicesOfPod.get(pod.subject) ?? []) ?? [])];
    }
    if (own === 'pod') {
      if (kind === 'node') {
        const node = this.#topology.nodeOf(subject);
        return node === undefined ? [] : [node.subject];
      }
      if (kind === 'service') return this.#servicesOfPod.get(subject) ?? [];
    }
    if (own === 'service') {
      const pods = this.#backends.get(subject) ?? [];
      if (kind === 'pod') return pods;
      if (kind === 'node') return [...new Set(pods.flatMap((pod) => this.of(pod, 'node')))];
    }
    return [];
  }
}

function push(map: Map<Subject, Subject[]>, key: Subject, value: Subject): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}
