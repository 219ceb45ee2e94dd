import { moveLink } from '../namespaces.mjs';
import { systemLog } from './system-log.mjs';

/** Faults of the network between the nodes, which their own configuration does not show. */
export const network = [
  {
    id: 'cloud-drops-tunnel-port',
    cause: 'overlay-port-blocked',
    alsoAcceptable: ['security-group-blocks'],
    variant: 'flannel',
    beyond: true,
    inject: (c) => cloud(c, 'udp dport 8472 drop'),
    breaks: ['ping client web/1', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping client web/3', 'ping client outside'],
  },
  {
    id: 'cloud-drops-tunnel-of-one-node',
    cause: 'overlay-port-blocked',
    alsoAcceptable: ['security-group-blocks'],
    variant: 'cilium',
    beyond: true,
    inject: (c) => cloud(c, `ip daddr ${c.node(2).ip} udp dport 8472 drop`),
    breaks: ['ping client api', 'http client svc/api'],
    spares: ['ping node/3 node/2', 'ping client web/1', 'ping api web/2'],
  },
  {
    id: 'security-group-of-new-nodes',
    cause: 'security-group-blocks',
    alsoAcceptable: ['overlay-port-blocked'],
    variant: 'flannel',
    beyond: true,
    // A group that lets in SSH, the API server, kubelet and ping, and nothing else.
    inject: (c) =>
      cloud(
        c,
        'ip protocol icmp accept',
        'tcp dport { 22, 6443, 10250 } accept',
        'tcp sport { 22, 6443, 10250 } accept',
        'ip daddr 192.168.10.0/24 ip saddr 192.168.10.0/24 drop',
      ),
    breaks: ['ping client web/1', 'http node/1 nodeport/2/web', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping client web/3', 'ping client outside'],
  },
  {
    id: 'source-destination-check',
    cause: 'security-group-blocks',
    alsoAcceptable: ['route-missing'],
    variant: 'underlay',
    beyond: true,
    // The cloud takes from node 2, and gives it, its own address only.
    inject: (c) =>
      c.on(
        'fabric',
        `iptables -A FORWARD -i pn-node-2 ! -s ${c.node(2).ip} -j DROP
        iptables -A FORWARD -o pn-node-2 ! -d ${c.node(2).ip} -j DROP
        iptables -A INPUT -i pn-node-2 ! -s ${c.node(2).ip} -j DROP`,
      ),
    breaks: ['ping client api', 'ping api outside', 'http client svc/api'],
    spares: ['ping node/3 node/2', 'ping client web/1', 'ping web/2 api'],
  },
  {
    id: 'cloud-drops-pod-ports',
    cause: 'security-group-blocks',
    variant: 'underlay',
    beyond: true,
    inject: (c) => c.on('fabric', 'iptables -A FORWARD -p tcp --dport 8080 -j DROP'),
    breaks: ['http client api', 'http client svc/api', 'http node/1 api'],
    spares: ['ping client api', 'http web/2 api', 'dns client web.default.svc.cluster.local'],
  },
  {
    id: 'fabric-forgot-pod-routes',
    cause: 'route-missing',
    alsoAcceptable: ['security-group-blocks'],
    variant: 'underlay',
    beyond: true,
    inject: (c) =>
      c.on(
        'fabric',
        podsOf(c, 2)
          .map(({ ip }) => `ip route del ${ip}/32`)
          .join('\n'),
      ),
    breaks: ['ping client api', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/2', 'ping client web/1', 'ping web/2 api'],
  },
  {
    id: 'address-of-node-taken',
    cause: 'duplicate-ip',
    variant: 'flannel',
    beyond: true,
    // Another machine has the node's address, and says so again and again.
    inject: async (c) => {
      const { ip } = c.node(2);
      await c.on(
        'fabric',
        `ip addr add ${ip}/32 dev br0
        (while :; do arping -q -U -c 1 -w 1 -I br0 ${ip}; sleep 0.2; done) > /dev/null 2>&1 < /dev/null &
        sleep 1`,
      );
      c.log(
        'system',
        'node-2',
        systemLog(c.node(2), [
          `kernel: IPv4: martian source ${ip} from ${ip}, on dev eth0`,
          `NetworkManager[811]: <warn> [1] IP address ${ip} is already in use by host 0a:00:27:00:00:0f: duplicate address`,
        ]),
      );
    },
    breaks: ['ping client api', 'http node/1 nodeport/2/web'],
    spares: ['ping client web/1', 'ping web/2 api'],
  },
  {
    id: 'mtu-of-tunnel-too-large',
    cause: 'mtu-mismatch',
    alsoAcceptable: ['pmtu-blackhole'],
    variant: 'flannel',
    beyond: true,
    // The provider's network has 1450; flannel was set up for 1500 and its outer fragments are dropped on the way.
    inject: async (c) => {
      await everyNode(c, 'ip link set eth0 mtu 1450', WITHOUT_SEGMENTATION);
      await c.on('fabric', c.lab.nodes.map(({ name }) => `ip link set pn-${name} mtu 1450`).join('\n'));
      await cloud(c, 'ip frag-off & 0x3fff != 0 drop');
    },
    breaks: ['big client web/1', 'ping1422 client web/1'],
    spares: ['ping client web/1', 'http client svc/api', 'big client web/3'],
  },
  {
    id: 'frag-needed-dropped',
    cause: 'pmtu-blackhole',
    alsoAcceptable: ['mtu-mismatch'],
    variant: 'underlay',
    beyond: true,
    // A link of 1400 in the middle, and a router that may not say so.
    inject: (c) =>
      c.on(
        'fabric',
        `ip link set pn-node-2 mtu 1400
        iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP`,
      ),
    breaks: ['big api web/1', 'ping1472 client api'],
    spares: ['ping client api', 'http client svc/api', 'big client web/1'],
  },
  {
    id: 'switch-without-jumbo',
    cause: 'jumbo-frames-mismatch',
    alsoAcceptable: ['mtu-mismatch'],
    variant: 'flannel',
    beyond: true,
    inject: (c) =>
      everyNode(
        c,
        `ip link set eth0 mtu 9000
        for device in flannel.1 cni0; do ip link set $device mtu 8950; done
        for veth in $(ls /proc/sys/net/ipv4/conf | grep ^veth); do ip link set $veth mtu 8950; done`,
        `ip link set eth0 mtu 8950; ${WITHOUT_SEGMENTATION}`,
      ),
    breaks: ['big client web/1', 'ping8000 client web/1'],
    spares: ['ping client web/1', 'http client svc/api', 'big client web/3'],
  },
  {
    id: 'second-nic-takes-replies',
    cause: 'asymmetric-routing',
    alsoAcceptable: ['rp-filter-strict'],
    variant: 'underlay',
    beyond: true,
    // A second NIC has the default route; the router takes packets only from where it would send to.
    inject: async (c) => {
      await secondNic(c, 2, 'eth1', '10.9.190.51/24', '10.9.190.1/24');
      await c.on(2, 'ip route replace default via 10.9.190.1 dev eth1');
      await c.on('fabric', 'sysctl -qw net.ipv4.conf.pn-eth1-2.rp_filter=1');
    },
    breaks: ['ping client api', 'ping node/3 node/2', 'http client svc/api'],
    spares: ['ping client web/1', 'ping web/2 api'],
  },
];

/** Rules of the cloud's filter between the nodes of one network. */
export function cloud(c, ...rules) {
  return c.on(
    'fabric',
    `nft add table bridge cloud
    nft add chain bridge cloud forward '{ type filter hook forward priority 0; }'
    ${rules.map((rule) => `nft 'add rule bridge cloud forward ${rule}'`).join('\n')}`,
  );
}

export function podsOf(c, index) {
  return c.lab.pods.filter(({ node }) => node === `node-${index}`);
}

/** Runs scripts on each node and in each pod. */
export async function everyNode(c, onNode, inPod) {
  await Promise.all(c.lab.nodes.map(({ index }) => c.on(index, `${onNode}\n${WITHOUT_SEGMENTATION}`)));
  if (inPod !== undefined) await Promise.all(c.lab.pods.map((pod) => c.on(pod, inPod)));
}

/** A veth carries packets of any size that are to be segmented later: as real NICs do it, they are cut before. */
export const WITHOUT_SEGMENTATION =
  'for device in $(ls /proc/sys/net/ipv4/conf | grep -v -e all -e default -e lo); do ethtool -K $device tso off gso off gro off > /dev/null 2>&1 || true; done';

/** Gives a node a second NIC: `address` on it, `gateway` on the fabric's end. */
export async function secondNic(c, index, device, address, gateway) {
  const port = `pn-${device}-${index}`;
  await c.on(
    'fabric',
    `ip link add ${port} type veth peer name ${device}
    ip addr add ${gateway} dev ${port}
    ip link set ${port} up`,
  );
  await moveLink(c.fabric, device, c.node(index).pid);
  await c.on(
    index,
    `ip addr add ${address} brd + dev ${device}
    ip link set ${device} up`,
  );
}
