import { type ClusterRow, holdAgainstKernel } from './kernel-cluster.js';

const remade = (words: string): string => `
on m ip link del flannel.1
on m ip -batch - <<'END'
link add flannel.1 address 02:00:00:00:00:02 type vxlan ${words} dev eth0 local 192.168.1.2 nolearning
addr add 10.244.2.0/32 dev flannel.1
link set flannel.1 up
neigh add 10.244.1.0 lladdr 02:00:00:00:00:01 dev flannel.1 nud permanent
route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
END
on m bridge fdb add 02:00:00:00:00:01 dev flannel.1 dst 192.168.1.1 self permanent`;

const ROWS: ClusterRow[] = [
  { name: 'pods of two nodes reach each other by VXLAN', to: 'c', expected: 'delivered' },
  {
    name: 'without a forwarding entry the frame goes nowhere',
    with: 'on n bridge fdb del 02:00:00:00:00:02 dev flannel.1 self',
    to: 'c',
    expected: 'no-forwarding-entry',
  },
  {
    name: 'the answer needs its forwarding entry too',
    with: 'on m bridge fdb del 02:00:00:00:00:01 dev flannel.1 self',
    to: 'c',
    expected: 'no-forwarding-entry',
  },
  {
    name: 'without a neighbour the packet goes nowhere',
    with: 'on n ip neigh add 192.168.1.2 lladdr $(mac m eth0) dev eth0\non n ip neigh del 10.244.2.0 dev flannel.1',
    to: 'c',
    expected: 'neighbour-failed',
  },
  {
    name: "a neighbour's MAC that nobody has is dropped where it comes out",
    with: 'on n ip neigh replace 10.244.2.0 lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent\non n bridge fdb add 02:00:00:00:00:99 dev flannel.1 dst 192.168.1.2 self permanent',
    to: 'c',
    expected: 'tunnel-mac-mismatch',
  },
  {
    name: "a frame from the receiver's own MAC is dropped",
    with: 'on n ip link set flannel.1 address 02:00:00:00:00:02\non n ip neigh replace 10.244.2.0 lladdr 02:00:00:00:00:02 dev flannel.1 nud permanent',
    to: 'c',
    expected: 'tunnel-own-mac',
  },
  {
    name: 'an endpoint that nobody has gets nothing',
    with: 'on n bridge fdb replace 02:00:00:00:00:02 dev flannel.1 dst 192.168.1.77 self permanent',
    to: 'c',
    expected: 'wrong-tunnel-endpoint',
  },
  {
    name: 'another port at the other end takes nothing',
    with: remade('id 1 dstport 4789'),
    to: 'c',
    expected: 'nobody-listens',
  },
  {
    name: 'another VNI at the other end takes nothing',
    with: remade('id 2 dstport 8472'),
    to: 'c',
    expected: 'nobody-listens',
  },
  { name: 'the same made anew takes it', with: remade('id 1 dstport 8472'), to: 'c', expected: 'delivered' },
  {
    name: 'a device that is down at the other end takes nothing',
    with: 'on m ip link set flannel.1 down',
    to: 'c',
    expected: 'device-down',
  },
  {
    name: 'the routes by a device that is down are gone',
    with: 'on n ip link set flannel.1 down',
    to: 'c',
    expected: 'no-route',
  },
  {
    name: "the receiver's INPUT drops the outer packet",
    with: 'on m iptables -A INPUT -p udp --dport 8472 -j DROP',
    to: 'c',
    expected: 'netfilter-drop',
  },
  {
    name: "the sender's OUTPUT drops the outer packet",
    with: 'on n iptables -A OUTPUT -p udp --dport 8472 -j DROP',
    to: 'c',
    expected: 'netfilter-drop',
  },
  {
    name: 'the answer comes in a packet of its own',
    with: 'on n iptables -A INPUT -p udp --dport 8472 -j DROP',
    to: 'c',
    expected: 'netfilter-drop',
  },
  {
    name: 'conntrack does not take it for an answer',
    with: 'on n iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\non n iptables -A INPUT -p udp -j DROP',
    to: 'c',
    expected: 'netfilter-drop',
  },
  {
    name: "the receiver's FORWARD sees the inner packet",
    with: 'on m iptables -A FORWARD -i flannel.1 -s 10.244.1.0/24 -j DROP',
    to: 'c',
    expected: 'netfilter-drop',
  },
  {
    name: 'rp_filter of the device looks at the inner source',
    with: 'on m sysctl -qw net.ipv4.conf.flannel/1.rp_filter=1\non m ip route del 10.244.1.0/24\non m ip route add 10.244.1.0/24 via 192.168.1.1',
    to: 'c',
    expected: 'reverse-path',
  },
  {
    name: 'ip_forward = 0 keeps the inner packet out',
    with: 'on m sysctl -qw net.ipv4.ip_forward=0',
    to: 'c',
    expected: 'not-forwarding',
  },
];

holdAgainstKernel('a VXLAN, on the kernel', ROWS);
