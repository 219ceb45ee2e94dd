import type { Row } from '../cluster.js';

/** Ingress of shop/web: http is 8080/TCP, names is 5353/UDP. */
const ports = (lines: string): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: web\ningress:\n- ports:\n${lines}`,
});
/** Egress of shop/web; shop/db’s http is 9090/TCP. */
const egress = (rule: string): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: web\npolicyTypes: [Egress]\negress:\n${rule}`,
});
const IN = { from: 'back/api', to: 'shop/web' };
const OUT = { from: 'shop/web', to: 'shop/db' };
const denied = { verdict: 'denied', direction: 'ingress' } as const;
const deniedOut = { verdict: 'denied', direction: 'egress' } as const;
const allowed = { verdict: 'allowed' } as const;

/** Entries of `ports`. */
export const PORTS: readonly Row[] = [
  { name: 'a port that is listed', policies: ports('  - port: 8080'), ...IN, port: '8080/tcp', ...allowed },
  { name: 'a port that is not listed', policies: ports('  - port: 8080'), ...IN, port: '8081/tcp', ...denied },
  {
    name: 'an empty list of ports is all ports',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- ports: []' },
    ...IN,
    port: '4444/udp',
    ...allowed,
  },
  {
    name: 'a missing list of ports is all ports',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}' },
    ...IN,
    port: '4444/udp',
    ...allowed,
  },
  {
    name: 'a port without protocol is of TCP',
    policies: ports('  - port: 5353'),
    ...IN,
    port: '5353/udp',
    ...denied,
  },
  {
    name: 'a port of UDP is not one of TCP',
    policies: ports('  - port: 53\n    protocol: UDP'),
    ...IN,
    port: '53/tcp',
    ...denied,
  },
  {
    name: 'a port of UDP',
    policies: ports('  - port: 53\n    protocol: UDP'),
    ...IN,
    port: '53/udp',
    ...allowed,
  },
  {
    name: 'a port of SCTP',
    policies: ports('  - port: 36412\n    protocol: SCTP'),
    ...IN,
    port: '36412/sctp',
    ...allowed,
  },
  {
    name: 'a protocol without a port is all its ports',
    policies: ports('  - protocol: UDP'),
    ...IN,
    port: '4444/udp',
    ...allowed,
  },
  {
    name: 'a protocol without a port is of no other protocol',
    policies: ports('  - protocol: UDP'),
    ...IN,
    port: '4444/tcp',
    ...denied,
  },
  {
    name: 'entries of ports are ORed',
    policies: ports('  - port: 53\n    protocol: UDP\n  - port: 53'),
    ...IN,
    port: '53/tcp',
    ...allowed,
  },
  {
    name: 'from and ports of one rule are ANDed: the port does not match',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}\n  ports:\n  - port: 80' },
    ...IN,
    port: '8080/tcp',
    ...denied,
  },
  {
    name: 'from and ports of one rule are ANDed: the source does not match',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from:\n  - podSelector: {}\n  ports:\n  - port: 8080' },
    ...IN,
    port: '8080/tcp',
    ...denied,
  },
  {
    name: 'from of one rule and ports of another do not add up',
    policies: {
      'shop/p':
        'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}\n  ports:\n  - port: 80\n- from:\n  - podSelector: {}\n  ports:\n  - port: 8080',
    },
    ...IN,
    port: '8080/tcp',
    ...denied,
  },
  {
    name: 'a range holds its first port',
    policies: ports('  - port: 32000\n    endPort: 32768'),
    ...IN,
    port: '32000/tcp',
    ...allowed,
  },
  {
    name: 'a range holds its last port',
    policies: ports('  - port: 32000\n    endPort: 32768'),
    ...IN,
    port: '32768/tcp',
    ...allowed,
  },
  {
    name: 'a range does not hold the port behind its last',
    policies: ports('  - port: 32000\n    endPort: 32768'),
    ...IN,
    port: '32769/tcp',
    ...denied,
  },
  {
    name: 'a range does not hold the port before its first',
    policies: ports('  - port: 32000\n    endPort: 32768'),
    ...IN,
    port: '31999/tcp',
    ...denied,
  },
  {
    name: 'a range of one protocol holds no port of another',
    policies: ports('  - port: 32000\n    endPort: 32768\n    protocol: UDP'),
    ...IN,
    port: '32100/tcp',
    ...denied,
  },
  {
    name: 'a named port is the one that the pod’s container declares',
    policies: ports('  - port: http'),
    ...IN,
    port: '8080/tcp',
    ...allowed,
  },
  {
    name: 'a named port is no other port of the pod',
    policies: ports('  - port: http'),
    ...IN,
    port: '80/tcp',
    ...denied,
  },
  {
    name: 'a name that no container declares is no port',
    policies: ports('  - port: https'),
    ...IN,
    port: '443/tcp',
    ...denied,
  },
  {
    name: 'a named port is looked up by its protocol: declared for UDP, asked for TCP',
    policies: ports('  - port: names'),
    ...IN,
    port: '5353/tcp',
    ...denied,
  },
  {
    name: 'a named port of UDP',
    policies: ports('  - port: names\n    protocol: UDP'),
    ...IN,
    port: '5353/udp',
    ...allowed,
  },
  {
    name: 'a named port of egress is the destination pod’s',
    policies: egress('- ports:\n  - port: http'),
    ...OUT,
    port: '9090/tcp',
    ...allowed,
  },
  {
    name: 'a named port of egress is not the selected pod’s own',
    policies: egress('- ports:\n  - port: http'),
    ...OUT,
    port: '8080/tcp',
    ...deniedOut,
  },
  {
    name: 'a named port of egress is none outside of the cluster',
    policies: egress('- ports:\n  - port: http'),
    from: 'shop/web',
    to: '203.0.113.7',
    port: '8080/tcp',
    ...deniedOut,
  },
  {
    name: 'the documentation’s egress of DNS alone: to port 53 over UDP and TCP',
    policies: egress('- ports:\n  - port: 53\n    protocol: UDP\n  - port: 53\n    protocol: TCP'),
    from: 'shop/web',
    to: 'ops/prom',
    port: '53/tcp',
    ...allowed,
  },
  {
    name: 'egress of DNS alone allows nothing else',
    policies: egress('- ports:\n  - port: 53\n    protocol: UDP\n  - port: 53\n    protocol: TCP'),
    ...OUT,
    port: '9090/tcp',
    ...deniedOut,
  },
  {
    name: 'ICMP to a pod that nothing isolates',
    policies: {},
    ...IN,
    port: 'icmp',
    ...allowed,
  },
  {
    name: 'ICMP where a rule allows everything from everybody',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- {}' },
    ...IN,
    port: 'icmp',
    ...allowed,
  },
  {
    name: 'ICMP to an isolated pod is not defined',
    policies: { 'shop/p': 'podSelector: {}' },
    ...IN,
    port: 'icmp',
    verdict: 'unknown',
    direction: 'ingress',
    missing: 'what the network plugin makes of icmp',
  },
  {
    name: 'ICMP from a pod that is allowed as a source is not defined',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}' },
    ...IN,
    port: 'icmp',
    verdict: 'unknown',
    direction: 'ingress',
    missing: 'what the network plugin makes of icmp',
  },
  {
    name: 'ICMP between pods of which only the other direction is isolated',
    policies: { 'shop/p': 'podSelector: {}' },
    from: 'shop/web',
    to: 'back/api',
    port: 'icmp',
    ...allowed,
  },
];
