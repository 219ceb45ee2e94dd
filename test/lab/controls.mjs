import { caseStudies } from './faults/case-studies.mjs';
import { DOCKER_CHAINS } from './faults/forwarding.mjs';
import { everyNode, secondNic } from './faults/network.mjs';

const HEALTHY = [
  'ping client web/1',
  'http client svc/api',
  'big client web/1',
  'dns client www.example.com',
  'http client outside',
];

/** Clusters that look odd and work: podnet must not diagnose anything. */
export const CONTROLS = [
  ...['flannel', 'underlay', 'cilium'].map((variant) => ({ id: `healthy-${variant}`, variant, spares: HEALTHY })),
  {
    id: 'jumbo-everywhere',
    variant: 'flannel',
    inject: async (c) => {
      await c.on(
        'fabric',
        ['br0', ...c.lab.nodes.map(({ name }) => `pn-${name}`)]
          .map((device) => `ip link set ${device} mtu 9000`)
          .join('\n'),
      );
      await everyNode(
        c,
        `ip link set eth0 mtu 9000
        for device in flannel.1 cni0; do ip link set $device mtu 8950; done
        for veth in $(ls /proc/sys/net/ipv4/conf | grep ^veth); do ip link set $veth mtu 8950; done
        sed -i s/1450/8950/ /run/flannel/subnet.env`,
        'ip link set eth0 mtu 8950',
      );
    },
    spares: [...HEALTHY, 'ping8000 client web/1'],
  },
  {
    id: 'nat-that-knows-the-tunnel',
    variant: 'flannel',
    // Node 3 is behind a router that translates its address both ways and leaves ports alone.
    inject: async (c) => {
      await caseStudies.find(({ id }) => id === 'vm-behind-nat').inject(c);
      await c.on(
        'fabric',
        `iptables -t nat -A PREROUTING -d 192.168.10.103 -p udp -j DNAT --to-destination 192.168.122.13
        iptables -t nat -A POSTROUTING -s 192.168.122.0/24 -d 192.168.122.0/24 -j MASQUERADE`,
      );
    },
    spares: [...HEALTHY, 'ping api client'],
  },
  {
    id: 'allow-list-firewall',
    variant: 'flannel',
    inject: async (c) => {
      for (const { index } of c.lab.nodes) {
        await c.on(
          index,
          `iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
          iptables -A INPUT -i lo -j ACCEPT
          iptables -A INPUT -p icmp -j ACCEPT
          iptables -A INPUT -s 192.168.10.0/24 -p udp --dport 8472 -j ACCEPT
          iptables -A INPUT -p tcp -m multiport --dports 22,6443,10250,10256,30000:32767 -j ACCEPT
          iptables -A INPUT -s 10.244.0.0/16 -j ACCEPT
          iptables -P INPUT DROP
          iptables -P FORWARD DROP`,
        );
      }
    },
    spares: HEALTHY,
  },
  {
    id: 'firewall-blocks-only-ping',
    variant: 'flannel',
    inject: async (c) => {
      for (const { index } of c.lab.nodes)
        await c.on(index, 'iptables -I INPUT 1 -p icmp --icmp-type echo-request -j DROP');
    },
    spares: ['ping client web/1', 'http client svc/api', 'big client web/1', 'dns client www.example.com'],
    breaks: ['ping client node/1'],
  },
  {
    id: 'docker0-unused',
    variant: 'flannel',
    inject: (c) => c.on(2, DOCKER_CHAINS),
    spares: HEALTHY,
  },
  {
    id: 'blackhole-of-own-block',
    variant: 'underlay',
    // As Calico keeps one for the block of the node, behind the routes of its pods.
    inject: (c) => c.on(2, 'ip route add blackhole 10.9.11.0/24 proto 80'),
    spares: [...HEALTHY, 'ping client api'],
  },
  {
    id: 'second-nic-unused',
    variant: 'cilium',
    inject: (c) => secondNic(c, 2, 'eth1', '172.20.5.12/24', '172.20.5.1/24'),
    spares: HEALTHY,
  },
];
