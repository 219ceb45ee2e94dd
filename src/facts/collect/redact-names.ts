import { createHmac } from 'node:crypto';

/** What a name is of; where it is of several things, the first of these. */
export const NAME_KINDS = ['node', 'namespace', 'service', 'pod', 'name'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

const WORD: Readonly<Record<NameKind, string>> = {
  node: 'node',
  namespace: 'ns',
  service: 'svc',
  pod: 'pod',
  name: 'name',
};

/** Namespaces, components and words of Kubernetes and its CNIs, whole: they are the same everywhere. */
const SYSTEM_NAME =
  /^(?:default|kubernetes|kube-[a-z0-9-]+|coredns(?:-[a-z]+)?|node-?local-?dns|etcd|flannel|calico(?:-[a-z-]+)?|cilium(?:-[a-z-]+)?|hubble(?:-[a-z]+)?|antrea(?:-[a-z-]+)?|weave(?:-[a-z]+)?|tigera-operator|canal|aws-node|multus|ovn[a-z-]*|openvswitch|metallb(?:-[a-z]+)?|speaker|controller|local-path-[a-z]+|metrics-server|extension-apiserver-authentication|cluster-info|kubelet-config(?:-[\d.]+)?|kubeadm(?:-[a-z]+)?|(?:kube-)?ipvs\d+|localhost|svc|cluster|local|pod)$/;

/** Of a DNS name. */
const MOST_LABELS = 128;

/** What a controller adds to a workload's name: a ReplicaSet's hash and five characters, five alone, or an ordinal. */
const GENERATED = /^(.+?)((?:-[a-f0-9]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}|-\d{1,5})$/;
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Words that stand in outputs for what they mean: a pod or Service of such a name is masked where it can be nothing else
 * (a path, a value of an object, a DNS name, behind its namespace), not in running text.
 */
const COMMON_WORDS = new Set(
  (
    'address admin agent all any api app apps auth backend bridge busybox cache cert client cluster cni command config ' +
    'connect connection console container control core data database db debug dev dns dummy echo edge error eth event ' +
    'external failed file filter flow forward frontend gateway global google head health host http https image index info ' +
    'ingress input inside internal ipvs job kernel link listen local log login mail main manager master match memory mesh ' +
    'message metrics monitor mysql name nat network nginx node none ok open operator output outside packet peer ping pod ' +
    'policy pool port postgres probe process prod production proxy python queue read ready redis refused remote reply ' +
    'request reset resolver result root route router rule rules running search server service services session shop shell ' +
    'site sleep socket source staging stat state static status storage stream system table target tcp test time timeout ' +
    'token tool tools tunnel udp unknown update user users value version vxlan web worker write zone'
  ).split(' '),
);

/** Names under a key: a word for what they are of and a number, the same for one name with one key wherever it stands. */
export class NameMask {
  readonly #key: Uint8Array;
  readonly #kinds = new Map<string, NameKind>();
  readonly #masks = new Map<string, string>();
  /** Domains outside the cluster, by their whole name. */
  readonly #domains = new Set<string>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Makes a name known. Of a node's also the first part, as which the node knows itself. */
  learn(name: string, kind: NameKind): void {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name) || /^[\d.]+$/.test(name) || isSystemName(name)) return;
    const known = this.#kinds.get(name);
    if (known === undefined || NAME_KINDS.indexOf(kind) < NAME_KINDS.indexOf(known)) this.#kinds.set(name, kind);
    const dot = name.indexOf('.');
    if (kind === 'node' && dot > 0) {
      this.learn(name.slice(0, dot), 'node');
      this.learnDomain(name.slice(dot + 1));
    }
    if (kind === 'pod') {
      const workload = GENERATED.exec(name)?.[1];
      if (workload !== undefined && /-/.test(name.slice(workload.length + 1))) this.learn(workload, 'name');
    }
  }

  /** Makes a domain known that is not the cluster's own; `default.svc.corp.example` tells the cluster's. */
  learnDomain(domain: string): void {
    const bare = domain.replace(/\.$/, '').replace(/^(?:.*\.)?svc\./, '');
    if (!/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/.test(bare) || /^[\d.]+$/.test(bare)) return;
    if (!/(?:^|\.)(?:cluster\.local|svc|in-addr\.arpa|ip6\.arpa|localdomain|k8s\.io|kubernetes\.io)$/.test(bare))
      this.#domains.add(bare);
  }

  isKnown(name: string): boolean {
    return this.#kinds.has(name);
  }

  /** All that is masked wherever it stands: names, but those that are common words, and domains. */
  known(): string[] {
    return [...[...this.#kinds.keys()].filter(isTelling), ...this.#domains];
  }

  /** A number under the key, for what is no name of its own. */
  numberOf(text: string): string {
    return String(this.#number(text));
  }

  /** Of a name that is known; any other comes back as it is. */
  mask(name: string): string {
    const kind = this.#kinds.get(name);
    if (kind === undefined) return name;
    let masked = this.#masks.get(name);
    if (masked === undefined) {
      masked = kind === 'pod' ? this.#podMask(name) : this.#plain(name, kind);
      this.#masks.set(name, masked);
    }
    return masked;
  }

  /** A name that nobody learnt, where it stands in the place of one: it is known from now on. */
  maskAs(name: string, kind: NameKind): string {
    this.learn(name, kind);
    return this.mask(name);
  }

  #plain(name: string, kind: NameKind): string {
    const parts = name.split('.');
    if (kind === 'node' && parts.length > 1)
      return `${this.mask(parts[0]!)}.${this.#domainMask(parts.slice(1).join('.'))}`;
    return `${WORD[kind]}-${this.#number(name)}`;
  }

  /** A pod's name keeps its form: who reads it tells a DaemonSet's from a static one by it. */
  #podMask(name: string): string {
    // A static pod's ends in its node.
    for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
      const end = name.slice(at + 1);
      if (this.#kinds.get(end) === 'node' && isSystemName(name.slice(0, at)))
        return `${name.slice(0, at)}-${this.mask(end)}`;
    }
    const [, workload, suffix] = GENERATED.exec(name) ?? [];
    if (
      workload !== undefined &&
      suffix !== undefined &&
      (isSystemName(workload) || /^-[^\d]|-\d{6,}/.test(suffix) || /[a-z]/.test(suffix))
    ) {
      const front = isSystemName(workload) ? workload : `${WORD.pod}-${this.#number(workload)}`;
      return front + this.#suffixMask(name, suffix);
    }
    if (workload !== undefined && suffix !== undefined) return `${WORD.pod}-${this.#number(workload)}${suffix}`;
    return `${WORD.pod}-${this.#number(name)}`;
  }

  #suffixMask(name: string, suffix: string): string {
    const digest = this.#digest(`suffix ${name}`);
    let at = 0;
    return suffix.replace(/[a-z0-9]+/g, (part) => {
      if (part.length > 5) {
        const masked = digest.toString('hex').slice(at, at + part.length);
        at += part.length;
        return masked;
      }
      return Array.from(part, (_, i) => ALPHABET[digest[20 + i]! % ALPHABET.length]).join('');
    });
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(`name ${text}`).digest();
  }

  #number(name: string): number {
    return this.#digest(name).readUIntBE(0, 5) % 10_000_000_000;
  }

  /** Each label by itself, the last one stays: `corp.example.com` has as many parts as before. */
  #domainMask(domain: string): string {
    const labels = domain.split('.');
    return labels.map((label, i) => (i === labels.length - 1 ? label : `domain-${this.#number(label)}`)).join('.');
  }

  /**
   * A word of a text: a name, names joined by dots (a DNS name, a node's whole name), or a name with something before or
   * behind it (`etcd-n1`). In running text words that may be anything are left alone, unless `isName`.
   */
  word(word: string, isName = false): string {
    if (this.#kinds.has(word)) return isName || isTelling(word) ? this.mask(word) : word;
    if (word.includes('.')) return this.#dotted(word, isName);
    return this.#joined(word);
  }

  #dotted(word: string, isName: boolean): string {
    const parts = word.split('.');
    // No DNS name has more labels: what is longer is no name as a whole.
    const labels = parts.length > MOST_LABELS ? 0 : parts.length - 1;
    for (let from = 0; from < labels; from += 1) {
      const domain = parts.slice(from).join('.');
      if (!this.#domains.has(domain)) continue;
      const front = parts.slice(0, from);
      const whole = front.length === 0 ? '' : `${front.map((part) => this.#label(part)).join('.')}.`;
      return whole + this.#domainMask(domain);
    }
    const isDns =
      isName ||
      /\.svc(?:\.|$)|\.cluster\.local$/.test(word) ||
      parts.some((part, i) => i > 0 && this.#kinds.get(part) === 'namespace') ||
      /\.(?:default|kube-system)(?:\.|$)/.test(word);
    return parts
      .map((part) => (this.#kinds.has(part) ? (isDns || isTelling(part) ? this.mask(part) : part) : this.#joined(part)))
      .join('.');
  }

  /** A label below a domain that is not the cluster's own. */
  #label(label: string): string {
    if (label === '' || isSystemName(label)) return label;
    return this.#kinds.has(label) ? this.mask(label) : `domain-${this.#number(label)}`;
  }

  /** `etcd-n1`, `ns_pod`: a name that stands at a hyphen. */
  #joined(word: string): string {
    if (!word.includes('-')) return word;
    const parts = word.split('-');
    if (parts.length > 12) return word;
    for (let length = parts.length - 1; length > 0; length -= 1) {
      for (let from = 0; from + length <= parts.length; from += 1) {
        const name = parts.slice(from, from + length).join('-');
        if (this.#kinds.has(name) && isTelling(name)) {
          const front = parts.slice(0, from).join('-');
          const back = parts.slice(from + length).join('-');
          return [front, this.mask(name), back].filter((part) => part !== '').join('-');
        }
      }
    }
    return word;
  }
}

export function isSystemName(name: string): boolean {
  return SYSTEM_NAME.test(name);
}

/** Whether a name can be taken for nothing else where it stands alone in a text. */
function isTelling(name: string): boolean {
  return (
    name.length > 1 &&
    !COMMON_WORDS.has(name) &&
    !/^(?:if|eth|ens?|cni|veth|lo)\d*$/.test(name) &&
    !/^v?\d+$/.test(name)
  );
}
