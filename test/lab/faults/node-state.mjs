import { tunnelFdb, tunnelPeer } from '../wiring.mjs';
import { secondNic } from './network.mjs';
import { componentLine, systemLog } from './system-log.mjs';

/** Faults of routes, rules, addresses, devices and tunnel entries of a node. */
export const nodeState = [
  {
    id: 'route-to-peer-lost',
    cause: 'route-missing',
    variant: 'flannel',
    inject: (c) => c.on(1, 'ip route del 10.244.3.0/24'),
    breaks: ['ping web/1 client', 'dns client web.default.svc.cluster.local'],
    spares: ['ping node/1 node/3', 'ping api client', 'ping client api'],
  },
  {
    id: 'route-past-the-tunnel',
    cause: 'route-missing',
    variant: 'flannel',
    // Somebody's static route, to a router that knows no pods.
    inject: (c) => c.on(3, 'ip route replace 10.244.2.0/24 via 192.168.10.1 dev eth0'),
    breaks: ['ping client api', 'http client svc/api'],
    spares: ['ping client web/1', 'ping node/3 node/2'],
  },
  {
    id: 'vpn-rule-takes-pods',
    cause: 'policy-rule-hijack',
    variant: 'flannel',
    inject: (c) =>
      c.on(
        2,
        `ip route add default via 192.168.10.1 dev eth0 table 51820
        ip rule add pref 1000 from 10.244.2.0/24 lookup 51820`,
      ),
    breaks: ['ping api web/1', 'http client svc/api'],
    spares: ['ping web/2 api', 'ping node/2 web/1', 'ping client web/1'],
  },
  {
    id: 'rule-sends-pods-to-gateway',
    cause: 'policy-rule-hijack',
    variant: 'underlay',
    inject: (c) =>
      c.on(
        2,
        `ip route add default via 10.9.189.1 dev eth0 table 900
        ip rule add pref 900 to 10.9.11.0/24 lookup 900`,
      ),
    breaks: ['ping client api', 'ping node/2 api', 'http client svc/api'],
    spares: ['ping node/3 node/2', 'ping client web/1'],
  },
  {
    id: 'blackhole-left-over',
    cause: 'blackhole-route',
    variant: 'flannel',
    inject: (c) => c.on(3, 'ip route add blackhole 10.244.2.0/26'),
    breaks: ['ping client api', 'http client svc/api'],
    spares: ['ping client web/1', 'ping node/3 node/2'],
  },
  {
    id: 'prohibit-route-underlay',
    cause: 'blackhole-route',
    variant: 'underlay',
    inject: (c) => c.on(3, 'ip route add prohibit 10.9.30.0/24'),
    breaks: ['ping client web/1', 'ping node/3 web/1'],
    spares: ['ping client api', 'ping node/3 node/1'],
  },
  {
    id: 'flannel-took-nat-nic',
    cause: 'wrong-interface-selected',
    variant: 'flannel',
    // The NIC with which the virtual machine reaches the internet, alike on all machines.
    inject: async (c) => {
      const node = c.node(3);
      await secondNic(c, 3, 'eth1', '10.0.2.15/24', '10.0.2.2/24');
      // What comes from there is translated, and nothing gets in.
      await c.on(
        'fabric',
        `iptables -t nat -A POSTROUTING -s 10.0.2.0/24 -j MASQUERADE
        iptables -A FORWARD -o pn-eth1-3 -m conntrack --ctstate NEW -j DROP
        iptables -A OUTPUT -o pn-eth1-3 -m conntrack --ctstate NEW -j DROP`,
      );
      await remakeTunnel(c, node, { local: '10.0.2.15', device: 'eth1' });

      for (const index of [1, 2])
        await c.on(index, `bridge fdb replace ${node.tunnelMac} dev flannel.1 dst 10.0.2.15 self permanent`);
      c.objects['nodes/node-3'] = { metadata: { annotations: { 'flannel.alpha.coreos.com/public-ip': '10.0.2.15' } } };
      c.log('kube-flannel', 'node-3', [
        componentLine('I', 'main.go:463', 'Found network config - Backend type: vxlan'),
        componentLine('I', 'match.go:206', 'Determining IP address of default interface'),
        componentLine('I', 'match.go:259', 'Using interface with name eth1 and address 10.0.2.15'),
      ]);
    },
    breaks: ['ping client web/1', 'ping api client', 'http client svc/api'],
    spares: ['ping node/3 node/1', 'ping client web/3', 'ping api web/1'],
  },
  {
    id: 'cloned-vm-has-same-vtep-mac',
    cause: 'duplicate-mac',
    variant: 'flannel',
    inject: async (c) => {
      const [first, second, third] = c.lab.nodes;
      third.tunnelMac = second.tunnelMac;
      await c.on(3, `ip link set flannel.1 address ${third.tunnelMac}`);
      // The device's entries go with its old MAC, and flannel writes them again.
      await c.on(
        3,
        [first, second]
          .flatMap((other) => tunnelPeer('flannel.1', other))
          .map(replaced)
          .join('\n'),
      );
      await c.on(2, replaced(tunnelPeer('flannel.1', third)[0]));
      await c.on(2, `bridge fdb replace ${third.tunnelMac} dev flannel.1 dst ${third.ip} self permanent`);
      await c.on(1, replaced(tunnelPeer('flannel.1', third)[0]));
      await c.on(1, `bridge fdb replace ${third.tunnelMac} dev flannel.1 dst ${third.ip} self permanent`);
    },
    breaks: ['ping web/1 api', 'ping client api', 'ping api client'],
    spares: ['ping node/1 node/2', 'ping client web/1'],
  },
  {
    id: 'fdb-points-to-old-address',
    cause: 'vtep-entry-stale',
    variant: 'flannel',
    inject: (c) => c.on(2, `bridge fdb replace ${c.node(3).tunnelMac} dev flannel.1 dst 192.168.10.33 self permanent`),
    breaks: ['ping api client', 'ping client api', 'http client svc/api'],
    spares: ['ping node/2 node/3', 'ping client web/1', 'ping api web/1'],
  },
  {
    id: 'neighbour-has-old-vtep-mac',
    cause: 'vtep-entry-stale',
    variant: 'cilium',
    inject: (c) =>
      c.on(
        1,
        `ip neigh replace 10.244.3.0 lladdr 7e:1c:9b:0d:0d:0d dev cilium_vxlan nud permanent
        bridge fdb append 7e:1c:9b:0d:0d:0d dev cilium_vxlan dst ${c.node(3).ip} self permanent
        bridge fdb del ${c.node(3).tunnelMac} dev cilium_vxlan`,
      ),
    breaks: ['ping web/1 client', 'ping client web/1'],
    spares: ['ping node/1 node/3', 'ping api client'],
  },
  {
    id: 'tunnel-device-down',
    cause: 'link-down',
    variant: 'flannel',
    inject: (c) => c.on(2, 'ip link set flannel.1 down'),
    breaks: ['ping client api', 'ping api web/1'],
    spares: ['ping web/2 api', 'ping node/3 node/2', 'ping client web/1'],
  },
  {
    id: 'cable-of-node-out',
    cause: 'link-down',
    variant: 'underlay',
    inject: async (c) => {
      await c.on('fabric', 'ip link set pn-node-2 down');
      c.log('system', 'node-2', systemLog(c.node(2), ['kernel: e1000e 0000:00:1f.6 eth0: NIC Link is Down']));
    },
    breaks: ['ping client api', 'ping node/3 node/2', 'http client svc/api'],
    spares: ['ping client web/1', 'ping web/2 api'],
  },
  {
    id: 'veth-out-of-bridge',
    cause: 'veth-or-bridge-detached',
    variant: 'flannel',
    inject: (c) => c.on(2, `ip link set ${c.pod('api').veth} nomaster`),
    breaks: ['ping client api', 'ping web/2 api', 'ping node/2 api'],
    spares: ['ping client web/2', 'ping client web/1'],
  },
  {
    id: 'veth-down',
    cause: 'veth-or-bridge-detached',
    alsoAcceptable: ['link-down'],
    variant: 'cilium',
    inject: (c) => c.on(2, `ip link set ${c.pod('api').veth} down`),
    breaks: ['ping client api', 'ping node/2 api', 'http client svc/api'],
    spares: ['ping client web/2', 'ping client web/1'],
  },
  {
    id: 'compose-network-covers-pods',
    cause: 'cidr-overlap',
    variant: 'flannel',
    // A compose network of Docker that lies in another node's pod network.
    inject: (c) =>
      c.on(
        1,
        `ip link add br-1a2b3c4d5e6f type bridge
        ip addr add 10.244.3.1/25 brd + dev br-1a2b3c4d5e6f
        ip link set br-1a2b3c4d5e6f up`,
      ),
    breaks: ['ping web/1 client', 'dns client web.default.svc.cluster.local'],
    spares: ['ping node/1 node/3', 'ping api client', 'ping web/1 api'],
  },
  {
    id: 'cni0-of-earlier-cluster',
    cause: 'stale-cni-state',
    variant: 'flannel',
    // After a kubeadm reset the bridge kept the address of the network before.
    inject: async (c) => {
      await c.on(2, 'ip addr flush dev cni0; ip addr add 10.244.7.1/24 brd + dev cni0');
      const failed =
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type="flannel" failed (add): failed to delegate add: failed to set bridge addr: "cni0" already has an IP address different from 10.244.2.1/24';
      c.events.push({
        name: 'web-6f7c9d5b8-p8xkd',
        namespace: 'default',
        reason: 'FailedCreatePodSandBox',
        message: failed,
        node: 'node-2',
      });
      c.log('kubelet', 'node-2', [
        componentLine(
          'E',
          'remote_runtime.go:222',
          `"RunPodSandbox from runtime service failed" err="${failed.replaceAll('"', '\\"')}"`,
        ),
      ]);
    },
    breaks: ['ping client api', 'ping api web/1', 'ping node/2 api'],
    spares: ['ping web/2 api', 'ping node/3 node/2'],
  },
  {
    id: 'networkd-removed-rules',
    cause: 'interface-manager-interferes',
    alsoAcceptable: ['policy-rule-hijack'],
    variant: 'cilium',
    inject: async (c) => {
      await c.on(3, 'ip rule del pref 100; ip rule del pref 101');
      c.log(
        'system',
        'node-3',
        systemLog(c.node(3), [
          'systemd[1]: Stopping Network Configuration...',
          'systemd[1]: Starting Network Configuration...',
          'systemd-networkd[911]: eth0: Re-configuring with /etc/systemd/network/10-eth0.network',
          'systemd-networkd[911]: Removing foreign routing policy rule: priority: 100, 10.244.0.0/16 -> 10.244.3.0/24, table: 200',
          'systemd-networkd[911]: Removing foreign routing policy rule: priority: 101, n/a -> 10.244.3.0/24, iif: cilium_net, table: 200',
          'systemd[1]: Started Network Configuration.',
        ]),
      );
    },
    breaks: ['ping api client', 'ping client web/1', 'ping client web/3'],
    spares: ['ping api web/1', 'ping node/3 node/1'],
  },
  {
    id: 'default-route-lost',
    cause: 'route-missing',
    variant: 'underlay',
    // The default route went with a network restart; what is not on the link is out of reach.
    inject: (c) => c.on(2, 'ip route del default'),
    breaks: ['ping api web/1', 'ping node/2 node/1', 'ping client api'],
    spares: ['ping web/2 api', 'ping node/2 api', 'ping client web/1'],
  },
];

function replaced(line) {
  return `ip ${line.replace(/ add /, ' replace ')}`;
}

/** Makes a node's tunnel device anew, on another address and device. */
async function remakeTunnel(c, node, { local, device }) {
  const others = c.lab.nodes.filter((other) => other !== node);
  await c.on(
    node.index,
    `ip link del flannel.1
    ip link add flannel.1 address ${node.tunnelMac} mtu 1450 type vxlan id 1 local ${local} dev ${device} dstport 8472 nolearning
    ip addr add ${node.podCIDR.replace('/24', '/32')} dev flannel.1
    ip link set flannel.1 up
    ${others
      .flatMap((other) => tunnelPeer('flannel.1', other))
      .map(replaced)
      .join('\n')}
    ${tunnelFdb(c.lab, node)
      .map((line) => `bridge ${line}`)
      .join('\n')}`,
  );
}
