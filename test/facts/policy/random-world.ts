import type { End, Expression, Labels, RawPeer, RawPolicy, RawPort, RawSpec, Selector } from './naive.js';

/** Numbers from 0 up to 1, the same for one seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every label that there is, with its values: few, so that selectors meet pods. */
const VOCABULARY: Readonly<Record<string, readonly string[]>> = { app: ['a', 'b', 'c'], tier: ['x', 'y'] };
const NAMESPACE_VOCABULARY: Readonly<Record<string, readonly string[]>> = { team: ['red', 'blue'] };
export const NAMESPACES = ['n0', 'n1', 'n2'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const NAMES = ['http', 'dns'];

/** Draws policies, pods and connections in which every feature of the API occurs, and meets another. */
export class RandomWorld {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #list<T>(most: number, draw: () => T): T[] {
    return Array.from({ length: this.number(most + 1) }, draw);
  }

  #labels(vocabulary: Readonly<Record<string, readonly string[]>>): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [key, values] of Object.entries(vocabulary)) if (this.chance(0.7)) labels[key] = this.pick(values);
    return labels;
  }

  namespaceLabels(name: string): Labels {
    return { 'kubernetes.io/metadata.name': name, ...this.#labels(NAMESPACE_VOCABULARY) };
  }

  /** Labels that a namespace whose labels are not known may bear. */
  static allNamespaceLabels(name: string): Labels[] {
    const own = { 'kubernetes.io/metadata.name': name };
    return [own, ...NAMESPACE_VOCABULARY.team!.map((team) => ({ ...own, team }))];
  }

  /** Labels that a pod whose labels are not known may bear. */
  static allPodLabels(): Labels[] {
    const all: Labels[] = [];
    for (const app of [undefined, ...VOCABULARY.app!]) {
      for (const tier of [undefined, ...VOCABULARY.tier!]) {
        all.push({ ...(app === undefined ? {} : { app }), ...(tier === undefined ? {} : { tier }) });
      }
    }
    return all;
  }

  pod(index: number): End & { namespace: string; labels: Labels; ports: NonNullable<End['ports']> } {
    return {
      id: `p${index}`,
      ip: `10.0.${index % 4}.${1 + Math.floor(index / 4)}`,
      namespace: this.pick(NAMESPACES),
      labels: this.#labels(VOCABULARY),
      ports: this.#list(2, () => ({ name: this.pick(NAMES), port: this.port(), proto: this.pick(PROTOCOLS) })),
    };
  }

  outside(): End {
    return { id: 'outside', ip: `203.0.113.${this.number(4)}` };
  }

  port(): number {
    return 80 + this.number(4);
  }

  protocol(): string {
    return this.pick(PROTOCOLS);
  }

  #selector(vocabulary: Readonly<Record<string, readonly string[]>>): Selector {
    if (this.chance(0.2)) return {};
    const keys = Object.keys(vocabulary);
    const selector: Selector = {};
    if (this.chance(0.6)) {
      const key = this.pick(keys);
      selector.matchLabels = { [key]: this.pick(vocabulary[key]!) };
    }
    if (this.chance(0.5)) {
      selector.matchExpressions = this.#list(2, (): Expression => {
        const key = this.pick(keys);
        const operator = this.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const);
        const values = [this.pick(vocabulary[key]!), ...this.#list(1, () => this.pick(vocabulary[key]!))];
        return operator === 'In' || operator === 'NotIn' ? { key, operator, values } : { key, operator };
      });
    }
    return selector;
  }

  #namespaceSelector(): Selector {
    return this.chance(0.2)
      ? { matchLabels: { 'kubernetes.io/metadata.name': this.pick(NAMESPACES) } }
      : this.#selector(NAMESPACE_VOCABULARY);
  }

  #peer(): RawPeer {
    switch (this.number(4)) {
      case 0:
        return {
          ipBlock: {
            cidr: this.pick(['10.0.0.0/22', '10.0.1.0/24', '203.0.113.0/24', '0.0.0.0/0', '203.0.113.2/31']),
            ...(this.chance(0.5) ? { except: this.#list(2, () => this.pick(['10.0.1.0/24', '203.0.113.1/32'])) } : {}),
          },
        };
      case 1:
        return { podSelector: this.#selector(VOCABULARY) };
      case 2:
        return { namespaceSelector: this.#namespaceSelector() };
      default:
        return { podSelector: this.#selector(VOCABULARY), namespaceSelector: this.#namespaceSelector() };
    }
  }

  #portEntry(): RawPort {
    const protocol = this.chance(0.5) ? { protocol: this.protocol() } : {};
    if (this.chance(0.2)) return protocol;
    if (this.chance(0.3)) return { ...protocol, port: this.pick(NAMES) };
    const port = this.port();
    return { ...protocol, port, ...(this.chance(0.3) ? { endPort: port + this.number(3) } : {}) };
  }

  #ports(): { ports?: RawPort[] } {
    return this.chance(0.4) ? {} : { ports: this.#list(2, () => this.#portEntry()) };
  }

  policy(index: number): RawPolicy {
    const spec: RawSpec = { podSelector: this.#selector(VOCABULARY) };
    if (this.chance(0.7)) spec.policyTypes = this.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress'], []]);
    const peers = (): RawPeer[] => this.#list(3, () => this.#peer());
    if (this.chance(0.7))
      spec.ingress = this.#list(2, () => ({ ...(this.chance(0.2) ? {} : { from: peers() }), ...this.#ports() }));
    if (this.chance(0.6))
      spec.egress = this.#list(2, () => ({ ...(this.chance(0.2) ? {} : { to: peers() }), ...this.#ports() }));
    return { namespace: this.pick(NAMESPACES), name: `policy-${index}`, spec };
  }
}
