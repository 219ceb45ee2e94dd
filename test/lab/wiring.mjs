/**
 * The commands that wire a cluster, by variant: lists of lines for `ip -batch` and of sysctls, for the fabric, a node or a
 * pod. `pid` fields name the network namespaces that a device is put into.
 */

const NODE_SYSCTLS = {
  'net.ipv4.ip_forward': 1,
  'net.bridge.bridge-nf-call-iptables': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
};

/** The fabric: one network of the nodes (overlay variants), or a router between their networks (underlay). */
export function fabricWiring({ variant, nodes, pods }, outside) {
  const ip = ['link set lo up', `addr add ${outside.web}/32 dev lo`, `addr add ${outside.resolver}/32 dev lo`];
  const routed = variant === 'underlay';
  if (!routed) ip.push('link add br0 type bridge', 'link set br0 up', 'addr add 192.168.10.1/24 dev br0');
  for (const node of nodes) {
    const port = `pn-${node.name}`;
    ip.push(
      `link add ${port} mtu 1500 type veth peer name eth0 address ${node.mac} mtu 1500 netns ${node.pid}`,
      ...(routed
        ? [
            `addr add ${node.gateway}/${node.prefix} dev ${port}`,
            `link set ${port} up`,
            ...pods
              .filter((pod) => pod.node === node.name)
              .map((pod) => `route add ${pod.ip}/32 via ${node.ip} dev ${port}`),
          ]
        : [`link set ${port} master br0 up`]),
    );
  }
  // What no cluster network leads to ends here, unanswered, as in a network that filters private addresses.
  ip.push('route add blackhole default');
  return {
    ip,
    sysctls: {
      'net.ipv4.ip_forward': 1,
      'net.bridge.bridge-nf-call-iptables': 0,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.ipv4.conf.default.rp_filter': 0,
      // The reporter's probes come in bursts: a router of a data centre answers each.
      'net.ipv4.icmp_ratelimit': 0,
    },
  };
}

export function nodeWiring(lab, node) {
  const others = lab.nodes.filter((other) => other !== node);
  const pods = lab.pods.filter((pod) => pod.node === node.name);
  return { flannel: flannelNode, cilium: ciliumNode, underlay: underlayNode }[lab.variant](node, others, pods);
}

function nic(node) {
  return [
    'link set lo up',
    `addr add ${node.ip}/${node.prefix} brd + dev eth0`,
    'link set eth0 up',
    `route add default via ${node.gateway} dev eth0`,
  ];
}

function flannelNode(node, others, pods) {
  const ip = [...nic(node), ...vxlan('flannel.1', node, others)];
  ip.push(
    `link add cni0 address ${bridgeMac(node)} mtu 1450 type bridge`,
    `addr add ${node.podGateway}/24 brd + dev cni0`,
    'link set cni0 up',
  );
  for (const pod of pods) {
    ip.push(
      podVeth(pod, 1450),
      `link set ${pod.veth} master cni0 up`,
      `link set ${pod.veth} type bridge_slave hairpin on`,
    );
  }
  return { ip, sysctls: NODE_SYSCTLS };
}

function vxlan(device, node, others) {
  return [
    `link add ${device} address ${node.tunnelMac} mtu 1450 type vxlan id 1 local ${node.ip} dev eth0 dstport 8472 nolearning`,
    `addr add ${node.podCIDR.replace('/24', '/32')} dev ${device}`,
    `link set ${device} up`,
    ...others.flatMap((other) => tunnelPeer(device, other)),
  ];
}

/** Neighbour and route of a peer's pods; the forwarding entry is `bridge`'s (see tunnelFdb). */
export function tunnelPeer(device, other) {
  const network = other.podCIDR.split('/')[0];
  return [
    `neigh add ${network} lladdr ${other.tunnelMac} dev ${device} nud permanent`,
    `route add ${other.podCIDR} via ${network} dev ${device} onlink`,
  ];
}

export function tunnelFdb(lab, node) {
  const device = tunnelDevice(lab.variant);
  if (device === undefined) return [];
  return lab.nodes
    .filter((other) => other !== node)
    .map((other) => `fdb append ${other.tunnelMac} dev ${device} dst ${other.knownAs ?? other.ip} self permanent`);
}

export function tunnelDevice(variant) {
  return { flannel: 'flannel.1', cilium: 'cilium_vxlan' }[variant];
}

function bridgeMac(node) {
  return node.tunnelMac.replace(/^7e:1c:9b/, '0a:58:0a');
}

function podVeth(pod, mtu) {
  return `link add ${pod.veth} address ${hostEnd(pod)} mtu ${mtu} type veth peer name eth0 address ${pod.mac} mtu ${mtu} netns ${pod.pid}`;
}

/** The MAC of the node's end of a pod's veth. */
export function hostEnd(pod) {
  return pod.mac.replace(/^0a:58:0a/, '56:ec:85');
}

function underlayNode(node, _others, pods) {
  const ip = nic(node);
  for (const pod of pods)
    ip.push(podVeth(pod, 1500), `link set ${pod.veth} up`, `route add ${pod.ip}/32 dev ${pod.veth} scope link`);
  return { ip, sysctls: NODE_SYSCTLS };
}

function ciliumNode(node, others, pods) {
  const pair = 'a2:bd:74:2b:2e:22';
  const ip = [
    ...nic(node),
    ...vxlan('cilium_vxlan', node, others),
    `link add cilium_net address ${pair} type veth peer name cilium_host address ${pair}`,
    'link set cilium_net arp off up',
    'link set cilium_host arp off up',
    'addr add 169.254.42.1/32 dev cilium_net scope link',
    `addr add ${node.podGateway}/32 dev cilium_host`,
    `route add ${node.podCIDR} dev cilium_host scope link src ${node.ip}`,
    `rule add pref 100 from 10.244.0.0/16 to ${node.podCIDR} lookup 200`,
    `rule add pref 101 to ${node.podCIDR} iif cilium_net lookup 200`,
  ];
  for (const pod of pods)
    ip.push(
      podVeth(pod, 1450),
      `link set ${pod.veth} up`,
      `route add ${pod.ip}/32 dev ${pod.veth} scope link table 200`,
    );
  return {
    ip,
    sysctls: {
      ...NODE_SYSCTLS,
      'net.ipv4.conf.cilium_net.rp_filter': 2,
      'net.ipv4.conf.cilium_net.accept_local': 1,
    },
  };
}

/** The inside of a pod's network namespace. */
export function podWiring(lab, node, pod) {
  const ip = ['link set lo up'];
  if (lab.variant === 'flannel') {
    ip.push(
      `addr add ${pod.ip}/24 brd + dev eth0`,
      'link set eth0 up',
      `route add 10.244.0.0/16 via ${node.podGateway}`,
      `route add default via ${node.podGateway}`,
    );
    return ip;
  }
  const gateway = lab.variant === 'cilium' ? node.podGateway : node.ip;
  ip.push(`addr add ${pod.ip}/32 dev eth0`, 'link set eth0 up');
  if (lab.variant === 'cilium')
    ip.push(`route add ${gateway} dev eth0 scope link`, `route add default via ${gateway} dev eth0`);
  else ip.push(`route add default via ${gateway} dev eth0 onlink`);
  ip.push(`neigh add ${gateway} lladdr ${hostEnd(pod)} dev eth0 nud permanent`);
  return ip;
}
