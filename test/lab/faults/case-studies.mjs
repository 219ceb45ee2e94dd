import { systemLog } from './system-log.mjs';

/** The five field reports that the project began with, made on the kernel. */

const TUNED = [
  'systemd[1]: Reloading.',
  'systemd[1]: Stopping Dynamic System Tuning Daemon...',
  'systemd[1]: Stopped Dynamic System Tuning Daemon.',
  'systemd[1]: Starting Dynamic System Tuning Daemon...',
  "tuned.daemon.daemon: applying static tuning from profile 'throughput-performance'",
  'systemd[1]: Started Dynamic System Tuning Daemon.',
];

export const caseStudies = [
  {
    id: 'bridge-nf-off',
    cause: 'bridge-nf-call-disabled',
    variant: 'flannel',
    inject: (c) => c.on(2, 'sysctl -qw net.bridge.bridge-nf-call-iptables=0'),
    breaks: ['http web/2 svc/api'],
    spares: ['http client svc/api', 'ping web/2 api', 'http web/2 api'],
  },
  {
    id: 'dhcp-address-beside-static',
    cause: 'node-ip-conflict',
    alsoAcceptable: ['masquerade-missing'],
    variant: 'flannel',
    beyond: true,
    inject: async (c) => {
      const { ip } = c.node(3);
      // The lease came first and is the interface's primary address; kube-proxy is of the time when the mark stayed on the
      // packet, so that the tunnel's outer packet is masqueraded too. Peers take tunnel packets from known nodes only.
      await c.on(
        3,
        `ip addr flush dev eth0
        ip addr add 192.168.10.228/24 brd + dev eth0 valid_lft 86000 preferred_lft 86000
        ip addr add ${ip}/24 brd + dev eth0
        ip route add default via 192.168.10.1 dev eth0
        iptables -t nat -F KUBE-POSTROUTING
        iptables -t nat -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE
        sysctl -qw net.core.txrehash=0`,
      );
      await c.on(
        'fabric',
        `nft add table bridge guard
        nft add chain bridge guard forward '{ type filter hook forward priority 0; }'
        nft add rule bridge guard forward ip saddr 192.168.10.228 udp dport 8472 drop`,
      );
    },
    breaks: ['http node/3 svc/api'],
    spares: ['http client svc/api', 'ping client api', 'ping node/3 node/1'],
  },
  {
    id: 'ip-forward-off',
    cause: 'ip-forward-disabled',
    variant: 'underlay',
    inject: (c) => c.on(2, 'sysctl -qw net.ipv4.ip_forward=0'),
    breaks: ['ping api client', 'ping web/1 api', 'http client svc/api'],
    spares: ['ping node/2 api', 'ping client web/1'],
  },
  {
    id: 'rp-filter-reset-by-tuned',
    cause: 'rp-filter-strict',
    variant: 'cilium',
    inject: async (c) => {
      await c.on(3, 'sysctl -qw net.ipv4.conf.all.rp_filter=1');
      c.log('system', 'node-3', systemLog(c.node(3), TUNED));
    },
    breaks: ['ping client node/1', 'http client outside', 'ping client outside'],
    spares: ['ping client web/1', 'ping api client', 'ping node/3 node/1'],
  },
  {
    id: 'vm-behind-nat',
    cause: 'overlay-nat-mangled',
    alsoAcceptable: ['overlay-port-blocked'],
    variant: 'flannel',
    beyond: true,
    inject: async (c) => {
      const node = c.node(3);
      node.knownAs = '192.168.10.103';
      node.ip = '192.168.122.13';
      await c.on(
        'fabric',
        `ip link set pn-node-3 nomaster
        ip addr add 192.168.122.1/24 dev pn-node-3
        ip addr add 192.168.10.103/24 dev br0
        iptables -t nat -A PREROUTING -d 192.168.10.103 -p tcp -j DNAT --to-destination 192.168.122.13
        iptables -t nat -A PREROUTING -d 192.168.10.103 -p icmp -j DNAT --to-destination 192.168.122.13
        iptables -t nat -A POSTROUTING -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j SNAT --to-source 192.168.10.103`,
      );
      // What goes over a wire has its checksums, which a translator then keeps right; a veth leaves them to be made.
      for (const { index } of c.lab.nodes) await c.on(index, 'ethtool -K eth0 tx off > /dev/null');
      const peers = c.lab.nodes.slice(0, 2);
      await c.on(
        3,
        `ip addr flush dev eth0
        ip addr add 192.168.122.13/24 brd + dev eth0
        ip route add default via 192.168.122.1 dev eth0
        ip link del flannel.1
        ip link add flannel.1 address ${node.tunnelMac} mtu 1450 type vxlan id 1 local 192.168.122.13 dev eth0 dstport 8472 nolearning
        ip addr add 10.244.3.0/32 dev flannel.1
        ip link set flannel.1 up
        ${peers.map(({ podCIDR, tunnelMac, ip }) => peerLines(podCIDR, tunnelMac, ip)).join('\n')}`,
      );
      for (const { index } of peers) {
        await c.on(index, `bridge fdb replace ${node.tunnelMac} dev flannel.1 dst 192.168.10.103 self permanent`);
      }
    },
    breaks: ['ping client web/1', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping node/1 node/3', 'ping client web/3', 'ping client outside', 'ping api web/1'],
  },
];

function peerLines(podCIDR, mac, ip) {
  const network = podCIDR.split('/')[0];
  return `ip neigh replace ${network} lladdr ${mac} dev flannel.1 nud permanent
    bridge fdb replace ${mac} dev flannel.1 dst ${ip} self permanent
    ip route replace ${podCIDR} via ${network} dev flannel.1 onlink`;
}
