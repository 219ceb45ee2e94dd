import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What `podnet collect --plan` says: where to capture, and what to look for there. */

const EN = {
  title: 'Where to capture {flow}',
  how: 'Start all of them before you make the flow, and end them with Ctrl-C afterwards. Then: podnet capture {folders}',
  folders: 'Once, where you write the captures: {command}',
  pid: 'PID of a process in the pod: {command}',
  onNode: 'on {node}',
  inPod: 'in the pod {pod}',
  find: 'device not known; to find it: {command}',
  nothing: 'Nothing can be planned: neither end of the flow is on a node that is known.',
  'leaves-pod': 'the request leaves the pod, with the address that was asked for',
  'reaches-node':
    'it comes out of the veth; what is in the pod and not here was lost in the pod (its own rules, its interface)',
  'on-bridge': 'it is on the bridge; a Service address may be translated already',
  'into-tunnel':
    "it is routed to the tunnel: the pod's own address, and the backend's; missing here: route, FORWARD rules, translation",
  'leaves-in-tunnel':
    'it leaves in the tunnel: source this node, target the other; missing here: neighbour or FDB entry, or rules for OUTPUT',
  'leaves-plain': 'it leaves the node with this address; missing here: route, forwarding or rules',
  'leaves-translated':
    "it leaves with the node's address where it is masqueraded, else with the pod's, which the answer does not find",
  'arrives-in-tunnel':
    'the packet of the tunnel arrives; missing here, and sent there: lost between the nodes (firewall, security group, port, MTU)',
  'arrives-plain': 'it arrives at the node; missing here, and sent there: lost between the nodes',
  'out-of-tunnel': 'it comes out of the tunnel; missing here: rules for INPUT, the VNI, or a VTEP with another MAC',
  'to-bridge': 'it is routed to the bridge; missing here: forwarding, FORWARD rules or rp_filter',
  'to-pod': 'it is given to the pod; missing here: the bridge, or a policy',
  'enters-pod': 'it enters the pod; if no answer leaves: the application, its port, or rules in the pod',
  'note-source-unknown': '{what}: on which node it is is not known; the plan begins at the other end',
  'note-target-unknown': '{what}: where it is is not known; the plan ends where the packet leaves',
  'note-pod-unknown': 'pod {pod}: not known here',
  'note-node-unknown': 'node {node}: not known here',
  'note-service-unknown':
    'Service {service}: its backends are not known here; beyond the translation nothing can be planned',
  'note-no-endpoints': 'Service {service} has no ready endpoint: the packet goes nowhere',
  'note-backends': 'Service {service} goes to one of: {backends}',
  'note-entry-node':
    'the packet is translated on {node}, and goes on with an address of that node (externalTrafficPolicy: Cluster)',
  'note-tunnel-unknown': 'whether {node} uses a tunnel is not known: `ip -d link` on it tells',
  'note-devices-unknown': 'devices of {node} are not known: `ip -d link`, `ip addr` and `ip route` of it tell',
  'note-encrypted': '{device} encrypts: on the NIC only that packets go and come can be seen',
  'note-masquerade-unknown':
    'whether {node} masquerades is not known: the filter takes both addresses (its own is {ip})',
  'note-masqueraded': '{node} masquerades: behind it the address is {ip}',
  'note-not-masqueraded': '{node} does not masquerade: the pod keeps its address',
  'note-name-only': '{name}: a name; give the address that it resolves to',
  'note-same-node': 'both ends are on {node}: the packet never leaves it',
} as const;

const ZH = {
  title: '在哪里抓包：{flow}',
  how: '先全部启动，再产生流量，之后用 Ctrl-C 结束。然后：podnet capture {folders}',
  folders: '在写抓包文件的地方执行一次：{command}',
  pid: 'Pod 中进程的 PID：{command}',
  onNode: '在 {node} 上',
  inPod: '在 Pod {pod} 中',
  find: '设备未知；查找方法：{command}',
  nothing: '无法规划：流的两端都不在已知节点上。',
  'leaves-pod': '请求离开 Pod，目的地址是所请求的地址',
  'reaches-node': '请求从 veth 出来；Pod 中有而这里没有，则丢在 Pod 内（自身规则、网卡）',
  'on-bridge': '请求到达网桥；Service 地址可能已被转换',
  'into-tunnel': '请求被路由到隧道：Pod 自己的地址与后端地址；这里没有：路由、FORWARD 规则或地址转换',
  'leaves-in-tunnel': '以隧道报文离开：源为本节点，目的为对端节点；这里没有：邻居或 FDB 表项，或 OUTPUT 规则',
  'leaves-plain': '以此地址离开节点；这里没有：路由、转发或规则',
  'leaves-translated': '做了 SNAT 则源为节点地址，否则为 Pod 地址，应答将无法返回',
  'arrives-in-tunnel': '隧道报文到达；对端已发而这里没有：丢在节点之间（防火墙、安全组、端口、MTU）',
  'arrives-plain': '报文到达节点；对端已发而这里没有：丢在节点之间',
  'out-of-tunnel': '报文出隧道；这里没有：INPUT 规则、VNI，或 VTEP 的 MAC 不符',
  'to-bridge': '报文被路由到网桥；这里没有：转发、FORWARD 规则或 rp_filter',
  'to-pod': '报文交给 Pod；这里没有：网桥或网络策略',
  'enters-pod': '报文进入 Pod；若没有应答离开：应用、端口或 Pod 内的规则',
  'note-source-unknown': '{what}：不知道在哪个节点；规划从另一端开始',
  'note-target-unknown': '{what}：不知道在哪里；规划止于报文离开处',
  'note-pod-unknown': 'Pod {pod}：资料中没有',
  'note-node-unknown': '节点 {node}：资料中没有',
  'note-service-unknown': 'Service {service}：后端未知；转换之后无法规划',
  'note-no-endpoints': 'Service {service} 没有就绪的端点：报文无处可去',
  'note-backends': 'Service {service} 的后端：{backends}',
  'note-entry-node': '报文在 {node} 上转换，之后源为该节点的地址（externalTrafficPolicy: Cluster）',
  'note-tunnel-unknown': '{node} 是否使用隧道未知：在其上执行 `ip -d link` 可知',
  'note-devices-unknown': '{node} 的设备未知：需要其 `ip -d link`、`ip addr` 与 `ip route`',
  'note-encrypted': '{device} 已加密：在网卡上只能看到报文往来',
  'note-masquerade-unknown': '{node} 是否做 SNAT 未知：过滤器包含两个地址（其自身为 {ip}）',
  'note-masqueraded': '{node} 做 SNAT：其后源地址为 {ip}',
  'note-not-masqueraded': '{node} 不做 SNAT：Pod 保持自己的地址',
  'note-name-only': '{name}：是域名；请给出其解析到的地址',
  'note-same-node': '两端都在 {node} 上：报文不离开该节点',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type PlanSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function planWordsOf(lang: Lang): PlanSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}
