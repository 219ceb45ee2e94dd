/**
 * What is known of each CNI: rules/cnis.yaml as the rulebook holds it, and the questions that parsers, derivations and the
 * walk ask of it. Leaf module; the rulebook hands the profiles in, as it does the log patterns.
 */

export type CniTunnelKind = 'vxlan' | 'geneve' | 'ipip' | 'wireguard';

/** A tunnel between nodes, by the name that the CNI gives its device. */
export interface CniTunnel {
  /** Regular expression over the device's name. */
  device: string;
  kind: CniTunnelKind;
  /** `udp`, or the name of an IP protocol of its own (`ipip`). */
  protocol: 'udp' | 'ipip';
  /** UDP port unless configured otherwise. */
  port?: number;
  /** Bytes that the tunnel adds over IPv4, at least. */
  overhead: number;
}

/** How NetworkPolicies are enforced: in rules of the packet filter, elsewhere, only where asked for, or not at all. */
export type PolicyEngine = 'iptables' | 'ebpf' | 'ovs' | 'optional' | 'none';

/** One CNI. All patterns are regular expressions over whole names, of the rulebook's choosing. */
export interface CniProfile {
  id: string;
  title: string;
  /** Other names by which reporters and rules call it. */
  aliases: string[];
  /** Pods and DaemonSets of its agent, one a node. */
  workloads?: string;
  /** Labels of the agent's pods, `key=value`. */
  labels: string[];
  /** Last part of the agent's image's name. */
  image?: string;
  configMaps?: string;
  /** In /etc/cni/net.d: names of files, types of plugins. */
  configFiles?: string;
  plugins?: string;
  /** CNIs whose configuration beside its own is no leftover. */
  together: string[];
  devices: {
    /** Names that no other CNI gives: what the CNI of a cluster is told by where no object is known. */
    detect?: string;
    /** Its bridges, gateways and tunnels, shared names included. */
    own?: string;
    /** The node's ends of pods' veths. */
    pods?: string;
    /** Bridges that pods are ports of. */
    bridges?: string;
    /** Devices by which the node reaches its pods without a bridge. */
    gateways?: string;
    /** Those of them whose network is not the node's own, but that of all nodes' pods. */
    spanning?: string;
  };
  /** How pods hang on the node. */
  attachment: 'bridge' | 'routed' | 'ovs' | 'parent';
  tunnels: CniTunnel[];
  /** Whether pods have addresses of the nodes' own network. */
  underlay: boolean;
  /** What of the node it cannot do without. */
  needs: string[];
  ports: { bgp?: number; health: number[] };
  policy: PolicyEngine;
  /** Names that logs of its components go by. */
  logs: string[];
  /** Where pod addresses come from: `spec.podCIDR` of the node, the CNI's own pools, or the network of the nodes. */
  podAddresses: 'node' | 'pools' | 'network';
  /** What looks like a fault and is how it works. */
  normal: { en: string; zh: string }[];
  /** Known ways in which it goes wrong. */
  traps: { en: string; zh: string }[];
}

interface Known {
  profile: CniProfile;
  workloads: RegExp;
  image: RegExp;
  configMaps: RegExp;
  configFiles: RegExp;
  plugins: RegExp;
  detect: RegExp;
  own: RegExp;
}

const NOTHING = /(?!)/;

/** One expression for many, undefined ones left out. */
function anyOf(patterns: readonly (string | undefined)[]): RegExp {
  const given = patterns.filter((pattern) => pattern !== undefined);
  return given.length === 0 ? NOTHING : new RegExp(given.map((pattern) => `(?:${pattern})`).join('|'));
}

/** The CNIs that the rulebook knows, in its order: where two fit, the first one counts. */
export class Cnis {
  readonly profiles: readonly CniProfile[];
  readonly #known: readonly Known[];
  readonly #byName = new Map<string, CniProfile>();
  readonly #tunnels: readonly (CniTunnel & { name: RegExp })[];
  readonly #pods: RegExp;
  readonly #bridges: RegExp;
  readonly #gateways: RegExp;
  readonly #spanning: RegExp;
  readonly #routedPods: RegExp;
  readonly #labels: ReadonlySet<string>;

  constructor(profiles: readonly CniProfile[]) {
    this.profiles = profiles;
    this.#known = profiles.map((profile) => ({
      profile,
      workloads: anyOf([profile.workloads]),
      image: anyOf([profile.image]),
      configMaps: anyOf([profile.configMaps]),
      configFiles: anyOf([profile.configFiles]),
      plugins: anyOf([profile.plugins]),
      detect: anyOf([profile.devices.detect]),
      own: anyOf([profile.devices.own]),
    }));
    for (const profile of profiles)
      for (const name of [profile.id, ...profile.aliases]) this.#byName.set(name, profile);
    this.#tunnels = profiles.flatMap(({ tunnels }) =>
      tunnels.map((tunnel) => ({ ...tunnel, name: new RegExp(tunnel.device) })),
    );
    this.#pods = anyOf(profiles.map(({ devices }) => devices.pods));
    this.#bridges = anyOf(profiles.map(({ devices }) => devices.bridges));
    this.#gateways = anyOf(profiles.map(({ devices }) => devices.gateways));
    this.#spanning = anyOf(profiles.map(({ devices }) => devices.spanning));
    this.#routedPods = anyOf(
      profiles.filter(({ attachment }) => attachment === 'routed').map(({ devices }) => devices.pods),
    );
    this.#labels = new Set(profiles.flatMap(({ labels }) => labels));
  }

  /** The CNI of a name, as the fact `cni` has it. */
  named(name: unknown): CniProfile | undefined {
    return typeof name === 'string' ? this.#byName.get(name.toLowerCase()) : undefined;
  }

  /** Whether a pod is the agent of a CNI. */
  isAgent(pod: string, labels: Readonly<Record<string, string>>): boolean {
    return (
      this.#known.some(({ workloads }) => workloads.test(pod)) ||
      Object.entries(labels).some(([key, value]) => this.#labels.has(`${key}=${value}`))
    );
  }

  /** What images of a CNI's agent are called, without registry and tag. */
  imageOf(name: unknown): RegExp | undefined {
    const profile = this.named(name);
    const known = this.#known.find((each) => each.profile === profile);
    return known === undefined || known.profile.image === undefined ? undefined : known.image;
  }

  /** Each CNI with what tells it: objects' names first, then devices'. */
  telling(): readonly { id: string; workloads: RegExp; configMaps: RegExp; devices: RegExp }[] {
    return this.#known.map(({ profile, workloads, configMaps, detect }) => ({
      id: profile.id,
      workloads,
      configMaps,
      devices: detect,
    }));
  }

  /** The CNI that a file of /etc/cni/net.d belongs to: by its plugins, which `bridge` and `portmap` do not tell, else its name. */
  ofConfig(file: string, plugins: readonly string[]): string | undefined {
    const byPlugin = this.#known.find(({ plugins: known }) => plugins.some((plugin) => known.test(plugin)));
    return (byPlugin ?? this.#known.find(({ configFiles }) => configFiles.test(file)))?.profile.id;
  }

  /** Whether the configuration of one CNI belongs beside another's. */
  goTogether(cni: string, other: string): boolean {
    const profile = this.named(other);
    return cni === other || profile?.id === cni || profile?.together.includes(cni) === true;
  }

  /** The CNI that makes a bridge, gateway or tunnel device of this name. */
  ownerOf(device: string): string | undefined {
    return this.#known.find(({ own }) => own.test(device))?.profile.id;
  }

  /** The tunnel that a device is, by its name. */
  tunnelOf(device: string): CniTunnel | undefined {
    return this.#tunnels.find(({ name }) => name.test(device));
  }

  /** Whether a CNI gives such names to the node's ends of pods' veths. */
  isPodDevice(name: string): boolean {
    return this.#pods.test(name);
  }

  /** The same of CNIs that route to each veth by itself. */
  isRoutedPodDevice(name: string): boolean {
    return this.#routedPods.test(name);
  }

  isPodBridge(name: string): boolean {
    return this.#bridges.test(name);
  }

  /** Whether the network that is connected on a device is of the node's own pods. */
  isOfNodesPods(name: string): boolean {
    return (this.#bridges.test(name) || this.#gateways.test(name)) && !this.#spanning.test(name);
  }

  isGateway(name: string): boolean {
    return this.#gateways.test(name);
  }
}

/** Where nothing was handed in: no name tells anything. */
export const NO_CNIS = new Cnis([]);
