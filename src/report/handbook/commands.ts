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
  PEER_NODE: { en: 'the other node’s address', zh: '对端节点 IP' },
  NIC: { en: 'the node’s network card', zh: '节点网卡' },
  TUNNEL: { en: 'the tunnel device (flannel.1, vxlan.calico, …)', zh: '隧道设备（flannel.1、vxlan.calico 等）' },
  TUNNEL_PORT: { en: 'the tunnel’s UDP port (8472, 4789, 6081)', zh: '隧道 UDP 端口（8472、4789、6081）' },
  VETH: { en: 'the pod’s interface on the node', zh: 'Pod 在节点侧的 veth' },
  NAMESPACE: { en: 'the pod’s namespace', zh: 'Pod 所在命名空间' },
  POD: { en: 'the pod’s name', zh: 'Pod 名' },
  POD_IP: { en: 'the pod’s address', zh: 'Pod IP' },
  POD_ADDRESS: { en: 'the pod’s address', zh: 'Pod IP' },
  PEER_POD: { en: 'the other pod’s address', zh: '对端 Pod IP' },
  POD_NETWORK: { en: 'the network of pod addresses', zh: 'Pod 网段' },
  PID: { en: 'a process of the pod, as the node counts it', zh: 'Pod 中进程在节点上的 PID' },
  SERVICE: { en: 'the Service’s name', zh: 'Service 名' },
  SERVICE_IP: { en: 'the Service’s ClusterIP', zh: 'Service 的 ClusterIP' },
  PORT: { en: 'the port', zh: '端口' },
  ADDRESS: { en: 'the address in question', zh: '待测地址' },
  SIZE: { en: 'the size of the ping, the MTU less 28', zh: 'ping 的大小，即 MTU 减 28' },
};

/** The capitals that some commands use and that have a meaning, each once, by name. */
export function capitalsIn(commands: readonly string[], lang: Lang): string[] {
  const used = new Set(commands.flatMap((command) => command.match(/(?<![\w$-])[A-Z][A-Z_]+(?![\w-])/g) ?? []));
  return [...used]
    .filter((word) => Object.hasOwn(MEANINGS, word))
    .sort()
    .map((word) => `\`${word}\` ${MEANINGS[word]![lang]}`);
}
