import type { Break, Cause, Lang } from '../../engine/rulebook/types.js';
import type { Role } from '../../facts/flow.js';
import { joined, prose, spaced } from './prose.js';

/** Where a cause must sit to break something, and under what circumstances, in words. */

type Scoped = 'node' | 'pod';

const ROLES: Record<Lang, Record<Scoped, Record<Role, string>>> = {
  en: {
    node: {
      source: 'the client’s node',
      entry:
        'the node that translates the Service address (for a ClusterIP the client’s own, for a NodePort the one addressed)',
      target: 'the server’s node',
      resolver: 'the node of the DNS server',
      path: 'a node on the way',
    },
    pod: {
      source: 'the client',
      entry: 'the one that translates the Service address',
      target: 'the server',
      resolver: 'the DNS server',
      path: 'on the way',
    },
  },
  zh: {
    node: {
      source: '客户端所在节点',
      entry: '负责 Service 地址转换的节点（ClusterIP 为客户端所在节点，NodePort 为被访问的节点）',
      target: '服务端所在节点',
      resolver: 'DNS 服务器所在节点',
      path: '途经的节点',
    },
    pod: {
      source: '客户端',
      entry: '负责 Service 地址转换的一方',
      target: '服务端',
      resolver: 'DNS 服务器',
      path: '途经的一方',
    },
  },
};

/**
 * `the faulty node is the client’s node or the server’s node`; undefined where the place says nothing: a cause of the whole
 * cluster or of a Service, or one that breaks whatever it is to the flow.
 */
export function roleWords(roles: Break['roles'], scope: Cause['scope'], lang: Lang): string | undefined {
  if (roles.length === 0 || (scope !== 'node' && scope !== 'pod')) return undefined;
  const words = joined(
    roles.map((role) => ROLES[lang][scope][role]),
    lang,
    'or',
  );
  if (lang === 'zh') return scope === 'node' ? `故障节点是${words}` : `故障 Pod 是${words}`;
  return scope === 'node' ? `the faulty node is ${words}` : `the faulty pod is ${words}`;
}

/** Facts that rules make depend on, with the circumstance that a value stands for. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, { en: string; zh: string }>>>> = {
  podAttachment: {
    bridge: { en: 'where pods hang on a bridge of the node', zh: 'Pod 通过网桥接入节点' },
    routed: {
      en: 'where each pod has a route of its own and no bridge',
      zh: 'Pod 不经网桥、按路由接入节点',
    },
  },
};

/** What is said of some facts in front of their values. */
const NAMED: Readonly<Record<string, { en: string; zh: string }>> = {
  cni: { en: 'where the CNI is', zh: 'CNI 为' },
  cniMode: { en: 'where the CNI’s mode is', zh: 'CNI 模式为' },
  kubeProxyMode: { en: 'where kube-proxy’s mode is', zh: 'kube-proxy 模式为' },
  tunnel: { en: 'where nodes are joined by', zh: '节点间使用隧道' },
  'netfilter.pods-to-peers': {
    en: 'where FORWARD’s verdict on the node’s pods calling pods of other nodes is',
    zh: '节点 FORWARD 链对本节点 Pod 访问其他节点 Pod 的处理为',
  },
  'netfilter.peers-to-pods': {
    en: 'where FORWARD’s verdict on pods of other nodes calling the node’s is',
    zh: '节点 FORWARD 链对其他节点 Pod 访问本节点 Pod 的处理为',
  },
  'netfilter.pods-to-neighbours': {
    en: 'where FORWARD’s verdict on pods of the node calling each other is',
    zh: '节点 FORWARD 链对同节点 Pod 互访的处理为',
  },
  'netfilter.pods-outside': {
    en: 'where FORWARD’s verdict on the node’s pods calling the outside is',
    zh: '节点 FORWARD 链对本节点 Pod 访问集群外的处理为',
  },
  'netfilter.input-verdict': {
    en: 'where INPUT’s verdict on pods calling the node is',
    zh: '节点 INPUT 链对 Pod 访问本节点的处理为',
  },
  'routes.bridge-over-pods': {
    en: 'where a bridge of Docker or libvirt covers a pod or Service network:',
    zh: 'Docker 或 libvirt 网桥的网段与 Pod 或 Service 网段重叠：',
  },
};

const YES = { en: 'yes', zh: '是' };
const NO = { en: 'no', zh: '否' };

function valueWords(value: string, lang: Lang): string {
  if (value === 'true') return YES[lang];
  return value === 'false' ? NO[lang] : value;
}

/** `where pods hang on a bridge of the node`; empty where nothing is asked for. */
export function circumstanceWords(when: Readonly<Record<string, readonly string[]>>, lang: Lang): string {
  const parts = Object.entries(when).map(([fact, values]) => {
    const known = KNOWN[fact];
    const [only] = values;
    if (values.length === 1 && known?.[only!] !== undefined) return known[only!]![lang];
    const words = joined(
      values.map((value) => prose(valueWords(value, lang))),
      lang,
      'or',
    );
    const named = NAMED[fact]?.[lang] ?? (lang === 'zh' ? `\`${fact}\` 为` : `where \`${fact}\` is`);
    return `${named} ${words}`;
  });
  return lang === 'zh' ? spaced(parts.join('，且')) : joined(parts, lang, 'and');
}
