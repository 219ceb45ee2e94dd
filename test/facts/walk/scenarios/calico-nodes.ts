import { list, nodeObject, podObject } from '../../derive/bundle-facts.js';
import { type Device, lines, nodeFiles, podFiles } from './node-outputs.js';
import type { Outputs } from './scenario.js';

export interface CalicoOptions {
  mode?: 'bgp' | 'ipip' | 'vxlan';
  sysctls?: (node: number) => Record<string, number>;
  /** Routes that a node has besides its own, or in their place. */
  routes?: (node: number, own: string[]) => string[];
  /** The rules of the policy that selects pod b, and what it stands beside; undefined where none does. */
  policy?: readonly string[];
  /** Members of the set `cali40s:clients`; undefined where no output lists the sets. */
  clients?: readonly string[];
  neighbours?: (node: number, own: string[]) => string[];
  fdb?: (node: number, own: string[]) => string[];
}

export const CALI = {
  a: 'cali1a1a1a1a1a1',
  a2: 'cali2a2a2a2a2a2',
  b: 'cali3b3b3b3b3b3',
  b2: 'cali4b4b4b4b4b4',
} as const;
const PODS = { 1: ['a', 'a2'], 2: ['b', 'b2'] } as const;
const VTEP = (n: number): string => `66:1c:9b:ba:30:0${n}`;
const NIC = (n: number): string => `52:54:00:b3:7b:0${n}`;

/** Two nodes with Calico, two pods each with an address of the node's block; pods a and b were sampled. */
export function calicoNodes(options: CalicoOptions = {}): Outputs {
  const files: Outputs = {
    'cluster/nodes.json': list([1, 2].map((n) => nodeObject(`n${n}`, `192.168.10.1${n}`, `10.244.${n}.0/24`))),
    'cluster/pods.json': list([
      ...([1, 2] as const).flatMap((n) =>
        PODS[n].map((name, i) => podObject('default', name, `n${n}`, { ip: `10.244.${n}.${i + 2}` })),
      ),
      podObject('kube-system', 'calico-node-x', 'n1', {
        ip: '192.168.10.11',
        hostNetwork: true,
        labels: { 'k8s-app': 'calico-node' },
      }),
    ]),
  };
  for (const n of [1, 2] as const) Object.assign(files, calicoNode(n, options));
  for (const [n, name] of [
    [1, 'a'],
    [2, 'b'],
  ] as const)
    Object.assign(
      files,
      podFiles(
        'default',
        name,
        [{ name: 'eth0', index: 4, mtu: 1450, addresses: [`10.244.${n}.2/32`], peer: 10 }],
        ['default via 169.254.1.1 dev eth0 ', '169.254.1.1 dev eth0 scope link '],
      ),
    );
  return files;
}

function calicoNode(n: 1 | 2, options: CalicoOptions): Outputs {
  const mode = options.mode ?? 'bgp';
  const m = n === 1 ? 2 : 1;
  const devices: Device[] = [
    { name: 'eth0', index: 2, mac: NIC(n), addresses: [`192.168.10.1${n}/24`] },
    ...PODS[n].map(
      (name, i): Device => ({
        name: CALI[name],
        index: 10 + i,
        mtu: 1450,
        mac: 'ee:ee:ee:ee:ee:ee',
        peer: 4,
        kind: 'veth',
      }),
    ),
  ];
  if (mode === 'ipip')
    devices.push({
      name: 'tunl0',
      index: 3,
      mtu: 1480,
      addresses: [`10.244.${n}.1/32`],
      kind: 'ipip any remote any local any ttl inherit nopmtudisc',
    });
  if (mode === 'vxlan')
    devices.push({
      name: 'vxlan.calico',
      index: 3,
      mtu: 1450,
      mac: VTEP(n),
      addresses: [`10.244.${n}.1/32`],
      kind: `vxlan id 4096 local 192.168.10.1${n} dev eth0 srcport 0 0 dstport 4789 nolearning ttl auto ageing 300`,
    });
  const away =
    mode === 'bgp'
      ? `10.244.${m}.0/26 via 192.168.10.1${m} dev eth0 proto bird `
      : mode === 'ipip'
        ? `10.244.${m}.0/26 via 192.168.10.1${m} dev tunl0 proto bird onlink `
        : `10.244.${m}.0/26 via 10.244.${m}.1 dev vxlan.calico onlink `;
  const routes = [
    'default via 192.168.10.1 dev eth0 proto static ',
    ...PODS[n].map((name, i) => `10.244.${n}.${i + 2} dev ${CALI[name]} scope link `),
    `blackhole 10.244.${n}.0/26 proto bird `,
    away,
    `192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.1${n} `,
  ];
  const own: Record<string, number> = {};
  for (const name of PODS[n]) {
    own[`net.ipv4.conf.${CALI[name]}.proxy_arp`] = 1;
    own[`net.ipv4.conf.${CALI[name]}.rp_filter`] = 1;
  }
  const neighbours = [
    `192.168.10.1${m} dev eth0 lladdr ${NIC(m)} REACHABLE`,
    ...(mode === 'vxlan' ? [`10.244.${m}.1 dev vxlan.calico lladdr ${VTEP(m)} PERMANENT`] : []),
  ];
  const fdb =
    mode === 'vxlan'
      ? [`${VTEP(m)} dev vxlan.calico dst 192.168.10.1${m} self permanent`]
      : ['33:33:00:00:00:01 dev eth0 self permanent'];
  return nodeFiles(`n${n}`, {
    devices,
    routes: options.routes?.(n, routes) ?? routes,
    iptables: felixSave(n, options),
    sysctls: { ...own, ...options.sysctls?.(n) },
    neighbours: options.neighbours?.(n, neighbours) ?? neighbours,
    fdb: options.fdb?.(n, fdb) ?? fdb,
    more:
      options.clients === undefined
        ? {}
        : {
            ipset_list: lines([
              'Name: cali40s:clients',
              'Type: hash:net',
              'Revision: 6',
              'Header: family inet hashsize 1024 maxelem 1048576',
              'Size in memory: 504',
              'References: 1',
              `Number of entries: ${options.clients.length}`,
              'Members:',
              ...options.clients,
              '',
              ...['cali40masq-ipam-pools', 'cali40all-ipam-pools'].flatMap((name) => [
                `Name: ${name}`,
                'Type: hash:net',
                'Revision: 6',
                'Header: family inet hashsize 1024 maxelem 1048576',
                'Size in memory: 504',
                'References: 1',
                'Number of entries: 1',
                'Members:',
                '10.244.0.0/16',
                '',
              ]),
            ]),
          },
  });
}

/** `iptables-save` of a node with Felix alone: the workloads' dispatch chains, their profiles, and a policy on pod b. */
function felixSave(n: 1 | 2, { policy }: CalicoOptions): string {
  const filter: string[] = [];
  const chains: string[] = [
    'cali-FORWARD',
    'cali-INPUT',
    'cali-from-wl-dispatch',
    'cali-to-wl-dispatch',
    'cali-pri-kns.default',
    'cali-pro-kns.default',
    'cali-cidr-block',
  ];
  for (const name of PODS[n]) {
    const device = CALI[name];
    const selected = name === 'b' && policy !== undefined;
    chains.push(`cali-fw-${device}`, `cali-tw-${device}`);
    filter.push(
      `-A cali-from-wl-dispatch -i ${device} -m comment --comment "cali:a" -g cali-fw-${device}`,
      `-A cali-to-wl-dispatch -o ${device} -m comment --comment "cali:b" -g cali-tw-${device}`,
    );
    for (const way of ['fw', 'tw'] as const)
      filter.push(
        `-A cali-${way}-${device} -m comment --comment "cali:c" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
        `-A cali-${way}-${device} -m comment --comment "cali:d" -m conntrack --ctstate INVALID -j DROP`,
        `-A cali-${way}-${device} -m comment --comment "cali:e" -j MARK --set-xmark 0x0/0x10000`,
        ...(way === 'fw'
          ? [
              `-A cali-fw-${device} -p udp -m comment --comment "cali:f" -m comment --comment "Drop VXLAN encapped packets originating in workloads" -m multiport --dports 4789 -j DROP`,
            ]
          : []),
        ...(way === 'tw' && selected
          ? [
              `-A cali-tw-${device} -m comment --comment "cali:g" -m comment --comment "Start of policies" -j MARK --set-xmark 0x0/0x20000`,
              `-A cali-tw-${device} -m comment --comment "cali:h" -m mark --mark 0x0/0x20000 -j cali-pi-only-clients`,
              `-A cali-tw-${device} -m comment --comment "cali:i" -m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 -j RETURN`,
              `-A cali-tw-${device} -m comment --comment "cali:j" -m comment --comment "Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP`,
            ]
          : []),
        `-A cali-${way}-${device} -m comment --comment "cali:k" -j cali-pr${way === 'fw' ? 'o' : 'i'}-kns.default`,
        `-A cali-${way}-${device} -m comment --comment "cali:l" -m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 -j RETURN`,
        `-A cali-${way}-${device} -m comment --comment "cali:m" -m comment --comment "Drop if no profiles matched" -j DROP`,
      );
  }
  if (n === 2 && policy !== undefined) {
    chains.push('cali-pi-only-clients');
    filter.push(...policy.map((rule) => `-A cali-pi-only-clients ${rule}`));
  }
  return lines([
    '# Generated by iptables-save v1.8.7 on Mon Jan  8 10:00:00 2024',
    '*mangle',
    ...['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    'COMMIT',
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains.map((chain) => `:${chain} - [0:0]`),
    '-A INPUT -m comment --comment "cali:Cz_u1IQiXIMmKD4c" -j cali-INPUT',
    '-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
    '-A FORWARD -m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT',
    '-A cali-INPUT -p ipencap -m comment --comment "cali:1" -m comment --comment "Drop IPIP packets from non-Calico hosts" -m addrtype ! --dst-type LOCAL -j DROP',
    '-A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX" -j MARK --set-xmark 0x0/0xe0000',
    '-A cali-FORWARD -i cali+ -m comment --comment "cali:8ZoYfO5HKXWbB3pk" -j cali-from-wl-dispatch',
    '-A cali-FORWARD -o cali+ -m comment --comment "cali:jdEuaPBe14V2hutn" -j cali-to-wl-dispatch',
    '-A cali-FORWARD -m comment --comment "cali:9CcNpAFVEzPB5GTr" -j cali-cidr-block',
    ...filter,
    '-A cali-from-wl-dispatch -m comment --comment "cali:n" -m comment --comment "Unknown interface" -j DROP',
    '-A cali-to-wl-dispatch -m comment --comment "cali:o" -m comment --comment "Unknown interface" -j DROP',
    '-A cali-pri-kns.default -m comment --comment "cali:p" -m comment --comment "Profile kns.default ingress" -j MARK --set-xmark 0x10000/0x10000',
    '-A cali-pri-kns.default -m comment --comment "cali:q" -m mark --mark 0x10000/0x10000 -j RETURN',
    '-A cali-pro-kns.default -m comment --comment "cali:r" -m comment --comment "Profile kns.default egress" -j MARK --set-xmark 0x10000/0x10000',
    '-A cali-pro-kns.default -m comment --comment "cali:s" -m mark --mark 0x10000/0x10000 -j RETURN',
    'COMMIT',
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => `:${chain} ACCEPT [0:0]`),
    ':cali-nat-outgoing - [0:0]',
    '-A POSTROUTING -m comment --comment "cali:O3lYWMrLQYEMJtB5" -j cali-nat-outgoing',
    '-A cali-nat-outgoing -m comment --comment "cali:flqWnvo8yq4ULQLa" -m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE --random-fully',
    'COMMIT',
  ]);
}
