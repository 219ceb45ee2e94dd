import { describe, expect, test } from 'vitest';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import type { Flow } from '../../../src/facts/flow.js';
import { CLUSTER, type Probe, podSubject, serviceSubject } from '../../../src/facts/model.js';
import { FactStore } from '../../../src/facts/store.js';
import type { AskedWalk, WalkRequest } from '../../../src/facts/walk/request.js';
import { WalkRequests } from '../../../src/facts/walk/request-probe.js';

const SERVICE = {
  ...{ namespace: 'default', type: 'ClusterIP', selector: {}, loadBalancerIPs: [], sourceRanges: [] },
};

/** pod/default/a on n1 with its own resolver, pod/default/b beside it without one, and three Services. */
function requests(add: (store: FactStore) => void = () => {}): WalkRequests {
  const store = new FactStore();
  const source = { file: 'f', line: 1 };
  for (const [name, ip] of [
    ['a', '10.244.1.2'],
    ['b', '10.244.1.3'],
  ] as const) {
    const subject = podSubject('default', name);
    store.add({
      ...{ subject, name: 'address', source },
      value: { dev: 'eth0', ip, prefix: 24, family: 4, scope: 'global' },
    } as never);
  }
  store.add({
    ...{ subject: podSubject('default', 'a'), name: 'resolv-conf', source },
    value: { nameservers: ['169.254.20.10'], search: [], options: [] },
  });
  const services = [
    { name: 'web', clusterIPs: ['10.96.0.20'], ports: [{ port: 80, proto: 'TCP' }] },
    { name: 'headless', clusterIPs: ['None'], ports: [{ port: 80, proto: 'TCP' }] },
    { name: 'dns', clusterIPs: ['10.96.0.10'], ports: [], selector: { 'k8s-app': 'kube-dns' } },
    { name: 'six', clusterIPs: ['fd00::1'], ports: [{ port: 80, proto: 'TCP' }] },
  ];
  for (const service of services) {
    const subject = serviceSubject('default', service.name);
    store.add({ subject, name: 'service-object', source, value: { ...SERVICE, ...service } });
  }
  add(store);
  return new WalkRequests(store, buildTopology(store));
}

const probe = (more: Partial<Probe> & Pick<Probe, 'to'>): Probe => ({
  ...{ from: { kind: 'pod', namespace: 'default', pod: 'a' }, proto: 'tcp', state: 'ok', origin: 'report' },
  ...more,
});

function requestOf(asked: AskedWalk): WalkRequest {
  if ('why' in asked) throw new Error(asked.why);
  return asked.request;
}

const whyNot = (asked: AskedWalk): string => ('why' in asked ? asked.why : 'it can be walked');

describe('a lookup', () => {
  const lookup = (more: Partial<Probe> = {}): Probe =>
    probe({ to: { kind: 'dns', name: 'web' }, proto: 'dns', ...more });

  test('is walked as UDP to the server that is named', () => {
    expect(requestOf(requests().ofProbe(CLUSTER, lookup({ server: '8.8.8.8' })))).toMatchObject({
      ...{ proto: 'udp', port: 53, lookup: 'web', to: { ip: '8.8.8.8' } },
    });
  });

  test("else to the asker's own", () => {
    expect(requestOf(requests().ofProbe(CLUSTER, lookup())).to.ip).toBe('169.254.20.10');
  });

  test("else to the cluster's", () => {
    const from = { kind: 'pod', namespace: 'default', pod: 'b' } as const;
    expect(requestOf(requests().ofProbe(CLUSTER, lookup({ from })))).toMatchObject({
      to: { ip: '10.96.0.10', subject: serviceSubject('default', 'dns') },
    });
  });

  test('of a node whose resolver is not known is not walked to any', () => {
    const from = { kind: 'external', ip: '192.0.2.1' } as const;
    expect(whyNot(requests().ofProbe(CLUSTER, lookup({ from })))).toMatch(/which server .* asks is not known/);
  });
});

describe('a name', () => {
  test('is what the Services say', () => {
    expect(requestOf(requests().ofProbe(CLUSTER, probe({ to: { name: 'web' }, proto: 'http' })))).toMatchObject({
      ...{ proto: 'tcp', port: 80, to: { ip: '10.96.0.20', port: 80 } },
    });
  });

  test('is what a lookup in the input was answered', () => {
    const all = requests((store) => {
      const value = probe({ to: { kind: 'dns', name: 'example.org' }, proto: 'dns', answers: ['::1', '198.51.100.7'] });
      store.add({ subject: CLUSTER, name: 'probe', source: {}, value });
    });
    expect(requestOf(all.ofProbe(CLUSTER, probe({ to: { name: 'example.org', port: 443 } }))).to.ip).toBe(
      '198.51.100.7',
    );
  });

  test.each([
    ['example.org', 'nothing here resolves the name example.org'],
    ['headless.default', 'service/default/headless is headless, its name stands for its pods: name one of them'],
    ['six.default', 'fd00::1 is no IPv4 address: the walk knows IPv4 alone'],
  ])('%s is not walked, and says why', (name, why) => {
    expect(whyNot(requests().ofProbe(CLUSTER, probe({ to: { name, port: 80 } })))).toBe(why);
  });
});

describe('an end', () => {
  test('outside without an address is some address outside', () => {
    expect(requestOf(requests().ofProbe(CLUSTER, probe({ to: { kind: 'external', port: 443 } }))).to.ip).toBe(
      '203.0.113.1',
    );
  });

  test('that is a Service of one port needs none', () => {
    expect(requestOf(requests().ofProbe(CLUSTER, probe({ to: { kind: 'clusterip', ip: '10.96.0.20' } }))).port).toBe(
      80,
    );
  });

  test('without a port is walked by a ping alone', () => {
    expect(whyNot(requests().ofProbe(CLUSTER, probe({ to: { ip: '10.0.0.1' } })))).toBe('no port is told for tcp');
    expect(requestOf(requests().ofProbe(CLUSTER, probe({ to: { ip: '10.0.0.1' }, proto: 'icmp' })))).not.toHaveProperty(
      'port',
    );
  });

  test('that is a pod of which only the node is told is not walked', () => {
    const asked = requests().ofProbe(
      CLUSTER,
      probe({ from: { kind: 'pod', node: 'n1' }, to: { ip: '10.0.0.1', port: 1 } }),
    );
    expect(whyNot(asked)).toMatch(/^no /);
  });
});

test("a flow that was tried keeps its probe's DF, size and backend", () => {
  const source = { file: 'facts.yaml', line: 3 };
  const value = probe({ to: { ip: '10.244.1.3', port: 80 }, dontFragment: true, toItself: true });
  const all = requests((store) => store.add({ subject: CLUSTER, name: 'probe', source, value }));
  const flow = {
    ...{ from: { kind: 'pod', ip: '10.244.1.2' }, to: { kind: 'pod', ip: '10.244.1.3', port: 80 }, proto: 'tcp' },
    ...{ size: 1500, large: true, sources: [source] },
  } as unknown as Flow;
  expect(requestOf(all.ofFlow(flow))).toMatchObject({ dontFragment: true, toItself: true, size: 1500 });
});

describe('a target that is named', () => {
  const named = (to: Probe['to'], more: Partial<Probe> = {}): WalkRequest =>
    requestOf(requests().ofProbe(CLUSTER, probe({ to, ...more })));

  test("by a DNS name is looked up first, at the asker's own server", () => {
    const request = named({ name: 'web.default.svc.cluster.local', port: 80 });
    expect(request.resolver).toMatchObject({ server: { ip: '169.254.20.10' }, name: 'web.default.svc.cluster.local' });
    expect(request.to.ip).toBe('10.96.0.20');
  });

  test('as a Service is not looked up: nobody asked for a name', () => {
    const request = named({ kind: 'clusterip', namespace: 'default', name: 'web', port: 80 });
    expect(request.resolver).toBeUndefined();
    expect(request.to.ip).toBe('10.96.0.20');
  });

  test('by an address is not looked up', () => {
    expect(named({ ip: '10.96.0.20', port: 80 }).resolver).toBeUndefined();
  });

  test('is not looked up for what failed once a connection was open', () => {
    const request = named({ name: 'web.default.svc.cluster.local', port: 80 }, { stage: 'transfer' });
    expect(request.resolver).toBeUndefined();
  });
});
