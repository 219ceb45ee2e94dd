import { type FlannelOptions, flannelNodes } from './flannel-nodes.js';
import { kubeProxySave } from './kube-proxy-rules.js';
import { type Scenario, withFiles } from './scenario.js';

const WEB = { name: 'default/web', ip: '10.96.0.20', port: 80 };
const onN1 = '10.244.1.2:8080';
const onN1too = '10.244.1.3:8080';
const onN2 = '10.244.2.2:8080';

function cluster(service: Partial<NonNullable<FlannelOptions['services']>[number]>, options: FlannelOptions = {}) {
  return flannelNodes({ ...options, services: [{ ...WEB, endpoints: [onN2], ...service }] });
}

const dropN2 = (rule: string, options: FlannelOptions['proxy'] = {}) => ({
  save: (n: number) =>
    kubeProxySave(
      [{ ...WEB, endpoints: [onN1too, onN2] }],
      n === 2 ? { ...options, before: { filter: [rule] } } : options,
    ),
});

export const kubeProxyIptables: readonly Scenario[] = [
  {
    name: 'a Service with one endpoint on another node answers',
    files: cluster({}),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a Service with one endpoint on the own node answers',
    files: cluster({ endpoints: [onN1too] }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a backend behind the own bridge answers past the translation without bridge-nf-call-iptables',
    files: cluster({ endpoints: [onN1too] }, { sysctls: () => ({ 'net.bridge.bridge-nf-call-iptables': 0 }) }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'dropped', at: 'pod/default/a', reason: 'reply-not-recognised', by: /10\.244\.1\.3:8080/ },
  },
  {
    name: "a node's large transfer from a Service takes the tunnel's size, though its way to the Service's address carries more",
    files: cluster({}),
    from: 'node/n1',
    to: '10.96.0.20:80',
    more: { large: true },
    expect: { verdict: 'delivered', at: 'node/n1' },
  },
  {
    name: 'a Service without endpoints rejects',
    files: cluster({ endpoints: [] }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'no-endpoints', by: /has no endpoints/ },
  },
  {
    name: 'a Service that no rule translates leaves for the default gateway',
    files: cluster({}, { save: () => kubeProxySave([]) }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'service-not-translated' },
  },
  {
    name: 'three endpoints that all answer are one verdict',
    files: cluster({ endpoints: [onN1too, onN2, '10.244.2.3:8080'] }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', labels: ['10.244.2.3:8080', '10.244.2.2:8080', '10.244.1.3:8080'] },
  },
  {
    name: 'two endpoints of which one node drops vary',
    files: cluster({ endpoints: [onN1too, onN2] }, dropN2('-A FORWARD -d 10.244.2.2/32 -j DROP')),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'varies', at: 'node/n2', reason: 'netfilter-drop', by: /10\.244\.2\.2\/32 -j DROP/ },
  },
  {
    name: 'session affinity may hold a client to any endpoint, all of which answer',
    files: cluster({ endpoints: [onN1too, onN2], sticky: true }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'session affinity to an endpoint that is gone may hold or not',
    files: cluster({ endpoints: [onN1too, '10.244.2.77:8080'], sticky: true }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'unknown' },
  },
  {
    name: 'a stale endpoint of a pod that is gone answers nobody',
    files: cluster(
      { endpoints: [onN1too] },
      { save: () => kubeProxySave([{ ...WEB, endpoints: ['10.244.2.77:8080'] }]) },
    ),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'nobody-has-address', by: /10\.244\.2\.77/ },
  },
  {
    name: 'a pod reaches itself through its Service by a masqueraded hairpin',
    files: cluster({ endpoints: [onN1] }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a hairpin that is not masqueraded comes back as a martian',
    files: cluster({ endpoints: [onN1] }, { proxy: { withoutHairpinMark: true } }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'dropped', at: 'pod/default/a', reason: 'martian-source' },
  },
  {
    name: 'a node port of the other node from outside answers',
    files: cluster({ nodePort: 30080 }),
    from: '198.51.100.7',
    to: '192.168.10.11:30080',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a node port whose packets are not masqueraded answers past the node that translated it',
    files: cluster({ nodePort: 30080 }, { proxy: { withoutMasquerade: true } }),
    from: '198.51.100.7',
    to: '192.168.10.11:30080',
    expect: { verdict: 'dropped', reason: 'reply-not-recognised' },
  },
  {
    name: 'a node port from a pod answers',
    files: cluster({ nodePort: 30080 }),
    from: 'pod/default/a',
    to: '192.168.10.12:30080',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a node port from the other node answers',
    files: cluster({ nodePort: 30080 }),
    from: 'node/n2',
    to: '192.168.10.11:30080',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'with externalTrafficPolicy Local a node with an endpoint answers from outside',
    files: cluster(
      { nodePort: 30080, policy: 'Local' },
      {
        save: (n) => kubeProxySave([{ ...WEB, endpoints: [onN2], nodePort: 30080, local: n === 2 ? [onN2] : [] }]),
      },
    ),
    from: '198.51.100.7',
    to: '192.168.10.12:30080',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'with externalTrafficPolicy Local a node without an endpoint drops from outside',
    files: cluster(
      { nodePort: 30080, policy: 'Local' },
      {
        save: (n) => kubeProxySave([{ ...WEB, endpoints: [onN2], nodePort: 30080, local: n === 2 ? [onN2] : [] }]),
      },
    ),
    from: '198.51.100.7',
    to: '192.168.10.11:30080',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'no-endpoints', by: /has no local endpoints/ },
  },
  {
    name: 'with externalTrafficPolicy Local a pod is served on a node without an endpoint',
    files: cluster(
      { nodePort: 30080, policy: 'Local' },
      {
        save: (n) => kubeProxySave([{ ...WEB, endpoints: [onN2], nodePort: 30080, local: n === 2 ? [onN2] : [] }]),
      },
    ),
    from: 'pod/default/a',
    to: '192.168.10.11:30080',
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a load balancer address from a pod is translated on its node',
    files: cluster({ nodePort: 30080, loadBalancer: '192.168.10.200' }),
    from: 'pod/default/a',
    to: '192.168.10.200:80',
    expect: { verdict: 'delivered' },
  },
  {
    name: "an address that is no Service's in a list of Services that lacks the cluster's own may be one's",
    files: cluster(
      { nodePort: 30080, loadBalancer: '192.168.10.200' },
      {
        save: (n) =>
          kubeProxySave([{ ...WEB, endpoints: [onN2], nodePort: 30080, loadBalancer: '192.168.10.200' }], {
            flannel: n,
          }),
      },
    ),
    from: 'pod/default/a',
    to: '192.168.10.200:81',
    expect: { verdict: 'unknown', missing: /192\.168\.10\.200/ },
  },
  {
    name: 'what leaves the cluster with a pod address of an overlay gets no answer',
    files: cluster({}),
    from: 'pod/default/a',
    to: '198.51.100.7:443',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'no-way-back', by: /10\.244\.1\.2/ },
  },
  {
    name: 'a node reaches a backend on another node through a ClusterIP',
    files: cluster({}),
    from: 'node/n1',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'node/n1' },
  },
  {
    name: 'a pod of the host network reaches a ClusterIP as its node does',
    files: cluster({}),
    from: 'pod/default/host',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'node/n1' },
  },
  {
    name: 'a ping to a ClusterIP meets no rule and leaves for the gateway',
    files: cluster({}),
    from: 'pod/default/a',
    to: '10.96.0.20/icmp',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'service-not-translated' },
  },
  {
    name: 'an answer that comes back another way is INVALID and dropped by KUBE-FORWARD',
    // n1's route to n2's pods is gone the other way round: b answers a through n2, whose own conntrack saw nothing.
    files: withFiles(
      flannelNodes({
        save: (n) =>
          kubeProxySave([], n === 2 ? { before: { raw: ['-A PREROUTING -s 10.244.1.2/32 -j CT --notrack'] } } : {}),
      }),
      {},
    ),
    from: 'pod/default/a',
    to: '10.244.2.2:8080',
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /ctstate INVALID/ },
  },
  {
    name: 'an untracked packet both ways passes',
    files: flannelNodes({
      save: (n) =>
        kubeProxySave(
          [],
          n === 2
            ? {
                before: {
                  raw: [
                    '-A PREROUTING -s 10.244.1.2/32 -j CT --notrack',
                    '-A PREROUTING -d 10.244.1.2/32 -j CT --notrack',
                  ],
                },
              }
            : {},
        ),
    }),
    from: 'pod/default/a',
    to: '10.244.2.2:8080',
    expect: { verdict: 'delivered' },
  },
];
