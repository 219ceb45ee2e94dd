import { expect, test } from 'vitest';
import { dns } from '../../../src/facts/derive/dns.js';
import { configMap, derived, endpointsObject, list, podObject, serviceObject } from './bundle-facts.js';

const COREFILE = (forward: string) => `.:53 {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       fallthrough in-addr.arpa ip6.arpa
    }
    ${forward}
    cache 30
    loop
}
corp.example:53 {
    forward . 127.0.0.1:5353
}
`;

function cluster(forward: string, ready = true, extra: Record<string, string> = {}) {
  return {
    'cluster/pods.json': list([
      podObject('kube-system', 'coredns-565d847f94-8k2vq', 'n1', {
        ip: '10.244.1.2',
        labels: { 'k8s-app': 'kube-dns' },
        dnsPolicy: 'Default',
        ready,
        ...(ready ? {} : { restarts: 14, reason: 'CrashLoopBackOff' }),
      }),
      podObject('kube-system', 'coredns-autoscaler-565d847f94-8k2vq', 'n1', { ip: '10.244.1.9' }),
      podObject('default', 'web', 'n1', { ip: '10.244.1.3' }),
    ]),
    'cluster/services.json': list([
      serviceObject('kube-dns', '10.96.0.10', 53, 53, {
        namespace: 'kube-system',
        selector: { 'k8s-app': 'kube-dns' },
      }),
    ]),
    'cluster/endpoints.json': list([
      endpointsObject('kube-dns', ready ? ['10.244.1.2'] : [], ready ? [] : ['10.244.1.2'], 'kube-system'),
    ]),
    'cluster/configmaps.json': list([configMap('coredns', { Corefile: COREFILE(forward).replace(/corp[\s\S]*/, '') })]),
    ...extra,
  };
}

test('a healthy DNS server is ready, with a real upstream', () => {
  const facts = derived(dns, cluster('forward . 203.0.113.53 tls://[2001:db8::53]:853 {'));
  expect(facts.cluster('dns.pods-ready')).toBe(1);
  expect(facts.cluster('dns.pods-crashing')).toBe(false);
  expect(facts.cluster('dns.endpoints-ready')).toBe(1);
  expect(facts.cluster('dns.upstreams')).toEqual(['2001:db8::53', '203.0.113.53']);
  expect(facts.cluster('dns.upstream-is-loopback')).toBe(false);
});

test('a DNS server that crashes is neither ready nor an endpoint', () => {
  const facts = derived(dns, cluster('forward . 203.0.113.53', false));
  expect(facts.cluster('dns.pods-ready')).toBe(0);
  expect(facts.cluster('dns.pods-crashing')).toBe(true);
  expect(facts.cluster('dns.endpoints-ready')).toBe(0);
});

test('forwarding to the loopback or to itself is told', () => {
  const loops = (forward: string) => derived(dns, cluster(forward)).cluster('dns.upstream-is-loopback');
  expect(loops('proxy . 127.0.0.1')).toBe(true);
  expect(loops('forward . dns://10.96.0.10')).toBe(true);
  expect(loops('forward . 10.244.1.2:53')).toBe(true);
  expect(loops('forward . 10.0.0.2')).toBe(false);
  expect(loops('forward . resolver.example')).toBeUndefined();
});

const STUB = 'nameserver 127.0.0.53\noptions edns0\n';

test("a stub in the node's resolv.conf is a loop where the DNS pod is down, and unknown where it is ready", () => {
  const files = { 'nodes/n1/cat_.etc.resolv.conf': STUB };
  expect(derived(dns, cluster('forward . /etc/resolv.conf', false, files)).cluster('dns.upstream-is-loopback')).toBe(
    true,
  );
  const ready = derived(dns, cluster('forward . /etc/resolv.conf', true, files));
  expect(ready.cluster('dns.upstream-is-loopback')).toBeUndefined();
  const other = { 'nodes/n2/cat_.etc.resolv.conf': STUB };
  expect(derived(dns, cluster('forward . /etc/resolv.conf', false, other)).cluster('dns.upstreams')).toBeUndefined();
});

test("the DNS pod's own resolv.conf beats the node's", () => {
  const facts = derived(
    dns,
    cluster('forward . /etc/resolv.conf', false, {
      'nodes/n1/cat_.etc.resolv.conf': STUB,
      'pods/kube-system/coredns-565d847f94-8k2vq/cat_.etc.resolv.conf': 'nameserver 203.0.113.53\n',
    }),
  );
  expect(facts.cluster('dns.upstreams')).toEqual(['203.0.113.53']);
  expect(facts.cluster('dns.upstream-is-loopback')).toBe(false);
  // Its dnsPolicy is Default: it is no asker of the cluster's DNS.
  expect(facts.of('pod/kube-system/coredns-565d847f94-8k2vq', 'dns.nameserver-is-cluster')).toBeUndefined();
});

test('a pod asks the cluster, NodeLocal DNSCache, or another', () => {
  const asks = (resolvConf: string, fact = 'dns.nameserver-is-cluster') =>
    derived(dns, cluster('forward . 1.1.1.1', true, { 'pods/default/web/cat_.etc.resolv.conf': resolvConf })).of(
      'pod/default/web',
      fact,
    );
  const search = 'search default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n';
  expect(asks(`nameserver 10.96.0.10\n${search}`)).toBe(true);
  expect(asks(`nameserver 169.254.20.10\n${search}`)).toBe(true);
  expect(asks(`nameserver 8.8.8.8\n${search}`)).toBe(false);
  expect(asks(`nameserver 10.96.0.10\n${search}`, 'dns.search-has-cluster')).toBe(true);
  expect(asks('nameserver 10.96.0.10\nsearch example.com\n', 'dns.search-has-cluster')).toBe(false);
});

test('without the pod object a resolv.conf of the cluster is right, and another decides nothing', () => {
  const asked = (file: string) => {
    const facts = derived(
      dns,
      cluster('forward . 203.0.113.53', true, { 'pods/shop/client/cat_.etc.resolv.conf': file }),
    );
    return [
      facts.of('pod/shop/client', 'dns.nameserver-is-cluster'),
      facts.of('pod/shop/client', 'dns.search-has-cluster'),
    ];
  };
  expect(asked('nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n')).toEqual([
    true,
    true,
  ]);
  expect(asked('nameserver 203.0.113.53\nsearch example.net\n')).toEqual([undefined, undefined]);
});

test('the pods and the Service of the DNS server are told, others are not', () => {
  const facts = derived(dns, cluster('forward . /etc/resolv.conf', false));
  expect(facts.of('pod/kube-system/coredns-565d847f94-8k2vq', 'pod.serves-dns')).toBe(true);
  expect(facts.of('service/kube-system/kube-dns', 'service.serves-dns')).toBe(true);
  expect(facts.of('pod/default/web', 'pod.serves-dns')).toBeUndefined();
});
