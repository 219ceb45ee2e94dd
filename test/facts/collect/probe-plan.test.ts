import { describe, expect, it } from 'vitest';
import type { PlannedProbe } from '../../../src/facts/collect/probe-agent/plan.js';
import { type ProbeSource, planProbes } from '../../../src/facts/collect/probe-plan.js';
import type { Targets } from '../../../src/facts/collect/targets.js';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';

interface Cluster {
  /** Ready pods on each of the nodes n1, n2, …: `web-<node>-<n>` at 10.244.<node>.<n + 1>. */
  pods?: number[];
  services?: object[];
  endpoints?: object[];
}

const meta = (name: string, namespace?: string) => ({ name, namespace });

function targetsOf({ pods = [2, 2, 2], services = [], endpoints = [] }: Cluster = {}): Targets {
  const file = (resource: string, items: object[]) => {
    const bytes = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    return { path: `cluster/${resource}.json`, bytes, size: bytes.length };
  };
  const nodes = pods.map((_, i) => ({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: meta(`n${i + 1}`) },
    status: { addresses: [{ type: 'InternalIP', address: `192.168.10.${i + 11}` }] },
  }));
  const podObjects = pods.flatMap((count, i) =>
    Array.from({ length: count }, (_, j) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: meta(`web-${i + 1}-${j + 1}`, 'default') },
      spec: {
        nodeName: `n${i + 1}`,
        containers: [{ name: 'c', ports: [{ containerPort: 9000, protocol: 'TCP' }] }],
      },
      status: {
        phase: 'Running',
        podIPs: [{ ip: `10.244.${i + 1}.${j + 2}` }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    })),
  );
  const entries = [
    file('nodes', nodes),
    file('pods', podObjects),
    file('services', services),
    file('endpoints', endpoints),
  ];
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  return { given: [], problems: [], topology: buildTopology(store), node: 'n1', ownIps: ['192.168.10.11'] };
}

const service = (name: string, ip: string, spec: object = {}, namespace = 'default') => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: meta(name, namespace) },
  spec: { type: 'ClusterIP', clusterIP: ip, ports: [{ port: 5432, protocol: 'TCP', targetPort: 9000 }], ...spec },
});
const endpointsOf = (name: string, ips: [string, string][], namespace = 'default', port = 9000) => ({
  ...{ apiVersion: 'v1', kind: 'Endpoints', metadata: meta(name, namespace) },
  subsets: [
    {
      addresses: ips.map(([ip, nodeName]) => ({ ip, nodeName })),
      ports: [{ port, protocol: port === 53 ? 'UDP' : 'TCP' }],
    },
  ],
});

const NODE: ProbeSource = { kind: 'node', node: 'n1', ips: ['192.168.10.11'] };
const POD: ProbeSource = { kind: 'pod', node: 'n1', namespace: 'default', name: 'web-1-1', ips: ['10.244.1.2'] };

/** `icmp 10.0.0.1`, `tcp 10.0.0.1:80`, `dns name @server/udp`. */
function wordsOf(probe: PlannedProbe): string {
  if (probe.proto === 'dns') return `dns ${probe.name} @${probe.server}/${probe.transport}`;
  const { ip, name, port } = probe.to;
  return `${probe.proto} ${ip ?? name}${port === undefined ? '' : `:${port}`}`;
}
const planned = (targets: Targets, source: ProbeSource) => planProbes(targets, source).probes.map(wordsOf);

describe('what is probed of the cluster', () => {
  it('from a node: the other nodes, pods elsewhere and its own, each at a port it serves', () => {
    expect(planned(targetsOf({ pods: [1, 1] }), NODE)).toEqual([
      'icmp 192.168.10.12',
      'icmp 10.244.1.2',
      'tcp 10.244.1.2:9000',
      'icmp 10.244.2.2',
      'tcp 10.244.2.2:9000',
    ]);
  });

  it('from a pod: also its own node, and never itself', () => {
    const words = planned(targetsOf({ pods: [2, 1] }), POD);
    expect(words).toContain('icmp 192.168.10.11');
    expect(words.some((word) => word.includes('10.244.1.2'))).toBe(false);
    expect(words).toContain('icmp 10.244.1.3');
  });

  it('finds the MTU of the path to each other node and to one pod on it', () => {
    const swept = planProbes(targetsOf(), NODE).probes.filter((probe) => 'sweep' in probe);
    expect(swept.map(wordsOf)).toEqual([
      'icmp 192.168.10.12',
      'icmp 192.168.10.13',
      'icmp 10.244.2.2',
      'icmp 10.244.3.2',
    ]);
  });

  it('connects to a Service as often as its backends need to have their turn, and does not ping it', () => {
    const targets = targetsOf({
      services: [service('db', '10.96.1.1')],
      endpoints: [
        endpointsOf('db', [
          ['10.244.1.2', 'n1'],
          ['10.244.2.2', 'n2'],
        ]),
      ],
    });
    const probes = planProbes(targets, NODE).probes.filter((probe) => wordsOf(probe).includes('10.96.'));
    expect(probes).toEqual([{ proto: 'tcp', to: { ip: '10.96.1.1', port: 5432 }, count: 4 }]);
  });

  it('asks for a page where the port is one of HTTP, at its NodePort too', () => {
    const ports = [{ name: 'http-main', port: 5000, protocol: 'TCP', nodePort: 30080 }];
    const targets = targetsOf({
      pods: [1, 1],
      services: [service('web', '10.96.1.1', { type: 'NodePort', ports })],
      endpoints: [endpointsOf('web', [['10.244.2.2', 'n2']])],
    });
    expect(planned(targets, NODE).filter((word) => word.startsWith('http'))).toEqual([
      'http 10.96.1.1:5000',
      'http 192.168.10.11:30080',
      'http 192.168.10.12:30080',
    ]);
  });

  it('tries a NodePort of externalTrafficPolicy Local only where there is a backend', () => {
    const spec = {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 5432, protocol: 'TCP', nodePort: 30081 }],
    };
    const targets = targetsOf({
      services: [service('db', '10.96.1.1', spec)],
      endpoints: [endpointsOf('db', [['10.244.2.2', 'n2']])],
    });
    expect(planned(targets, NODE).filter((word) => word.includes('30081'))).toEqual(['tcp 192.168.10.12:30081']);
  });

  it('leaves out a Service that nothing backs and that selects no pods', () => {
    const targets = targetsOf({ services: [service('db', '10.96.1.1')], endpoints: [endpointsOf('other', [])] });
    expect(planned(targets, NODE).join()).not.toContain('10.96.');
  });

  it('tries a Service that selects pods and finds none: somebody meant it to answer', () => {
    const services = [service('db', '10.96.1.1', { selector: { app: 'bd' } })];
    const targets = targetsOf({ services, endpoints: [endpointsOf('db', [])] });
    expect(planned(targets, NODE)).toContain('tcp 10.96.1.1:5432');
  });

  it('puts the Service that a pod itself backs before others', () => {
    const names = Array.from({ length: 40 }, (_, i) => `a${String(i).padStart(2, '0')}`);
    const targets = targetsOf({
      services: [...names.map((name, i) => service(name, `10.96.2.${i + 1}`)), service('zz', '10.96.1.1')],
      endpoints: [
        ...names.map((name) => endpointsOf(name, [['10.244.2.2', 'n2']])),
        endpointsOf('zz', [['10.244.1.2', 'n1']]),
      ],
    });
    const plan = planProbes(targets, POD);
    expect(plan.probes.map(wordsOf)).toContain('tcp 10.96.1.1:5432');
    expect(plan.groups).toContainEqual({ what: 'Services', meant: 41, chosen: 20 });
  });

  it('says how many it meant to probe where it takes a sample', () => {
    const { groups, probes } = planProbes(targetsOf({ pods: Array.from({ length: 60 }, () => 5) }), NODE);
    expect(groups).toContainEqual({ what: 'other nodes', meant: 59, chosen: 20 });
    expect(groups).toContainEqual({ what: 'pods', meant: 300, chosen: 42 });
    expect(probes.length).toBeLessThanOrEqual(400);
  });

  it('gives the same plan for the same targets', () => {
    expect(planProbes(targetsOf(), POD)).toEqual(planProbes(targetsOf(), POD));
  });
});

describe('which names are looked up', () => {
  const spec = { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }], selector: { 'k8s-app': 'kube-dns' } };
  const targets = targetsOf({
    services: [service('kube-dns', '10.96.0.10', spec, 'kube-system')],
    endpoints: [endpointsOf('kube-dns', [['10.244.2.2', 'n2']], 'kube-system', 53)],
  });

  it('a name of the cluster and one outside, at the Service and at each DNS pod, over UDP and TCP', () => {
    expect(planned(targets, NODE).filter((word) => word.startsWith('dns'))).toEqual([
      'dns kubernetes.default.svc.cluster.local @10.96.0.10/udp',
      'dns kubernetes.default.svc.cluster.local @10.96.0.10/tcp',
      'dns www.example.com @10.96.0.10/udp',
      'dns kubernetes.default.svc.cluster.local @10.244.2.2/udp',
      'dns kubernetes.default.svc.cluster.local @10.244.2.2/tcp',
      'dns www.example.com @10.244.2.2/udp',
    ]);
  });

  it("in the cluster's own domain, which the search list of a pod tells", () => {
    const resolvConf = 'nameserver 169.254.20.10\nsearch default.svc.corp.example svc.corp.example\n';
    const words = planned({ given: [], problems: [], node: 'n1', ownIps: [] }, { ...POD, resolvConf });
    expect(words).toEqual([
      'dns kubernetes.default.svc.corp.example @169.254.20.10/udp',
      'dns kubernetes.default.svc.corp.example @169.254.20.10/tcp',
      'dns www.example.com @169.254.20.10/udp',
    ]);
  });

  it("none of the cluster at a node's own servers, which need not know it", () => {
    const words = planned(
      { given: [], problems: [], node: 'n1', ownIps: [] },
      { ...NODE, resolvConf: 'nameserver 192.0.2.53\n' },
    );
    expect(words).toEqual(['dns www.example.com @192.0.2.53/udp']);
  });

  it('none outside where no name is to be asked for', () => {
    const words = planProbes(targets, NODE, { externalName: '' }).probes.map(wordsOf);
    expect(words.join()).not.toContain('example');
  });
});

describe('what a person gave', () => {
  const given = (from: object) => ({
    ...{ given: [{ to: { ip: '10.1.1.1', port: 80 }, proto: 'tcp' as const, from }], problems: [] },
    ...{ node: 'n1', ownIps: [] },
  });

  it('is probed from where the list says', () => {
    expect(planned(given({ kind: 'pod', node: 'n1' }), POD)).toEqual(['tcp 10.1.1.1:80']);
    expect(planned(given({ kind: 'pod', node: 'n1' }), NODE)).toEqual([]);
    expect(planned(given({ kind: 'pod', node: 'n2' }), POD)).toEqual([]);
    expect(planned(given({ ip: '10.244.1.2' }), POD)).toEqual(['tcp 10.1.1.1:80']);
    expect(planned(given({ kind: 'pod', namespace: 'default', pod: 'other' }), POD)).toEqual([]);
  });

  it('is never left out for the number of probes', () => {
    const peers = Array.from({ length: 500 }, (_, i) => ({
      to: { ip: `10.1.${i >> 8}.${i & 255}` },
      proto: 'icmp' as const,
    }));
    const plan = planProbes({ given: peers, problems: [], node: 'n1', ownIps: [] }, NODE, { probes: 1 });
    expect(plan.probes).toHaveLength(500);
  });
});
