import { createHash } from 'node:crypto';
import { endpointsOf, podNetworkOf } from './layout.mjs';

/**
 * The rules that kube-proxy 1.25 in iptables mode writes for these Services on a node, with those of the CNI's agent and
 * kubelet beside them: text for iptables-restore. `clusterCIDR` is what kube-proxy takes for the pods' network.
 */
export function proxyRules({ variant, pods, services }, node, { clusterCIDR = podNetworkOf(variant) } = {}) {
  const nat = new Map();
  const rules = { services: [], nodePorts: [], chains: [], reject: [], external: [] };
  for (const service of services) {
    for (const port of service.ports) serviceRules(rules, nat, { service, port, pods, node, clusterCIDR });
  }
  return [
    ...filterTable(variant, rules),
    ...natTable(variant, node, rules, nat),
    ...(variant === 'cilium' ? CILIUM_RAW : []),
    '',
  ].join('\n');
}

function serviceRules(rules, nat, { service, port, pods, node, clusterCIDR }) {
  const name = `${service.namespace}/${service.name}${port.name ? `:${port.name}` : ''}`;
  const protocol = port.protocol.toLowerCase();
  const endpoints = endpointsOf(service, port, pods).filter(({ ready }) => ready);
  const chain = (kind) => `KUBE-${kind}-${base32(name + protocol)}`;
  const said = (text) => `-m comment --comment "${text}"`;
  const toCluster = `-d ${service.clusterIP}/32 -p ${protocol} ${said(`${name} cluster IP`)} -m ${protocol} --dport ${port.port}`;
  const toNode = `-p ${protocol} ${said(name)} -m ${protocol} --dport ${port.nodePort}`;
  if (endpoints.length === 0) {
    const none = `${said(`${name} has no endpoints`)}`;
    const reject = '-j REJECT --reject-with icmp-port-unreachable';
    rules.reject.push(
      `-A KUBE-SERVICES -d ${service.clusterIP}/32 -p ${protocol} ${none} -m ${protocol} --dport ${port.port} ${reject}`,
    );
    if (port.nodePort) {
      rules.external.push(
        `-A KUBE-EXTERNAL-SERVICES -p ${protocol} ${none} -m addrtype --dst-type LOCAL -m ${protocol} --dport ${port.nodePort} ${reject}`,
      );
    }
    return;
  }
  const local = endpoints.filter(({ pod }) => pod?.node === node.name);
  const internal = service.internalTrafficPolicy === 'Local' ? 'SVL' : 'SVC';
  rules.services.push(`-A KUBE-SERVICES ${toCluster} -j ${chain(internal)}`);
  for (const [kind, list] of [
    ['SVC', endpoints],
    ['SVL', usesLocal(service) ? local : []],
  ]) {
    if (list.length === 0) continue;
    nat.set(chain(kind), true);
    rules.chains.push(`-A ${chain(kind)} ! -s ${clusterCIDR} ${toCluster} -j KUBE-MARK-MASQ`);
    list.forEach((endpoint, i) => {
      const share = list.length - i;
      const random = share > 1 ? ` -m statistic --mode random --probability ${(1 / share).toFixed(11)}` : '';
      const target = sepChain(name, protocol, endpoint);
      rules.chains.push(
        `-A ${chain(kind)} ${said(`${name} -> ${endpoint.ip}:${endpoint.port}`)}${random} -j ${target}`,
      );
    });
  }
  for (const endpoint of endpoints) {
    const target = sepChain(name, protocol, endpoint);
    nat.set(target, true);
    rules.chains.push(
      `-A ${target} -s ${endpoint.ip}/32 ${said(name)} -j KUBE-MARK-MASQ`,
      `-A ${target} -p ${protocol} ${said(name)} -m ${protocol} -j DNAT --to-destination ${endpoint.ip}:${endpoint.port}`,
    );
  }
  if (internal === 'SVL' && local.length === 0) {
    rules.services.pop();
    rules.reject.push(
      `-A KUBE-SERVICES -d ${service.clusterIP}/32 -p ${protocol} ${said(`${name} has no local endpoints`)} -m ${protocol} --dport ${port.port} -j DROP`,
    );
  }
  if (!port.nodePort) return;
  const ext = chain('EXT');
  nat.set(ext, true);
  rules.nodePorts.push(`-A KUBE-NODEPORTS ${toNode} -j ${ext}`);
  if (service.externalTrafficPolicy === 'Local') {
    rules.chains.push(
      `-A ${ext} -s ${clusterCIDR} ${said(`pod traffic for ${name} external destinations`)} -j ${chain('SVC')}`,
      `-A ${ext} ${said(`masquerade LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
      `-A ${ext} ${said(`route LOCAL traffic for ${name} external destinations`)} -m addrtype --src-type LOCAL -j ${chain('SVC')}`,
    );
    if (local.length > 0) rules.chains.push(`-A ${ext} -j ${chain('SVL')}`);
    else
      rules.external.push(
        `-A KUBE-EXTERNAL-SERVICES -p ${protocol} ${said(`${name} has no local endpoints`)} -m addrtype --dst-type LOCAL -m ${protocol} --dport ${port.nodePort} -j DROP`,
      );
  } else {
    rules.chains.push(
      `-A ${ext} ${said(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`,
      `-A ${ext} -j ${chain('SVC')}`,
    );
  }
}

function usesLocal(service) {
  return service.externalTrafficPolicy === 'Local' || service.internalTrafficPolicy === 'Local';
}

function sepChain(name, protocol, endpoint) {
  return `KUBE-SEP-${base32(`${name}${protocol}${endpoint.ip}:${endpoint.port}`)}`;
}

function filterTable(variant, { reject, external }) {
  const flannel = variant === 'flannel';
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...(flannel ? [':FLANNEL-FWD - [0:0]'] : []),
    ...[
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-KUBELET-CANARY',
      'KUBE-NODEPORTS',
      'KUBE-PROXY-CANARY',
      'KUBE-PROXY-FIREWALL',
      'KUBE-SERVICES',
    ].map((chain) => `:${chain} - [0:0]`),
    '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
    '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
    '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    '-A INPUT -j KUBE-FIREWALL',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    ...(flannel ? ['-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD'] : []),
    '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
    '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -j KUBE-FIREWALL',
    ...(flannel
      ? [
          '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
          '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
        ]
      : []),
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    '-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...reject,
    ...external,
    'COMMIT',
  ];
}

function natTable(variant, node, { services, nodePorts, chains }, nat) {
  const postrouting = '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING';
  return [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ...[
      ...(variant === 'flannel' ? ['FLANNEL-POSTRTG'] : []),
      ...(variant === 'cilium' ? ['CILIUM_POST_nat'] : []),
      'KUBE-KUBELET-CANARY',
      'KUBE-MARK-MASQ',
      'KUBE-NODEPORTS',
      'KUBE-POSTROUTING',
      'KUBE-PROXY-CANARY',
      'KUBE-SERVICES',
      ...nat.keys(),
    ].map((chain) => `:${chain} - [0:0]`),
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    postrouting,
    ...(variant === 'flannel' ? flannelMasquerade(node) : []),
    ...(variant === 'cilium' ? ciliumMasquerade(node) : []),
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    ...nodePorts,
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...services,
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ...chains,
    'COMMIT',
  ];
}

function flannelMasquerade({ podCIDR }) {
  const said = '-m comment --comment "flanneld masq"';
  return [
    `-A POSTROUTING ${said} -j FLANNEL-POSTRTG`,
    `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${said} -j RETURN`,
    `-A FLANNEL-POSTRTG -s ${podCIDR} -d 10.244.0.0/16 ${said} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d ${podCIDR} ${said} -j RETURN`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d ${podCIDR} ${said} -j RETURN`,
    `-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 ${said} -j MASQUERADE --random-fully`,
    `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 ${said} -j MASQUERADE --random-fully`,
  ];
}

function ciliumMasquerade({ podCIDR }) {
  return [
    '-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat',
    `-A CILIUM_POST_nat -s ${podCIDR} ! -d 10.244.0.0/16 ! -o cilium_+ -m comment --comment "cilium masquerade non-cluster" -j MASQUERADE`,
  ];
}

const CILIUM_RAW = [
  '*raw',
  ':PREROUTING ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':CILIUM_PRE_raw - [0:0]',
  '-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw',
  '-A CILIUM_PRE_raw -i cilium_net -m comment --comment "cilium: NOTRACK for host to endpoint traffic" -j CT --notrack',
  'COMMIT',
];

/** The sixteen letters with which kube-proxy names the chains of a Service port or endpoint. */
function base32(text) {
  const bytes = createHash('sha256').update(text).digest();
  let bits = 0n;
  for (const byte of bytes.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let letters = '';
  for (let i = 0; i < 16; i += 1)
    letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number((bits >> BigInt(5 * i)) & 31n)] + letters;
  return letters;
}
