import type { Lang } from '../../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../catalogue.js';

/** What the handbook says of CNIs. */

const EN = {
  facts: 'How it is built',
  agent: 'Agent: `{command}`',
  bridge: 'Pods hang on a bridge of the node.',
  routed: 'Each pod has a route of its own on the node; there is no bridge.',
  ovs: 'Pods are ports of an Open vSwitch bridge.',
  parent: 'Pods share the node’s network card (macvlan, ipvlan); traffic between a pod and its own node may not pass.',
  underlay: 'Pods have addresses of the nodes’ own network: the network outside must know and admit them.',
  addressesNode: 'Pod addresses come from the node’s `spec.podCIDR`.',
  addressesPools: 'Pod addresses come from the CNI’s own pools; `spec.podCIDR` tells nothing.',
  addressesNetwork: 'Pod addresses come from the network of the nodes.',
  tunnel: 'Tunnel `{device}`: {kind} {over}, {overhead} bytes on top of each packet ({mtu} is left of 1500).',
  overUdp: 'over UDP port {port}',
  overUdpAny: 'over UDP',
  overIp: 'as an IP protocol of its own',
  bgp: 'BGP between its peers: TCP port {port}.',
  health: 'Health checks: TCP port {ports}.',
  needs: 'It needs: {needs}.',
  policyIptables: 'NetworkPolicies are rules of iptables or nftables.',
  policyEbpf: 'NetworkPolicies are enforced by eBPF programs: iptables shows none of them.',
  policyOvs: 'NetworkPolicies are flows of Open vSwitch: iptables shows none of them.',
  policyOptional: 'NetworkPolicies are enforced only where that is switched on.',
  policyNone: 'It enforces no NetworkPolicies.',
  normal: 'What looks wrong and is not',
  traps: 'Where it goes wrong',
  causes: 'Causes that occur with it',
} as const;

const ZH = {
  facts: '基本情况',
  agent: 'agent：`{command}`',
  bridge: 'Pod 通过网桥接入节点。',
  routed: 'Pod 不经网桥，节点上每个 Pod 一条路由。',
  ovs: 'Pod 接在 Open vSwitch 网桥上。',
  parent: 'Pod 与节点共用网卡（macvlan、ipvlan），Pod 与所在节点之间可能不通。',
  underlay: 'Pod 使用节点所在网络的地址，外部网络需要认识并放行这些地址。',
  addressesNode: 'Pod 地址取自节点的 `spec.podCIDR`。',
  addressesPools: 'Pod 地址取自 CNI 自己的地址池，与 `spec.podCIDR` 无关。',
  addressesNetwork: 'Pod 地址取自节点所在的网络。',
  tunnel: '隧道 `{device}`：{kind}，{over}，每个报文增加 {overhead} 字节（1500 剩 {mtu}）。',
  overUdp: 'UDP 端口 {port}',
  overUdpAny: '承载于 UDP',
  overIp: '独立的 IP 协议号',
  bgp: 'BGP 对等体之间：TCP 端口 {port}。',
  health: '健康检查：TCP 端口 {ports}。',
  needs: '依赖：{needs}。',
  policyIptables: 'NetworkPolicy 由 iptables 或 nftables 规则实现。',
  policyEbpf: 'NetworkPolicy 由 eBPF 程序实现，在 iptables 中看不到。',
  policyOvs: 'NetworkPolicy 由 Open vSwitch 流表实现，在 iptables 中看不到。',
  policyOptional: '开启相应功能后才会执行 NetworkPolicy。',
  policyNone: '不支持 NetworkPolicy。',
  normal: '看似异常、实则正常',
  traps: '常见问题',
  causes: '与之相关的根因',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type CniSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function cniWordsOf(lang: Lang): CniSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}

const NEEDS: Readonly<Record<string, Record<Lang, string>>> = {
  'kube-proxy': { en: 'kube-proxy', zh: 'kube-proxy' },
  'ip-forward': { en: 'net.ipv4.ip_forward = 1', zh: 'net.ipv4.ip_forward = 1' },
  'bridge-nf': { en: 'net.bridge.bridge-nf-call-iptables = 1', zh: 'net.bridge.bridge-nf-call-iptables = 1' },
  'loose-rp-filter': { en: 'rp_filter that is not strict on its devices', zh: '其设备上的 rp_filter 不为严格模式' },
  'proxy-arp': { en: 'proxy_arp = 1 on its devices', zh: '其设备上 proxy_arp = 1' },
};

/** A need in words; one without words stands as it is. */
export function needWords(need: string, lang: Lang): string {
  return NEEDS[need]?.[lang] ?? need;
}
