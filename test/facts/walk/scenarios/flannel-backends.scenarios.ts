import { flannelNodes } from './flannel-nodes.js';
import { kubeProxySave } from './kube-proxy-rules.js';
import { type Outputs, type Scenario, withFiles } from './scenario.js';

const flow = { from: 'pod/default/a', to: '10.244.2.2:8080' };
const hostGw = flannelNodes({ backend: 'host-gw' });

/** Files with lines of one changed or, where nothing is put in their place, left out. */
function edited(files: Outputs, path: string, pattern: RegExp, by = ''): Outputs {
  return withFiles(files, { [path]: files[path]!.replace(pattern, by) });
}

/** The bridge by another name, as another product has it. */
function renamed(files: Outputs, from: string, to: string): Outputs {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text!.replaceAll(from, to)]));
}

const kubenet = renamed(
  Object.fromEntries(
    Object.entries(hostGw).map(([path, text]) => [
      path,
      path.endsWith('ip_route') && path.startsWith('nodes/')
        ? text!.replace(/^10\.244\.\d\.0\/24 via .*\n/gm, '')
        : text,
    ]),
  ),
  'cni0',
  'cbr0',
);

/** NodeLocal DNSCache on n1: a dummy with its addresses, and raw rules that keep its packets out of conntrack. */
const cache = (options: { withoutDevice?: true; input?: readonly string[]; raw?: boolean } = {}): Outputs =>
  flannelNodes({
    devices: (n) =>
      n === 1 && options.withoutDevice !== true
        ? [
            {
              name: 'nodelocaldns',
              index: 30,
              down: true,
              addresses: ['169.254.20.10/32', '10.96.0.10/32'],
              kind: 'dummy',
            },
          ]
        : [],
    save: (n) =>
      kubeProxySave(
        [{ name: 'kube-system/kube-dns', ip: '10.96.0.10', port: 53, proto: 'udp', endpoints: ['10.244.2.3:53'] }],
        n === 1
          ? {
              before: {
                raw: ['169.254.20.10', '10.96.0.10'].flatMap((ip) => [
                  `-A PREROUTING -d ${ip}/32 -p udp -m udp --dport 53 -m comment --comment "NodeLocal DNS Cache: skip conntrack" -j NOTRACK`,
                  `-A OUTPUT -s ${ip}/32 -p udp -m udp --sport 53 -m comment --comment "NodeLocal DNS Cache: skip conntrack" -j NOTRACK`,
                ]),
                filter: [
                  ...(options.input ?? []),
                  '-A INPUT -d 169.254.20.10/32 -p udp -m udp --dport 53 -m comment --comment "NodeLocal DNS Cache: allow DNS traffic" -j ACCEPT',
                  '-A OUTPUT -s 169.254.20.10/32 -p udp -m udp --sport 53 -m comment --comment "NodeLocal DNS Cache: allow DNS traffic" -j ACCEPT',
                ],
              },
            }
          : {},
      ),
  });

export const flannelBackends: readonly Scenario[] = [
  {
    name: 'host-gw leads to the other node',
    files: hostGw,
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a host-gw route that is lost leaves for a router that may know the pods or not',
    files: edited(hostGw, 'nodes/n1/ip_route', /^10\.244\.2\.0\/24 via.*\n/m),
    ...flow,
    expect: { verdict: 'unknown', missing: /whether the router 192\.168\.10\.1 has a route/ },
  },
  {
    name: 'a host-gw route for the way back that is lost is as unknown',
    files: edited(hostGw, 'nodes/n2/ip_route', /^10\.244\.1\.0\/24 via.*\n/m),
    ...flow,
    expect: { verdict: 'unknown' },
  },
  {
    name: 'a host-gw route that is a blackhole drops',
    files: edited(hostGw, 'nodes/n1/ip_route', /^10\.244\.2\.0\/24 via.*$/m, 'blackhole 10.244.2.0/24 '),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'route-blackhole' },
  },
  {
    name: 'which peer WireGuard has for an address no output of ip tells',
    files: flannelNodes({ backend: 'wireguard' }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1', missing: /peer that flannel-wg/ },
  },
  {
    name: 'a WireGuard device that is down takes no packet, whatever its peers',
    files: edited(
      edited(
        flannelNodes({ backend: 'wireguard' }),
        'nodes/n1/ip_addr',
        /(flannel-wg: <BROADCAST,MULTICAST),UP,LOWER_UP(>.*) state UP/,
        '$1$2 state DOWN',
      ),
      'nodes/n1/ip_-d_link',
      /(flannel-wg: <BROADCAST,MULTICAST),UP,LOWER_UP(>.*) state UP/,
      '$1$2 state DOWN',
    ),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'device-down' },
  },
  {
    name: "kubenet's cbr0 and the cloud's routes between nodes deliver",
    files: kubenet,
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a pod that hangs in no bridge any more is not reached by cbr0',
    files: edited(
      edited(kubenet, 'nodes/n2/ip_-d_link', / master cbr0(?= state UP group default qlen 1000\n.*\n {4}veth)/, ''),
      'nodes/n2/ip_addr',
      / master cbr0/,
      '',
    ),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'not-in-bridge' },
  },
  {
    name: "the node's DNS cache answers at its own address",
    files: cache(),
    from: 'pod/default/a',
    to: '169.254.20.10:53/udp',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "the node's DNS cache answers at the Service's address before any rule translates it",
    files: cache(),
    from: 'pod/default/a',
    to: '10.96.0.10:53/udp',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "a DROP before the cache's own rules counts, tracked or not",
    files: cache({ input: ['-A INPUT -p udp -m udp --dport 53 -j DROP'] }),
    from: 'pod/default/a',
    to: '169.254.20.10:53/udp',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop' },
  },
  {
    name: "a DROP of connections' first packets does not meet what is not tracked",
    files: cache({ input: ['-A INPUT -p udp -m conntrack --ctstate NEW -m udp --dport 53 -j DROP'] }),
    from: 'pod/default/a',
    to: '169.254.20.10:53/udp',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "the cache's address that no device of the node bears is nobody's that is known",
    files: cache({ withoutDevice: true }),
    from: 'pod/default/a',
    to: '169.254.20.10:53/udp',
    expect: { verdict: 'dropped', reason: 'no-way-back' },
  },
];
