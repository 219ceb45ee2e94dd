import { type ClusterRow, holdAgainstKernel } from './kernel-cluster.js';

const nf = (value: number): string => `on n sysctl -qw net.bridge.bridge-nf-call-iptables=${value}\n`;
const iptables = (words: string): string => `on n iptables ${words}\n`;
const toPod = (pod: string): string =>
  iptables(`-t nat -A PREROUTING -d 10.96.0.1/32 -p icmp -j DNAT --to-destination ${pod}`);
const B = '10.244.1.3';
const A = '10.244.1.2';
const MASQUERADE = iptables('-t nat -A POSTROUTING -d 10.244.1.0/24 -j MASQUERADE');
const HAIRPIN = 'on n bridge link set dev va hairpin on\n';

/** Without STP the kernel sets every other state back to forwarding, and this one too when it notices the carrier. */
const disabled = (port: string): string => `
for i in $(seq 100); do on n bridge link show dev ${port} | grep -q 'state forwarding' && break; sleep 0.02; done
on n bridge link set dev ${port} state 0`;

const ROWS: ClusterRow[] = [
  { name: 'pods of one bridge reach each other', to: 'b', expected: 'delivered' },
  {
    name: 'FORWARD drops what is bridged with bridge-nf-call-iptables',
    with: iptables('-P FORWARD DROP'),
    to: 'b',
    expected: 'netfilter-drop',
  },
  {
    name: 'FORWARD does not see what is bridged without it',
    with: nf(0) + iptables('-P FORWARD DROP'),
    to: 'b',
    expected: 'delivered',
  },
  {
    name: 'physdev tells bridged packets',
    with: iptables('-A FORWARD -m physdev --physdev-is-bridged -j DROP'),
    to: 'b',
    expected: 'netfilter-drop',
  },
  {
    name: 'physdev tells the port that a packet came in by',
    with: iptables('-A FORWARD -m physdev --physdev-in vb -j DROP'),
    to: 'b',
    expected: 'netfilter-drop',
  },
  {
    name: 'a Service whose backend is in the same bridge works with bridge-nf-call-iptables',
    with: toPod(B),
    to: 'service',
    expected: 'delivered',
  },
  {
    name: 'the answer is not translated back without it',
    with: nf(0) + toPod(B),
    to: 'service',
    expected: 'reply-not-recognised',
  },
  {
    name: 'the answer to a masqueraded packet is',
    with: nf(0) + toPod(B) + MASQUERADE,
    to: 'service',
    expected: 'delivered',
  },
  {
    name: 'a pod does not reach itself by a Service without hairpin',
    with: toPod(A) + MASQUERADE,
    to: 'service',
    expected: 'no-hairpin',
  },
  { name: 'it does with hairpin', with: toPod(A) + MASQUERADE + HAIRPIN, to: 'service', expected: 'delivered' },
  {
    name: 'unmasqueraded it is a martian to itself',
    with: toPod(A) + HAIRPIN,
    to: 'service',
    expected: 'martian-source',
  },
  {
    name: 'what is routed into the bridge needs no hairpin',
    with: nf(0) + toPod(A) + MASQUERADE,
    to: 'service',
    expected: 'delivered',
  },
  {
    name: 'a port that is out of the bridge gets nothing',
    with: 'on n ip link set vb nomaster',
    to: 'b',
    expected: 'not-in-bridge',
  },
  {
    name: "the sender's port that is out of the bridge carries nothing",
    // A list of neighbours that is not empty tells that the pod has no entry of its own for its gateway.
    with: 'on n ip link set va nomaster\non a ip neigh add 10.244.1.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent',
    to: 'b',
    expected: 'no-address',
  },
  { name: 'a port that is down gets nothing', with: 'on n ip link set vb down', to: 'b', expected: 'device-down' },
  {
    name: 'a port that is disabled gets nothing',
    with: disabled('vb'),
    to: 'b',
    expected: 'port-not-forwarding',
  },
  {
    name: 'what comes by a disabled port goes nowhere',
    with: disabled('va'),
    to: 'b',
    expected: 'port-not-forwarding',
  },
  {
    name: 'a bridge that is down carries nothing',
    with: 'on n ip link set cni0 down',
    to: 'b',
    expected: 'device-down',
  },
  {
    name: 'a bridge without its address is no gateway',
    with: 'on n ip addr flush dev cni0',
    to: 'c',
    expected: 'nobody-has-address',
  },
];

holdAgainstKernel('a bridge, on the kernel', ROWS);
