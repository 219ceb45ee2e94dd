import { random } from './fixture.mjs';

/**
 * The walk's cluster: two nodes with flannel (a bridge, VXLAN) and the rules that kube-proxy in iptables mode writes for
 * some thousand Services on each, 200 pods a node, and a list of flows over them. Everything is a function of the number of
 * Services and a seed.
 */

const PODS = 200;
const NODES = [1, 2];
const nodeIp = (node) => `192.168.10.${10 + node}`;
const podIp = (node, pod) => `10.244.${node}.${2 + pod}`;
const hex = (value, digits) => value.toString(16).padStart(digits, '0');
const nicMac = (node) => `52:54:00:00:00:${hex(node, 2)}`;
const vtepMac = (node) => `7e:1c:00:00:00:${hex(node, 2)}`;
const bridgeMac = (node) => `0a:58:0a:f4:${hex(node, 2)}:01`;
const podMac = (node, pod) => `0a:58:0a:f4:${hex(node, 2)}:${hex(2 + pod, 2)}`;
const vethMac = (node, pod) => `56:ec:00:00:${hex(node, 2)}:${hex(pod, 2)}`;
const veth = (pod) => `veth${hex(0xa0000000 + pod, 8)}`;

/** Services: of a hundred, 35 without endpoints, 56 with one, 5 with three, 4 with a NodePort and two. About 4.1 rules each. */
function servicesOf(count) {
  return Array.from({ length: count }, (_, i) => {
    const kind = (i * 37) % 100;
    const endpoints = kind < 35 ? 0 : kind < 91 ? 1 : kind < 96 ? 3 : 2;
    return {
      name: `service-${i}`,
      ip: `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
      hash: hash(i),
      nodePort: kind < 96 ? undefined : 30_000 + Math.floor(i / 25),
      endpoints: Array.from({ length: endpoints }, (_, at) => podIp(1 + ((i + at) % 2), (i * 7 + at * 3) % PODS)),
    };
  });
}

/** Sixteen letters of base32, as kube-proxy names its chains by. */
function hash(...parts) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const draw = random(parts.reduce((sum, part) => Math.imul(sum, 1_000_003) + part, 17));
  return Array.from({ length: 16 }, () => letters[Math.floor(draw() * 32)]).join('');
}

/** The chains of iptables-save as kube-proxy 1.29 writes them, with flannel's beside them. */
function iptablesSave(services, node) {
  const said = (text) => `-m comment --comment "${text}"`;
  const nat = { services: [], nodePorts: [], chains: [], names: new Set() };
  const rejects = [];
  for (const { name, ip, hash: id, nodePort, endpoints } of services) {
    const own = `default/${name}`;
    if (endpoints.length === 0) {
      rejects.push(
        `-A KUBE-SERVICES -d ${ip}/32 -p tcp ${said(`${own} has no endpoints`)} -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable`,
      );
      continue;
    }
    const toIp = `-d ${ip}/32 -p tcp ${said(`${own} cluster IP`)} -m tcp --dport 80`;
    nat.services.push(`-A KUBE-SERVICES ${toIp} -j KUBE-SVC-${id}`);
    nat.names.add(`KUBE-SVC-${id}`);
    nat.chains.push(`-A KUBE-SVC-${id} ! -s 10.244.0.0/16 ${toIp} -j KUBE-MARK-MASQ`);
    endpoints.forEach((endpoint, at) => {
      const sep = `KUBE-SEP-${hash(Number.parseInt(name.slice(8), 10), at + 1)}`;
      const left = endpoints.length - at;
      const draw = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}`;
      nat.names.add(sep);
      nat.chains.push(
        `-A KUBE-SVC-${id} ${said(`${own} -> ${endpoint}:8080`)}${draw} -j ${sep}`,
        `-A ${sep} -s ${endpoint}/32 ${said(own)} -j KUBE-MARK-MASQ`,
        `-A ${sep} -p tcp ${said(own)} -m tcp -j DNAT --to-destination ${endpoint}:8080`,
      );
    });
    if (nodePort === undefined) continue;
    nat.names.add(`KUBE-EXT-${id}`);
    nat.nodePorts.push(`-A KUBE-NODEPORTS -p tcp ${said(own)} -m tcp --dport ${nodePort} -j KUBE-EXT-${id}`);
    nat.chains.push(
      `-A KUBE-EXT-${id} ${said(`masquerade traffic for ${own} external destinations`)} -j KUBE-MARK-MASQ`,
      `-A KUBE-EXT-${id} -j KUBE-SVC-${id}`,
    );
  }
  const isNew = '-m conntrack --ctstate NEW';
  return [
    '*mangle',
    ...[':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ...[':POSTROUTING ACCEPT [0:0]', 'COMMIT', '*filter'],
    ...[':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ':FLANNEL-FWD - [0:0]'],
    ...[
      ':KUBE-EXTERNAL-SERVICES - [0:0]',
      ':KUBE-FIREWALL - [0:0]',
      ':KUBE-FORWARD - [0:0]',
      ':KUBE-NODEPORTS - [0:0]',
    ],
    ...[':KUBE-PROXY-FIREWALL - [0:0]', ':KUBE-SERVICES - [0:0]'],
    `-A INPUT ${isNew} ${said('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A INPUT ${said('kubernetes health check service ports')} -j KUBE-NODEPORTS`,
    `-A INPUT ${isNew} ${said('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
    '-A INPUT -j KUBE-FIREWALL',
    `-A FORWARD ${isNew} ${said('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A FORWARD ${said('kubernetes forwarding rules')} -j KUBE-FORWARD`,
    `-A FORWARD ${isNew} ${said('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A FORWARD ${isNew} ${said('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
    `-A FORWARD ${said('flanneld forward')} -j FLANNEL-FWD`,
    `-A OUTPUT ${isNew} ${said('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A OUTPUT ${isNew} ${said('kubernetes service portals')} -j KUBE-SERVICES`,
    '-A OUTPUT -j KUBE-FIREWALL',
    `-A FLANNEL-FWD -s 10.244.0.0/16 ${said('flanneld forward')} -j ACCEPT`,
    `-A FLANNEL-FWD -d 10.244.0.0/16 ${said('flanneld forward')} -j ACCEPT`,
    `-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 ${said('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP',
    `-A KUBE-FORWARD ${said('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
    `-A KUBE-FORWARD ${said('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    ...rejects,
    ...['COMMIT', '*nat', ':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'],
    ...[':POSTROUTING ACCEPT [0:0]', ':FLANNEL-POSTRTG - [0:0]', ':KUBE-MARK-MASQ - [0:0]', ':KUBE-NODEPORTS - [0:0]'],
    ...[':KUBE-POSTROUTING - [0:0]', ':KUBE-SERVICES - [0:0]'],
    ...[...nat.names].sort().map((name) => `:${name} - [0:0]`),
    `-A PREROUTING ${said('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A OUTPUT ${said('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A POSTROUTING ${said('kubernetes postrouting rules')} -j KUBE-POSTROUTING`,
    `-A POSTROUTING ${said('flanneld masq')} -j FLANNEL-POSTRTG`,
    `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${said('flanneld masq')} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.${node}.0/24 -d 10.244.0.0/16 ${said('flanneld masq')} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.${node}.0/24 ${said('flanneld masq')} -j RETURN`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.${node}.0/24 ${said('flanneld masq')} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 ${said('flanneld masq')} -j MASQUERADE --random-fully`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 ${said('flanneld masq')} -j MASQUERADE --random-fully`,
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    ...nat.nodePorts,
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    `-A KUBE-POSTROUTING ${said('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
    ...nat.chains,
    ...nat.services,
    `-A KUBE-SERVICES ${said('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
    'COMMIT',
  ];
}

function devicesOf(node) {
  const up = 'qdisc noqueue state UP mode DEFAULT group default qlen 1000';
  const devices = [
    ['lo: <LOOPBACK,UP,LOWER_UP> mtu 65536', 'loopback 00:00:00:00:00:00', ''],
    ['eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500', `ether ${nicMac(node)}`, ''],
    [
      'flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450',
      `ether ${vtepMac(node)}`,
      `vxlan id 1 local ${nodeIp(node)} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum`,
    ],
    ['cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450', `ether ${bridgeMac(node)}`, 'bridge vlan_filtering 0'],
  ];
  for (let pod = 0; pod < PODS; pod += 1) {
    const flags = `${veth(pod)}@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0`;
    const port = 'bridge_slave state forwarding priority 32 cost 2 hairpin on guard off learning on flood on';
    devices.push([flags, `ether ${vethMac(node, pod)}`, `veth\n    ${port}`]);
  }
  return devices.map(
    ([head, link, detail], i) =>
      `${i + 1}: ${head} ${up}\n    link/${link} brd ff:ff:ff:ff:ff:ff promiscuity 0${detail === '' ? '' : `\n    ${detail}`}`,
  );
}

function addressesOf(node) {
  const of = (index, dev, mtu, address) => [
    `${index}: ${dev}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu} qdisc noqueue state UP group default qlen 1000`,
    `    inet ${address} scope ${dev === 'lo' ? 'host' : 'global'} ${dev}`,
    '       valid_lft forever preferred_lft forever',
  ];
  return [
    ...of(1, 'lo', 65536, '127.0.0.1/8'),
    ...of(2, 'eth0', 1500, `${nodeIp(node)}/24 brd 192.168.10.255`),
    ...of(3, 'flannel.1', 1450, `10.244.${node}.0/32`),
    ...of(4, 'cni0', 1450, `10.244.${node}.1/24 brd 10.244.${node}.255`),
  ];
}

function routesOf(node) {
  const peer = 3 - node;
  const local = (address, dev) => `local ${address} dev ${dev} table local proto kernel scope host src ${address}`;
  return [
    'default via 192.168.10.1 dev eth0',
    `10.244.${node}.0/24 dev cni0 proto kernel scope link src 10.244.${node}.1`,
    `10.244.${peer}.0/24 via 10.244.${peer}.0 dev flannel.1 onlink`,
    `192.168.10.0/24 dev eth0 proto kernel scope link src ${nodeIp(node)}`,
    local(`10.244.${node}.0`, 'flannel.1'),
    local(`10.244.${node}.1`, 'cni0'),
    'local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1',
    local('127.0.0.1', 'lo'),
    local(nodeIp(node), 'eth0'),
  ];
}

function nodeFiles(services, node) {
  const peer = 3 - node;
  const pods = Array.from({ length: PODS }, (_, pod) => pod);
  const sysctls = ['net.ipv4.ip_forward = 1', 'net.bridge.bridge-nf-call-iptables = 1'];
  for (const dev of ['all', 'default', 'lo', 'eth0', 'flannel.1', 'cni0', ...pods.map(veth)]) {
    const settings = { forwarding: 1, rp_filter: 0, accept_local: 0, route_localnet: 0, proxy_arp: 0 };
    for (const [name, value] of Object.entries(settings))
      sysctls.push(`net.ipv4.conf.${dev.replace('.', '/')}.${name} = ${value}`);
  }
  return {
    'iptables-save': iptablesSave(services, node),
    'ip_-d_link': devicesOf(node),
    ip_addr: addressesOf(node),
    ip_route_show_table_all: routesOf(node),
    ip_rule: ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'],
    ip_neigh: [
      `${nodeIp(peer)} dev eth0 lladdr ${nicMac(peer)} REACHABLE`,
      '192.168.10.1 dev eth0 lladdr 26:c2:7d:de:90:e7 REACHABLE',
      `10.244.${peer}.0 dev flannel.1 lladdr ${vtepMac(peer)} PERMANENT`,
      ...pods.map((pod) => `${podIp(node, pod)} dev cni0 lladdr ${podMac(node, pod)} REACHABLE`),
    ],
    bridge_fdb: [
      `${vtepMac(peer)} dev flannel.1 dst ${nodeIp(peer)} self permanent`,
      ...pods.map((pod) => `${podMac(node, pod)} dev ${veth(pod)} master cni0`),
    ],
    'sysctl_-a': sysctls,
  };
}

function clusterFiles(services) {
  const list = (kind, items) => ({ apiVersion: 'v1', kind: `${kind}List`, items });
  const object = (kind, name, rest) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, ...rest });
  const pods = NODES.flatMap((node) =>
    Array.from({ length: PODS }, (_, pod) => {
      const podIP = podIp(node, pod);
      return object('Pod', `pod-${node}-${pod}`, {
        spec: { nodeName: `n${node}`, containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }] },
        status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], hostIP: nodeIp(node) },
      });
    }),
  );
  const nodes = NODES.map((node) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${node}` },
    spec: { podCIDR: `10.244.${node}.0/24` },
    status: { addresses: [{ type: 'InternalIP', address: nodeIp(node) }] },
  }));
  const ports = (nodePort) => [{ port: 80, protocol: 'TCP', targetPort: 8080, ...(nodePort ? { nodePort } : {}) }];
  return {
    pods: list('Pod', pods),
    nodes: list('Node', nodes),
    services: list(
      'Service',
      services.map(({ name, ip, nodePort }) =>
        object('Service', name, {
          spec: { clusterIP: ip, clusterIPs: [ip], type: nodePort ? 'NodePort' : 'ClusterIP', ports: ports(nodePort) },
        }),
      ),
    ),
    endpoints: list(
      'Endpoints',
      services.map(({ name, endpoints }) =>
        object('Endpoints', name, {
          subsets:
            endpoints.length === 0 ? [] : [{ addresses: endpoints.map((ip) => ({ ip })), ports: [{ port: 8080 }] }],
        }),
      ),
    ),
    networkpolicies: list('NetworkPolicy', []),
  };
}

/** A bundle in memory, and how many iptables rules each of its nodes has. */
export function walkBundle(serviceCount) {
  const services = servicesOf(serviceCount);
  const entries = [];
  const add = (path, text) => entries.push({ path, bytes: Buffer.from(text) });
  for (const node of NODES)
    for (const [name, lines] of Object.entries(nodeFiles(services, node)))
      add(`nodes/n${node}/${name}`, `${lines.join('\n')}\n`);
  for (const [name, value] of Object.entries(clusterFiles(services)))
    add(`cluster/${name}.json`, JSON.stringify(value));
  const rules = entries[0].bytes.toString().match(/^-A /gm).length;
  return { contents: { entries, problems: [] }, rules };
}

/**
 * Flows as `reachability` lists them. Of a hundred, 45 to Services, 15 to NodePorts (half of them from outside), 30 between
 * pods of one and of two nodes, and 10 misses: Services without endpoints, addresses that are no Service's, ports that are
 * no NodePort.
 */
export function walkFlows(serviceCount, count) {
  const services = servicesOf(serviceCount);
  const draw = random(42);
  const some = (list) => list[Math.floor(draw() * list.length)];
  const withEndpoints = services.filter(({ endpoints }) => endpoints.length > 0);
  const without = services.filter(({ endpoints }) => endpoints.length === 0);
  const open = services.filter(({ nodePort }) => nodePort !== undefined);
  const pod = (node) => `pod/default/pod-${node}-${Math.floor(draw() * PODS)}`;
  const sender = () => (draw() < 0.9 ? pod(some(NODES)) : `node/n${some(NODES)}`);
  const address = () => podIp(some(NODES), Math.floor(draw() * PODS));
  const miss = () =>
    some([`${some(without).ip}:80`, `10.111.${Math.floor(draw() * 256)}.7:80`, `${nodeIp(some(NODES))}:32700`]);
  return Array.from({ length: count }, () => {
    const kind = draw() * 100;
    if (kind < 45) return { from: sender(), to: `${some(withEndpoints).ip}:80`, proto: 'tcp' };
    if (kind < 60)
      return {
        from: draw() < 0.5 ? '203.0.113.50' : sender(),
        to: `${nodeIp(some(NODES))}:${some(open).nodePort}`,
        proto: 'tcp',
      };
    if (kind < 90) return { from: sender(), to: `${address()}:8080`, proto: 'tcp' };
    return { from: sender(), to: miss(), proto: 'tcp' };
  });
}
