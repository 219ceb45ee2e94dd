import type { EndpointHint, Probe, RecordName, Records, Subject } from '../../../src/facts/model.js';
import { nodeSubject, podSubject, serviceSubject } from '../../../src/facts/model.js';
import { FactStore } from '../../../src/facts/store.js';
import { CNIS } from '../cni-profiles.js';

/** Builds a store by hand, one record a line, for tests that start behind the parsers. */
export class ClusterStore {
  readonly store = new FactStore(CNIS);
  #line = 0;

  record<N extends RecordName>(subject: Subject, name: N, value: Records[N], at?: string): this {
    this.#line += 1;
    this.store.add({
      subject,
      name,
      value,
      source: { file: 'test', line: this.#line },
      ...(at === undefined ? {} : { at }),
    });
    return this;
  }

  /** A node with its address on eth0, its podCIDR on cni0 and its pods' veths in the bridge. */
  node(name: string, ip: string, podCIDR?: string): this {
    const subject = nodeSubject(name);
    this.record(subject, 'node-object', {
      name,
      ips: [ip],
      externalIps: [],
      podCIDRs: podCIDR === undefined ? [] : [podCIDR],
      labels: {},
      annotations: {},
      conditions: { Ready: { status: 'True' } },
    });
    this.record(subject, 'address', { dev: 'eth0', family: 4, ip, prefix: 24, scope: 'global', flags: [] });
    this.record(subject, 'route', {
      family: 4,
      type: 'unicast',
      dst: '0.0.0.0/0',
      via: '192.168.1.1',
      dev: 'eth0',
      table: 'main',
      flags: [],
    });
    return this.record(subject, 'link', { name: 'eth0', flags: ['UP'], mtu: 1500, state: 'UP' });
  }

  pod(namespace: string, name: string, node: string, ip: string, more: Partial<Records['pod-object']> = {}): this {
    return this.record(podSubject(namespace, name), 'pod-object', {
      namespace,
      name,
      node,
      ips: [ip],
      hostNetwork: false,
      labels: {},
      containers: [],
      ready: true,
      ...more,
    });
  }

  service(
    namespace: string,
    name: string,
    clusterIP: string,
    endpoints: { ip: string; ready?: boolean }[],
    more: Partial<Records['service-object']> = {},
  ): this {
    this.record(serviceSubject(namespace, name), 'service-object', {
      namespace,
      name,
      type: 'ClusterIP',
      clusterIPs: [clusterIP],
      ports: [{ port: 80, targetPort: 8080, proto: 'TCP' }],
      selector: { app: name },
      loadBalancerIPs: [],
      sourceRanges: [],
      ...more,
    });
    return this.record(serviceSubject(namespace, name), 'endpoints-object', {
      namespace,
      service: name,
      addresses: endpoints.map(({ ip, ready }) => ({ ip, ready: ready ?? true })),
      ports: [{ port: 8080, proto: 'TCP' }],
    });
  }

  probe(from: Subject, to: EndpointHint, more: Partial<Probe> = {}, at?: string): this {
    return this.record(from, 'probe', { to, proto: 'tcp', state: 'ok', origin: 'tool', ...more }, at);
  }
}

/** Three nodes with two pods each, a Service with a backend on every node, one with a backend on n2 only, and DNS. */
export function threeNodes(): ClusterStore {
  const cluster = new ClusterStore();
  for (const index of [1, 2, 3]) cluster.node(`n${index}`, `192.168.1.1${index}`, `10.244.${index}.0/24`);
  for (const index of [1, 2, 3]) cluster.pod('default', `web-${index}`, `n${index}`, `10.244.${index}.2`);
  cluster
    .pod('default', 'api', 'n2', '10.244.2.3')
    .pod('kube-system', 'coredns', 'n1', '10.244.1.3', { labels: { 'k8s-app': 'kube-dns' } });
  cluster.service('default', 'web', '10.96.0.20', [{ ip: '10.244.1.2' }, { ip: '10.244.2.2' }, { ip: '10.244.3.2' }], {
    type: 'NodePort',
    ports: [{ port: 80, targetPort: 8080, proto: 'TCP', nodePort: 30080 }],
  });
  cluster.service('default', 'api', '10.96.0.30', [{ ip: '10.244.2.3' }]);
  cluster.service('kube-system', 'kube-dns', '10.96.0.10', [{ ip: '10.244.1.3' }], {
    selector: { 'k8s-app': 'kube-dns' },
  });
  return cluster;
}
