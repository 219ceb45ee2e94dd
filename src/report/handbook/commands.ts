import { fillPlaceholders } from '../../engine/rulebook/placeholder.js';
import type { Lang } from '../../engine/rulebook/types.js';
import { commandLines } from '../sanitize.js';

/** Commands as a page shows them: what podnet would fill in stands in capitals, as what a person fills in does. */

/** Names of facts that have a shorter word. */
const SHORT: Readonly<Record<string, string>> = { 'addresses.nic': 'NIC', 'tunnel.device': 'TUNNEL' };

function capitals(name: string): string {
  return SHORT[name] ?? name.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
}

/** Lines of a command without placeholders in braces. */
export function commandOf(run: string): string[] {
  return commandLines(fillPlaceholders(run, capitals));
}

/** What capitals in commands stand for. */
const MEANINGS: Readonly<Record<string, Record<Lang, string>>> = {
  NODE: { en: 'the node’s name', zh: '节点名' },
  NODE_IP: { en: 'the node’s address', zh: '节点 IP' },
  NODE_ADDRESS: { en: 'the node’s address', zh: '节点 IP' },
  PEER_NODE: { en: 'the other node’s address', zh: '对端节点 IP' },
  OTHER_NODE: { en: 'the other node’s address', zh: '对端节点 IP' },
  NIC: { en: 'the node’s network card', zh: '节点网卡' },
  NIC_1: { en: 'the first network card', zh: '第一块网卡' },
  NIC_2: { en: 'the second network card', zh: '第二块网卡' },
  DEVICE: { en: 'the network device in question', zh: '相关网络设备' },
  TUNNEL: { en: 'the tunnel device (flannel.1, vxlan.calico, …)', zh: '隧道设备（flannel.1、vxlan.calico 等）' },
  TUNNEL_PORT: { en: 'the tunnel’s UDP port (8472, 4789, 6081)', zh: '隧道 UDP 端口（8472、4789、6081）' },
  VETH: { en: 'the pod’s interface on the node', zh: 'Pod 在节点侧的 veth' },
  NAMESPACE: { en: 'the pod’s namespace', zh: 'Pod 所在命名空间' },
  POD: { en: 'the pod’s name', zh: 'Pod 名' },
  POD_2: { en: 'a second pod of the same node', zh: '同节点的另一个 Pod' },
  POD_IP: { en: 'the pod’s address', zh: 'Pod IP' },
  POD_ADDRESS: { en: 'the pod’s address', zh: 'Pod IP' },
  PEER_POD: { en: 'the other pod’s address', zh: '对端 Pod IP' },
  PEER_POD_2: { en: 'the address of a second pod there', zh: '对端另一个 Pod 的 IP' },
  POD_NETWORK: { en: 'the network of pod addresses', zh: 'Pod 网段' },
  POD_CIDR: { en: 'the network of pod addresses', zh: 'Pod 网段' },
  SERVICE_CIDR: { en: 'the network of Service addresses', zh: 'Service 网段' },
  NODE_CIDR: { en: 'the nodes’ network', zh: '节点网段' },
  PID: { en: 'a process of the pod, as the node counts it', zh: 'Pod 中进程在节点上的 PID' },
  AGENT_POD: { en: 'the CNI agent’s pod on the node', zh: '该节点上 CNI agent 的 Pod' },
  CLIENT: { en: 'the client’s address', zh: '客户端 IP' },
  CLIENT_ADDRESS: { en: 'the client’s address', zh: '客户端 IP' },
  CLIENT_POD: { en: 'the client pod’s name', zh: '客户端 Pod 名' },
  DNS_POD: { en: 'the address of a CoreDNS pod', zh: 'CoreDNS Pod 的 IP' },
  DNS_SERVICE_IP: { en: 'the DNS Service’s ClusterIP', zh: 'DNS Service 的 ClusterIP' },
  SERVICE: { en: 'the Service’s name', zh: 'Service 名' },
  SERVICE_IP: { en: 'the Service’s ClusterIP', zh: 'Service 的 ClusterIP' },
  CLUSTER_IP: { en: 'the Service’s ClusterIP', zh: 'Service 的 ClusterIP' },
  NODEPORT: { en: 'the Service’s NodePort', zh: 'Service 的 NodePort' },
  TARGET_PORT: { en: 'the port the application listens on', zh: '应用监听的端口' },
  HEALTH_CHECK_NODE_PORT: { en: 'the Service’s spec.healthCheckNodePort', zh: 'Service 的 spec.healthCheckNodePort' },
  LB_ADDRESS: { en: 'the load balancer’s address', zh: '负载均衡地址' },
  LB_NAME: { en: 'the load balancer’s name', zh: '负载均衡域名' },
  HOST: { en: 'the host name of the request', zh: '请求的域名' },
  INGRESS: { en: 'the Ingress’s name', zh: 'Ingress 名' },
  DESTINATION: { en: 'the address that is to be reached', zh: '要访问的目的地址' },
  PEER: { en: 'the address of the other side', zh: '对端地址' },
  PEER_ADDRESS: { en: 'the address of the other side', zh: '对端地址' },
  NEXT_HOP: { en: 'the next router’s address', zh: '下一跳地址' },
  FLOW_LOG_GROUP: { en: 'the log group of the subnet’s flow log', zh: '子网流日志所在的日志组' },
  SUBNET: { en: 'the subnet’s id', zh: '子网 ID' },
  INSTANCE: { en: 'the instance’s id', zh: '实例 ID' },
  LARGE_FILE: { en: 'a path that answers much', zh: '返回大量数据的路径' },
  PORT: { en: 'the port', zh: '端口' },
  ADDRESS: { en: 'the address in question', zh: '待测地址' },
  SIZE: { en: 'the size of the ping, the MTU less 28', zh: 'ping 的大小，即 MTU 减 28' },
};

/** What stands as code in a page's Markdown: blocks for a shell, and spans. */
const CODE = /```sh\n([\s\S]*?)```|`([^`\n]+)`/g;

/** A word in capitals, not part of a variable, an option or a longer word, nor a column that kubectl is to name. */
const CAPITALS = /(?<![\w$.-])[A-Z][A-Z0-9_]+(?![\w-]|:\.)/g;

/** The capitals in commands of a page's blocks that have a meaning, each once, by name. */
export function capitalsIn(blocks: readonly string[], lang: Lang): string[] {
  const commands = blocks.flatMap((block) => [...block.matchAll(CODE)].map(([, shell, span]) => shell ?? span!));
  const used = new Set(commands.flatMap((command) => command.match(CAPITALS) ?? []));
  return [...used]
    .filter((word) => Object.hasOwn(MEANINGS, word))
    .sort()
    .map((word) => `\`${word}\` ${MEANINGS[word]![lang]}`);
}
