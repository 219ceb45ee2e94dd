import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import type { Flow } from '../../../src/facts/flow.js';
import { isSymptom } from '../../../src/facts/flow.js';
import { formatLeg } from '../../../src/facts/leg.js';
import type { ClusterStore } from './cluster-store.js';
import { threeNodes } from './cluster-store.js';

function flowsOf(cluster: ClusterStore): Flow[] {
  return deriveAll(cluster.store).flows;
}

function only(cluster: ClusterStore): Flow {
  const flows = flowsOf(cluster);
  expect(flows).toHaveLength(1);
  return flows[0]!;
}

const legOf = (flow: Flow): string => formatLeg(flow.leg);
const partLegs = (flow: Flow): string[] => flow.parts.map((part) => `${part.name} ${formatLeg(part.leg)}`);

test.each([
  ['a pod on another node', 'pod/default/web-1', '10.244.2.2', 'pod>pod@cross-node/tcp'],
  ['a pod on the same node', 'pod/default/api', '10.244.2.2', 'pod>pod@same-node/tcp'],
  ['its own node', 'pod/default/web-1', '192.168.1.11', 'pod>node@own-node/tcp'],
  ['another node', 'pod/default/web-1', '192.168.1.12', 'pod>node@cross-node/tcp'],
  ['an address outside', 'pod/default/web-1', '203.0.113.7', 'pod>external/tcp'],
])('a pod that tries %s makes the leg %s → %s', (_, from, ip, leg) => {
  expect(legOf(only(threeNodes().probe(from, { ip, port: 8080 })))).toBe(leg);
});

test('a Service flow has the nearness of its ready endpoints, an entry and a transport part', () => {
  const same = only(threeNodes().probe('pod/default/web-2', { ip: '10.96.0.30', port: 80 }));
  expect(legOf(same)).toBe('pod>clusterip@same-node/tcp');
  expect(partLegs(same)).toEqual(['entry pod>clusterip@same-node/tcp', 'transport pod>pod@same-node/tcp']);
  expect(same.parts[0]!.roles).toMatchObject({
    entry: ['node/n2'],
    target: ['service/default/api', 'pod/default/api', 'node/n2'],
  });
  expect(legOf(only(threeNodes().probe('pod/default/web-1', { ip: '10.96.0.30', port: 80 })))).toBe(
    'pod>clusterip@cross-node/tcp',
  );
  const varies = only(threeNodes().probe('pod/default/web-1', { ip: '10.96.0.20', port: 80 }));
  expect(legOf(varies)).toBe('pod>clusterip@varies/tcp');
  expect(varies.parts[1]!.sure).toBe(false);
});

test('a pod that is the only backend of the Service it calls is near itself', () => {
  expect(legOf(only(threeNodes().probe('pod/default/api', { ip: '10.96.0.30', port: 80 })))).toBe(
    'pod>clusterip@self/tcp',
  );
});

test('a NodePort is translated on the node that is addressed', () => {
  const flow = only(threeNodes().probe('node/n1', { ip: '192.168.1.13', port: 30080 }));
  expect(legOf(flow)).toBe('node>nodeport@varies/tcp');
  expect(flow.parts[0]!.roles.entry).toEqual(['node/n3']);
  expect(flow.parts[1]!.roles.source).toEqual(['node/n3']);
});

test('a pod that calls itself by the port of another node comes back as that node, not as itself', () => {
  const flow = only(threeNodes().probe('pod/default/api', { kind: 'nodeport', ip: '192.168.1.13', port: 30030 }));
  expect(flow.leg.near).not.toBe('self');
});

test('a lookup that times out may have died on the way to the server or in it', () => {
  const flow = only(
    threeNodes().probe(
      'pod/default/web-2',
      { kind: 'dns', name: 'www.example.com' },
      { proto: 'dns', state: 'failing', error: 'timeout', server: '10.96.0.10' },
    ),
  );
  expect(legOf(flow)).toBe('pod>dns-external');
  expect(partLegs(flow)).toEqual([
    'resolve pod>dns-external',
    'entry pod>clusterip@cross-node/udp',
    'transport pod>pod@cross-node/udp',
  ]);
  expect(flow.parts[0]!.roles.resolver).toContain('pod/kube-system/coredns');
});

test('an answer, be it an error, shows that the way to the DNS server works', () => {
  const flow = only(
    threeNodes().probe(
      'pod/default/web-2',
      { kind: 'dns', name: 'www.example.com' },
      { proto: 'dns', state: 'failing', error: 'servfail', server: '10.96.0.10' },
    ),
  );
  expect(partLegs(flow)).toEqual(['resolve pod>dns-external']);
});

test('what was reached past resolving did not die in it', () => {
  const to = { name: 'api.default.svc.cluster.local', ip: '10.96.0.30', port: 80 };
  const connect = only(
    threeNodes().probe('pod/default/web-1', to, { state: 'failing', error: 'timeout', stage: 'connect' }),
  );
  expect(partLegs(connect)).toEqual(['entry pod>clusterip@cross-node/tcp', 'transport pod>pod@cross-node/tcp']);
  const resolve = only(
    threeNodes().probe(
      'pod/default/web-2',
      { name: to.name, port: 80 },
      { state: 'failing', error: 'timeout', stage: 'resolve' },
    ),
  );
  expect(partLegs(resolve)[0]).toBe('resolve pod>dns-internal');
  expect(partLegs(resolve)).not.toContain('entry pod>clusterip@same-node/tcp');
});

test('a ping to a ClusterIP ought to fail and is no symptom', () => {
  const flow = only(
    threeNodes().probe(
      'pod/default/web-1',
      { ip: '10.96.0.20' },
      { proto: 'icmp', state: 'failing', error: 'timeout' },
    ),
  );
  expect(flow).toMatchObject({ expected: 'fails', expectedWhy: 'icmp-to-service' });
  expect(isSymptom(flow)).toBe(false);
});

test('a ping to a node whose firewall drops ping alone ought to fail, to another it is a symptom', () => {
  const cluster = threeNodes()
    .probe('pod/default/web-1', { ip: '192.168.1.12' }, { proto: 'icmp', state: 'failing', error: 'timeout' })
    .probe('pod/default/web-1', { ip: '192.168.1.13' }, { proto: 'icmp', state: 'failing', error: 'timeout' });
  cluster.record('node/n2', 'iptables-chain', { family: 4, table: 'filter', chain: 'INPUT', policy: 'ACCEPT' });
  const rule = { family: 4, table: 'filter', chain: 'INPUT', index: 1, targetOptions: {}, not: [] } as const;
  const text = '-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP';
  const unknown = ['-m icmp --icmp-type 8'];
  cluster.record('node/n2', 'iptables-rule', { ...rule, not: [], proto: 'icmp', unknown, target: 'DROP', text });
  const [filtered, lost] = flowsOf(cluster);
  expect(filtered!.expectedWhy).toBe('ping-filtered');
  expect(isSymptom(lost!)).toBe(true);
});

test('a DF ping above the own MTU ought to fail, one at it that is lost is a large symptom', () => {
  const link = (cluster: ClusterStore) =>
    cluster.record('pod/default/web-1', 'link', { name: 'eth0', flags: ['UP'], mtu: 1450 });
  const above = only(
    link(threeNodes()).probe(
      'pod/default/web-1',
      { ip: '10.244.2.2' },
      { proto: 'icmp', state: 'failing', error: 'message-too-long', mtu: 1450, size: 1500, dontFragment: true },
    ),
  );
  expect(above).toMatchObject({ expected: 'fails', expectedWhy: 'above-own-mtu' });
  const at = only(
    link(threeNodes()).probe(
      'pod/default/web-1',
      { ip: '10.244.2.2' },
      { proto: 'icmp', state: 'failing', error: 'timeout', size: 1450, dontFragment: true },
    ),
  );
  expect(legOf(at)).toBe('pod>pod@cross-node/icmp+large');
  expect(isSymptom(at)).toBe(true);
  const below = only(
    link(threeNodes()).probe(
      'pod/default/web-1',
      { ip: '10.244.2.2' },
      { proto: 'icmp', size: 1400, dontFragment: true },
    ),
  );
  expect(legOf(below)).toBe('pod>pod@cross-node/icmp');
});

test('a connection that opens and then stalls needs large packets', () => {
  const flow = only(
    threeNodes().probe(
      'pod/default/web-1',
      { ip: '10.244.2.2', port: 8080 },
      { proto: 'http', state: 'failing', error: 'stalled', stage: 'request' },
    ),
  );
  expect(legOf(flow)).toBe('pod>pod@cross-node/tcp+large');
});

test('the path MTU is the largest DF ping that got through beside a larger one that did not', () => {
  const cluster = threeNodes().record('pod/default/web-1', 'link', { name: 'eth0', flags: ['UP'], mtu: 1450 });
  const ping = { proto: 'icmp', dontFragment: true } as const;
  cluster.probe('pod/default/web-1', { ip: '10.244.2.2' }, { ...ping, size: 1400 });
  cluster.probe('pod/default/web-1', { ip: '10.244.2.2' }, { ...ping, size: 1450, state: 'failing', error: 'timeout' });
  deriveAll(cluster.store);
  expect(cluster.store.value('cluster', 'mtu.path')).toBe(1400);
});

test('the same attempt that works and fails is intermittent, and what works of it speaks against nothing', () => {
  const to = { ip: '10.244.2.2', port: 8080 };
  const flows = flowsOf(
    threeNodes().probe('pod/default/web-1', to).probe('pod/default/web-1', to, { state: 'failing', error: 'timeout' }),
  );
  expect(flows.find((flow) => flow.state === 'failing')?.pattern).toBe('intermittent');
  expect(flows.find((flow) => flow.state === 'ok')?.alsoFails).toBe('at-times');
});

test('what failed and works later was healed', () => {
  const to = { ip: '10.244.2.2', port: 8080 };
  const cluster = threeNodes()
    .probe('pod/default/web-1', to, { state: 'failing', error: 'timeout' }, '2022-02-11T09:50:00Z')
    .probe('pod/default/web-1', to, {}, '2022-02-11T10:30:00Z');
  const flows = flowsOf(cluster);
  expect(flows.find((flow) => flow.state === 'ok')?.alsoFails).toBe('before');
  expect(cluster.store.value('cluster', 'incident.over')).toBe(true);
});

test('a probe repeated with the same outcome is one flow with a count', () => {
  const to = { ip: '10.244.2.2', port: 8080 };
  const flow = only(
    threeNodes().probe('pod/default/web-1', to).probe('pod/default/web-1', to).probe('pod/default/web-1', to),
  );
  expect(flow.count).toBe(3);
  expect(flow.sources).toHaveLength(3);
});

test('an attempt to an address that nobody owns is not guessed to be a pod', () => {
  expect(only(threeNodes().probe('pod/default/web-1', { ip: '198.51.100.1', port: 443 })).to).toMatchObject({
    kind: 'external',
  });
});

test('the API server behind its ClusterIP is a node, not a pod', () => {
  const cluster = threeNodes().service('default', 'kubernetes', '10.96.0.1', [{ ip: '192.168.1.11' }], {
    selector: {},
  });
  const flow = only(
    cluster.probe('pod/default/web-2', { ip: '10.96.0.1', port: 443 }, { state: 'failing', error: 'timeout' }),
  );
  expect(partLegs(flow)).toEqual(['entry pod>clusterip@cross-node/tcp', 'transport pod>node@cross-node/tcp']);
});

test('a name that the server answered to this very pod, and the pod calls unknown, is no fault of the network', () => {
  const lookup = { kind: 'dns', name: 'api.default.svc.cluster.local' } as const;
  const fails = { proto: 'dns', state: 'failing', error: 'nxdomain' } as const;
  const cluster = threeNodes().probe('pod/default/web-2', lookup, fails).probe('pod/default/web-3', lookup, fails);
  cluster.record('cluster', 'answered-lookup', {
    client: '10.244.2.2',
    name: 'api.default.svc.cluster.local',
    times: 4,
  });
  expect(flowsOf(cluster).map((flow) => flow.expectedWhy ?? flow.expected)).toEqual(['server-answered', 'works']);
});

test('a connection that fails to what a pod takes for its DNS server fails as its lookups do', () => {
  const tries = (server: string, state: 'ok' | 'failing' = 'failing') =>
    legOf(
      only(
        threeNodes()
          .record('pod/default/web-1', 'resolv-conf', { nameservers: ['10.96.0.53'], search: [], options: [] })
          .probe('pod/default/web-1', { ip: server, port: 53 }, { state }),
      ),
    );
  expect(tries('10.96.0.53')).toBe('pod>dns-internal');
  expect(tries('10.96.0.53', 'ok')).toBe('pod>external/tcp');
  expect(tries('10.96.0.54')).toBe('pod>external/tcp');
});
