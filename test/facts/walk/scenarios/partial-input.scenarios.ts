import { list } from '../../derive/bundle-facts.js';
import { flannelNodes } from './flannel-nodes.js';
import { kubeProxySave } from './kube-proxy-rules.js';
import { lines } from './node-outputs.js';
import { type Outputs, type Scenario, withFiles } from './scenario.js';

const WEB = { name: 'default/web', ip: '10.96.0.20', port: 80, endpoints: ['10.244.2.2:8080'] };
const whole = flannelNodes({ services: [WEB] });
const flow = { from: 'pod/default/a', to: '10.244.2.2:8080' };

/** The input without what lies below some paths. */
function without(files: Outputs, ...paths: readonly string[]): Outputs {
  return withFiles(
    files,
    Object.fromEntries(
      Object.keys(files)
        .filter((path) => paths.some((one) => path.startsWith(one)))
        .map((path) => [path, undefined]),
    ),
  );
}

export const partialInput: readonly Scenario[] = [
  {
    name: 'the other node was not sampled',
    files: without(whole, 'nodes/n2/', 'pods/default/b/'),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2' },
  },
  {
    name: "the sender's node was not sampled",
    files: without(whole, 'nodes/n1/', 'pods/default/a/'),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1' },
  },
  {
    name: 'a blackhole on the one node that was sampled is certain',
    files: withFiles(without(whole, 'nodes/n2/', 'pods/default/b/'), {
      'nodes/n1/ip_route': whole['nodes/n1/ip_route']!.replace(/^10\.244\.2\.0.*$/m, 'blackhole 10.244.2.0/24 '),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'route-blackhole' },
  },
  {
    name: 'no packet filter at all: the way is known, what it meets is not',
    files: without(whole, 'nodes/n1/iptables-save', 'nodes/n2/iptables-save'),
    ...flow,
    expect: { verdict: 'unknown', missing: /packet filter/ },
  },
  {
    name: 'a listing of the filter table alone tells nothing of a Service',
    files: withFiles(without(whole, 'nodes/n1/iptables-save'), {
      'nodes/n1/iptables_-nvL': lines([
        'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
        '',
        'Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
        '',
        'Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
      ]),
    }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'unknown', missing: /nat/ },
  },
  {
    name: 'a listing whose FORWARD policy drops is enough to tell a drop between pods',
    files: withFiles(without(whole, 'nodes/n1/iptables-save'), {
      'nodes/n1/iptables_-nvL': lines([
        'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
        '',
        'Chain FORWARD (policy DROP 12 packets, 720 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
        '',
        'Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)',
        ' pkts bytes target     prot opt in     out     source               destination         ',
      ]),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop', by: /FORWARD policy DROP/ },
  },
  {
    name: "pods that are not listed: an address of the node's network is somebody unknown",
    files: without(whole, 'cluster/pods.json', 'pods/'),
    from: '10.244.1.2',
    to: '10.244.2.2:8080',
    expect: { verdict: 'unknown' },
  },
  {
    name: 'nothing but routes',
    files: { 'nodes/n1/ip_route': whole['nodes/n1/ip_route']! },
    from: '192.168.10.11',
    to: '10.244.2.2:8080',
    expect: { verdict: 'unknown' },
  },
  {
    name: 'an external client of a node port of a node that is not in the input',
    files: without(whole, 'nodes/n2/', 'pods/default/b/'),
    from: '198.51.100.7',
    to: '192.168.10.12:30080',
    expect: { verdict: 'unknown', at: 'node/n2' },
  },
  {
    name: 'an external client of an address that nobody has',
    files: whole,
    from: '198.51.100.7',
    to: '192.168.10.99:30080',
    expect: { verdict: 'unknown', missing: /who has 192\.168\.10\.99/ },
  },
  {
    name: 'an external client of a pod of an overlay',
    files: whole,
    from: '198.51.100.7',
    to: '10.244.2.2:8080',
    expect: { verdict: 'dropped', reason: 'nobody-has-address' },
  },
  {
    name: 'a node with only its routes and rules leaves the rest open',
    files: {
      'nodes/n1/ip_route': whole['nodes/n1/ip_route']!,
      'nodes/n1/iptables-save': kubeProxySave([WEB]),
      'cluster/nodes.json': whole['cluster/nodes.json']!,
      'cluster/pods.json': whole['cluster/pods.json']!,
    },
    ...flow,
    expect: { verdict: 'unknown' },
  },
  {
    name: 'a Service without a selector is translated as its rules say',
    files: withFiles(whole, {
      'cluster/services.json': list([
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', namespace: 'default' },
          spec: {
            clusterIP: '10.96.0.20',
            clusterIPs: ['10.96.0.20'],
            type: 'ClusterIP',
            ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
          },
        },
      ]),
    }),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered' },
  },
];
