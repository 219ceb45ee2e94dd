import { describe, expect, it } from 'vitest';
import { kubeObjects } from '../../../src/facts/parsers/kube-objects.js';
import { readFile, survivesDamage } from './read-file.js';

const read = (value: unknown, file = 'cluster/objects.json') =>
  readFile(
    kubeObjects,
    'kubectl get objects -A -o json',
    typeof value === 'string' ? value : JSON.stringify(value, null, 4),
    { subject: 'cluster', file },
  );

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    labels: { app: 'web' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
  },
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 8080 }] }],
    dnsPolicy: 'ClusterFirst',
  },
  status: {
    phase: 'Running',
    podIP: '10.244.1.5',
    podIPs: [{ ip: '10.244.1.5' }, { ip: 'fd00::5' }],
    hostIP: '192.168.10.11',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [
      { name: 'web', ready: false, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ],
  },
};
const EVENT = {
  kind: 'Event',
  metadata: { name: 'web-1.17', namespace: 'shop' },
  involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop' },
  reason: 'Unhealthy',
  type: 'Warning',
  message:
    'Readiness probe failed: Get "http://10.244.3.136:9001/health": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  count: 11,
  lastTimestamp: '2024-02-11T09:49:03Z',
  source: { component: 'kubelet', host: 'n3' },
};

describe('Kubernetes objects', () => {
  it('reads a pod with the line it starts on', () => {
    const { records } = read({ apiVersion: 'v1', items: [POD], kind: 'List' });
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ name: 'pod-object', subject: 'pod/shop/web-1', line: 4 });
    expect(records[0]!.value).toEqual({
      namespace: 'shop',
      name: 'web-1',
      node: 'n1',
      ips: ['10.244.1.5', 'fd00::5'],
      hostIP: '192.168.10.11',
      hostNetwork: false,
      phase: 'Running',
      ready: false,
      labels: { app: 'web' },
      dnsPolicy: 'ClusterFirst',
      owner: 'ReplicaSet/web',
      containers: [
        {
          name: 'web',
          image: 'nginx',
          ports: [{ port: 8080, proto: 'TCP' }],
          ready: false,
          restarts: 7,
          reason: 'CrashLoopBackOff',
        },
      ],
    });
  });

  it("knows items without a kind by their list's, wherever that stands, and by the file's name", () => {
    const { kind: _, ...bare } = POD;
    expect(read({ kind: 'PodList', items: [bare] }).of('pod-object')).toHaveLength(1);
    expect(read({ items: [bare], metadata: {}, kind: 'PodList' }).of('pod-object')).toHaveLength(1);
    expect(read({ Items: [bare] }, 'kube-system/pods.json').of('pod-object')).toHaveLength(1);
    expect(read({ Items: [bare] }, 'unknown.json').problems).toMatchObject([{ message: 'an object without a kind' }]);
  });

  it('reads single objects, several in a row, and after warnings', () => {
    expect(read(POD).of('pod-object')).toHaveLength(1);
    expect(
      read(`${JSON.stringify(POD)}\n${JSON.stringify({ ...POD, metadata: { name: 'b' } })}`).records.map(
        ({ subject, line }) => [subject, line],
      ),
    ).toEqual([
      ['pod/shop/web-1', 1],
      ['pod/default/b', 2],
    ]);
    expect(read(`Warning: v1 ComponentStatus is deprecated in v1.19+\n${JSON.stringify(POD)}`).records).toMatchObject([
      { line: 2 },
    ]);
  });

  it('reads Services, Endpoints and EndpointSlices', () => {
    const { records } = read({
      kind: 'List',
      items: [
        {
          kind: 'Service',
          metadata: { name: 'web', namespace: 'shop' },
          spec: {
            type: 'LoadBalancer',
            clusterIP: '10.96.1.1',
            ports: [{ port: 80, targetPort: 'http', nodePort: 30080 }],
            selector: { app: 'web' },
            externalTrafficPolicy: 'Local',
          },
          status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
        },
        {
          kind: 'Endpoints',
          metadata: { name: 'web', namespace: 'shop' },
          subsets: [
            {
              addresses: [{ ip: '10.244.1.5', nodeName: 'n1', targetRef: { kind: 'Pod', name: 'web-1' } }],
              notReadyAddresses: [{ ip: '10.244.2.5' }],
              ports: [{ port: 8080 }],
            },
          ],
        },
        {
          kind: 'EndpointSlice',
          metadata: { name: 'web-abc', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
          endpoints: [
            { addresses: ['10.244.1.5'], conditions: {} },
            { addresses: ['10.244.2.5'], conditions: { ready: false } },
          ],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
        { kind: 'Endpoints', metadata: { name: 'none', namespace: 'shop' } },
      ],
    });
    expect(records.map(({ name, subject }) => `${name} ${subject}`)).toEqual([
      'service-object service/shop/web',
      'endpoints-object service/shop/web',
      'endpoints-object service/shop/web',
      'endpoints-object service/shop/none',
    ]);
    expect(records[0]!.value).toMatchObject({
      type: 'LoadBalancer',
      clusterIPs: ['10.96.1.1'],
      ports: [{ port: 80, targetPort: 'http', nodePort: 30080, proto: 'TCP' }],
      loadBalancerIPs: ['203.0.113.9'],
      externalTrafficPolicy: 'Local',
    });
    expect(records[1]!.value).toMatchObject({
      addresses: [
        { ip: '10.244.1.5', node: 'n1', pod: 'web-1', ready: true },
        { ip: '10.244.2.5', ready: false },
      ],
      ports: [{ port: 8080, proto: 'TCP' }],
    });
    expect(records[2]!.value).toMatchObject({ service: 'web', addresses: [{ ready: true }, { ready: false }] });
    expect(records[3]!.value).toMatchObject({ addresses: [] });
  });

  it('keeps ConfigMaps of the network and never a Secret', () => {
    const config = (name: string, kind = 'ConfigMap') => ({
      kind,
      metadata: { name, namespace: 'kube-system' },
      data: { Corefile: '.:53 {}' },
    });
    const { of, problems } = read({
      kind: 'List',
      items: [
        config('coredns'),
        config('kube-flannel-cfg'),
        config('app-settings'),
        config('calico-etcd-secrets', 'Secret'),
      ],
    });
    expect(of('configmap-object').map(({ name }) => name)).toEqual(['coredns', 'kube-flannel-cfg']);
    expect(problems).toEqual([]);
  });

  it('reads policies, workloads and nodes', () => {
    const { of } = read({
      kind: 'List',
      items: [
        {
          kind: 'NetworkPolicy',
          apiVersion: 'networking.k8s.io/v1',
          metadata: { name: 'deny', namespace: 'shop' },
          spec: { podSelector: {}, egress: [{}] },
        },
        {
          kind: 'DaemonSet',
          metadata: { name: 'kube-proxy', namespace: 'kube-system' },
          spec: { template: { spec: { containers: [{ image: 'kube-proxy:v1' }] } } },
          status: { desiredNumberScheduled: 4, numberReady: 3 },
        },
        {
          kind: 'Node',
          metadata: { name: 'n1' },
          spec: { podCIDR: '10.244.1.0/24' },
          status: {
            addresses: [{ type: 'InternalIP', address: '192.168.10.11' }],
            conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }],
            nodeInfo: { kernelVersion: '6.1.0' },
          },
        },
      ],
    });
    expect(of('networkpolicy-object')).toMatchObject([
      { podSelector: {}, complexSelector: false, policyTypes: ['Ingress', 'Egress'], ingressRules: 0, egressRules: 1 },
    ]);
    expect(of('workload-object')).toEqual([
      {
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'kube-proxy',
        desired: 4,
        ready: 3,
        images: ['kube-proxy:v1'],
      },
    ]);
    expect(of('node-object')).toMatchObject([
      {
        name: 'n1',
        ips: ['192.168.10.11'],
        podCIDRs: ['10.244.1.0/24'],
        kernel: '6.1.0',
        conditions: { Ready: { status: 'Unknown' } },
      },
    ]);
  });

  it("makes an event, and a probe of kubelet's that failed", () => {
    const { records } = read({ kind: 'List', items: [EVENT, EVENT] });
    expect(records.filter(({ name }) => name === 'event')).toMatchObject([
      { at: '2024-02-11T09:49:03.000Z', value: { about: 'Pod/shop/web-1', node: 'n3', count: 11 } },
      {},
    ]);
    expect(records.filter(({ name }) => name === 'probe')).toEqual([
      {
        name: 'probe',
        subject: 'node/n3',
        line: 4,
        at: '2024-02-11T09:49:03.000Z',
        value: {
          from: { kind: 'node', node: 'n3' },
          to: { ip: '10.244.3.136', port: 9001 },
          proto: 'http',
          state: 'failing',
          error: 'timeout',
          stage: 'connect',
          origin: 'log',
          sent: 2,
        },
      },
    ]);
  });

  it('matches events against the patterns for events', () => {
    const { value, facts } = readFile(kubeObjects, 'kubectl get events -o json', JSON.stringify(EVENT), {
      subject: 'cluster',
      logPatterns: [
        {
          fact: 'log.readiness-timeout',
          subject: 'cluster',
          components: ['kubelet', 'events'],
          pattern: /probe failed.*Client\.Timeout/,
        },
        { fact: 'log.other', subject: 'cluster', components: ['coredns'], pattern: /probe failed/ },
        { fact: 'log.on-node', subject: 'node', components: ['events'], pattern: /probe failed/ },
      ],
    });
    expect(value('log.readiness-timeout')).toBe(true);
    expect(facts.find(({ name }) => name === 'log.on-node')?.subject).toBe('node/n3');
    expect(value('log.other')).toBeUndefined();
  });

  it('lets a broken, a cut and a deep object cost themselves', () => {
    const pod = (name: string) => JSON.stringify({ ...POD, metadata: { name } });
    const broken = read(`{"kind":"List","items":[\n${pod('a')},\n{"kind":"Pod",,},\n${pod('b')}]}`);
    expect(broken.records.map(({ subject }) => subject)).toEqual(['pod/default/a', 'pod/default/b']);
    expect(broken.problems).toEqual([{ line: 3, message: 'the object that starts here is not JSON' }]);
    const cut = read(`{"kind":"List","items":[\n${pod('a')},\n${pod('b').slice(0, 80)}`);
    expect(cut.records).toHaveLength(1);
    expect(cut.problems).toMatchObject([{ line: 3 }]);
    const deep = read(`{"kind":"List","items":[${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)},\n${pod('b')}]}`);
    expect(deep.records).toHaveLength(1);
    expect(deep.problems).toMatchObject([{ line: 1 }]);
    expect(read('['.repeat(200_000)).records).toEqual([]);
  });

  it('takes fields of any type without throwing', () => {
    for (const odd of [null, 1, 'x', [], [null], { a: null }]) {
      for (const kind of [
        'Node',
        'Pod',
        'Service',
        'Endpoints',
        'EndpointSlice',
        'NetworkPolicy',
        'DaemonSet',
        'ConfigMap',
        'Event',
        'IPPool',
        'Other',
      ]) {
        expect(() =>
          read({
            kind,
            metadata: { name: 'a', namespace: odd, labels: odd },
            spec: odd,
            status: odd,
            subsets: odd,
            endpoints: odd,
            data: odd,
            message: odd,
            involvedObject: odd,
          }),
        ).not.toThrow();
        expect(() => read({ kind: `${kind}List`, items: [odd] })).not.toThrow();
      }
    }
  });

  it('reads YAML, with lines', () => {
    const { records } = read(
      'apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  metadata:\n    name: a\n- kind: Pod\n  metadata: {name: b, namespace: shop}\n',
      'cluster/pods.yaml',
    );
    expect(records.map(({ subject, line }) => [subject, line])).toEqual([
      ['pod/default/a', 4],
      ['pod/shop/b', 7],
    ]);
    expect(() =>
      read(`a: &a [1,1]\n${Array.from({ length: 30 }, (_, i) => `b${i}: [*a,*a]`).join('\n')}`, 'cluster/x.yaml'),
    ).not.toThrow();
    expect(() => read(`kind: ${'['.repeat(100_000)}`, 'cluster/x.yaml')).not.toThrow();
  });

  it("reads Calico's pools", () => {
    expect(
      read({
        kind: 'IPPoolList',
        items: [{ kind: 'IPPool', metadata: { name: 'p' }, spec: { cidr: '10.5.0.0/16' } }],
      }).value('calico.pool-cidr'),
    ).toBe('10.5.0.0/16');
  });

  it('survives damage', () => {
    survivesDamage(
      kubeObjects,
      'kubectl get events -o json',
      JSON.stringify({ items: [POD, EVENT], kind: 'List' }, null, 2),
      { subject: 'cluster' },
    );
  });
});

describe('namespaces and policies of other APIs', () => {
  it('reads a namespace with its labels, in JSON and in YAML', () => {
    const shop = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { team: 'a', 'kubernetes.io/metadata.name': 'shop' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    const value = { name: 'shop', labels: { team: 'a', 'kubernetes.io/metadata.name': 'shop' } };
    expect(read({ apiVersion: 'v1', kind: 'List', items: [shop] }).records).toMatchObject([
      { name: 'namespace-object', subject: 'cluster', value },
    ]);
    const { kind: _kind, ...bare } = shop;
    expect(read({ items: [bare] }, 'cluster/namespaces.json').records).toMatchObject([
      { name: 'namespace-object', value },
    ]);
    const yaml = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    team: a\n  name: shop\n';
    expect(read(yaml).records).toMatchObject([
      { name: 'namespace-object', value: { name: 'shop', labels: { team: 'a' } } },
    ]);
  });

  it('says of which API a policy is that is not Kubernetes’ own', () => {
    const policy = (apiVersion: string, kind: string) => ({
      apiVersion,
      kind,
      metadata: { name: 'p', namespace: 'shop' },
      spec: {},
    });
    const apiOf = (object: object, file?: string): unknown => {
      const { records } = read({ items: [object] }, file);
      return records.map(({ value }) => {
        const { namespace, otherApi } = value as { namespace: string; otherApi?: string };
        return [namespace, otherApi];
      });
    };
    expect(apiOf(policy('networking.k8s.io/v1', 'NetworkPolicy'))).toEqual([['shop', undefined]]);
    expect(apiOf(policy('extensions/v1beta1', 'NetworkPolicy'))).toEqual([['shop', undefined]]);
    expect(apiOf({ metadata: { name: 'p' }, spec: {} }, 'cluster/networkpolicies.json')).toEqual([
      ['default', undefined],
    ]);
    expect(apiOf(policy('crd.projectcalico.org/v1', 'NetworkPolicy'))).toEqual([
      ['shop', 'NetworkPolicy.crd.projectcalico.org'],
    ]);
    expect(apiOf(policy('crd.projectcalico.org/v1', 'GlobalNetworkPolicy'))).toEqual([
      ['', 'GlobalNetworkPolicy.crd.projectcalico.org'],
    ]);
    expect(apiOf(policy('cilium.io/v2', 'CiliumNetworkPolicy'))).toEqual([['shop', 'CiliumNetworkPolicy.cilium.io']]);
    expect(apiOf(policy('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'))).toEqual([
      ['', 'AdminNetworkPolicy.policy.networking.k8s.io'],
    ]);
    expect(apiOf({ metadata: { name: 'p', namespace: 'shop' }, spec: {} }, 'ciliumnetworkpolicies.json')).toEqual([
      ['shop', 'CiliumNetworkPolicy'],
    ]);
  });
});
