import type { Break, Lang } from '../../engine/rulebook/types.js';
import type { LegKind, LegPattern, LegProtocol, Nearness } from '../../facts/leg.js';
import { joined, spaced } from './prose.js';

/** Legs in words: who talks to whom, over what. */

type Ends = Record<LegKind | 'any', string>;

const SOURCES: Record<Lang, Ends> = {
  en: {
    pod: 'a pod',
    node: 'a node',
    external: 'a client outside the cluster',
    clusterip: 'a Service',
    nodeport: 'a NodePort',
    loadbalancer: 'a load balancer',
    'dns-internal': 'a pod',
    'dns-external': 'a pod',
    any: 'anywhere',
  },
  zh: {
    pod: 'Pod',
    node: '节点',
    external: '集群外客户端',
    clusterip: 'Service',
    nodeport: 'NodePort',
    loadbalancer: '负载均衡',
    'dns-internal': 'Pod',
    'dns-external': 'Pod',
    any: '任意来源',
  },
};

type Near = Nearness | 'any';
type Targets = Partial<Record<Near, string>> & { any: string };

const TARGETS: Record<Lang, Record<LegKind | 'any', Targets>> = {
  en: {
    pod: {
      any: 'a pod',
      self: 'itself',
      'own-node': 'a pod from the node it runs on',
      'same-node': 'a pod on the same node',
      'cross-node': 'a pod on another node',
    },
    node: {
      any: 'a node',
      'own-node': 'the pod’s own node',
      'same-node': 'the pod’s own node',
      'cross-node': 'another node',
    },
    clusterip: {
      any: 'a Service (ClusterIP)',
      self: 'itself through its own Service',
      'own-node': 'a Service (ClusterIP) with its backend on the same node',
      'same-node': 'a Service (ClusterIP) with its backend on the same node',
      'cross-node': 'a Service (ClusterIP) with its backends on other nodes',
    },
    nodeport: {
      any: 'a NodePort',
      self: 'itself through a NodePort',
      'own-node': 'a NodePort at a node that runs the backend',
      'same-node': 'a NodePort at a node that runs the backend',
      'cross-node': 'a NodePort at a node without the backend',
    },
    loadbalancer: {
      any: 'a load balancer address',
      'same-node': 'a load balancer address, coming in on a node that runs the backend',
      'cross-node': 'a load balancer address, coming in on a node without the backend',
    },
    external: { any: 'addresses outside the cluster' },
    'dns-internal': { any: 'names inside the cluster' },
    'dns-external': { any: 'names outside the cluster' },
    any: { any: 'anything', 'own-node': 'its own node', 'same-node': 'the same node', 'cross-node': 'other nodes' },
  },
  zh: {
    pod: {
      any: 'Pod',
      self: '自身',
      'own-node': '本节点上的 Pod',
      'same-node': '同节点的 Pod',
      'cross-node': '其他节点上的 Pod',
    },
    node: { any: '节点', 'own-node': '所在节点', 'same-node': '所在节点', 'cross-node': '其他节点' },
    clusterip: {
      any: 'Service（ClusterIP）',
      self: '经 Service 访问自己',
      'own-node': '后端在同节点的 Service（ClusterIP）',
      'same-node': '后端在同节点的 Service（ClusterIP）',
      'cross-node': '后端在其他节点的 Service（ClusterIP）',
    },
    nodeport: {
      any: 'NodePort',
      self: '经 NodePort 访问自己',
      'own-node': '后端所在节点的 NodePort',
      'same-node': '后端所在节点的 NodePort',
      'cross-node': '没有后端的节点的 NodePort',
    },
    loadbalancer: {
      any: '负载均衡地址',
      'same-node': '负载均衡地址（流量进入后端所在节点）',
      'cross-node': '负载均衡地址（流量进入没有后端的节点）',
    },
    external: { any: '集群外地址' },
    'dns-internal': { any: '集群内域名' },
    'dns-external': { any: '集群外域名' },
    any: { any: '任意目标', 'own-node': '所在节点', 'same-node': '同节点', 'cross-node': '其他节点' },
  },
};

const PROTOCOLS: Record<LegProtocol, string> = { icmp: 'ping', tcp: 'TCP', udp: 'UDP' };

const LARGE: Record<LegProtocol | 'any', string> = {
  icmp: 'a large ping',
  tcp: 'a large TCP transfer',
  udp: 'a large UDP datagram',
  any: 'a large transfer',
};

export const AS: Record<Lang, Record<Break['as'][number], string>> = {
  en: {
    timeout: 'times out',
    refused: 'is refused',
    reset: 'is reset',
    'no-route': 'fails with “no route to host”',
    'host-unreachable': 'fails with “host unreachable”',
    nxdomain: 'is answered NXDOMAIN',
    servfail: 'is answered SERVFAIL',
    stalled: 'connects and then stalls',
    'message-too-long': 'fails with “message too long”',
    certificate: 'connects and fails in the TLS handshake (certificate refused)',
    'http-error': 'is answered by a proxy with 404, 502, 503 or 504',
    slow: 'is slow',
    lossy: 'loses packets',
  },
  zh: {
    timeout: '超时',
    refused: '被拒绝（connection refused）',
    reset: '被重置（RST）',
    'no-route': '报 no route to host',
    'host-unreachable': '报 host unreachable',
    nxdomain: '返回 NXDOMAIN',
    servfail: '返回 SERVFAIL',
    stalled: '能建连但传输卡住',
    'message-too-long': '报 message too long',
    certificate: '能建连但 TLS 握手失败（证书被拒）',
    'http-error': '由代理返回 404、502、503 或 504',
    slow: '很慢',
    lossy: '丢包',
  },
};

/** `times out or is refused`; what may show in most ways is simply said to fail. */
export function asWords(as: Break['as'], lang: Lang): string {
  if (as.length === 0 || as.length > 5) return lang === 'zh' ? '失败' : 'fails';
  return joined(
    as.map((one) => AS[lang][one]),
    lang,
    'or',
  );
}

/** Legs from one kind of source over the same protocols; `targets` are whom it talks to. */
export interface Ways {
  from: LegKind | 'any';
  protocols: readonly LegProtocol[];
  large: boolean;
  targets: { to: LegKind | 'any'; near: Near }[];
}

/** Legs put together by source and protocol, in the order of their first. Repetitions are dropped. */
export function waysOf(legs: readonly LegPattern[]): Ways[] {
  const perTarget = new Map<string, { leg: LegPattern; protocols: Set<LegProtocol | 'any'> }>();
  for (const leg of legs) {
    const key = JSON.stringify([leg.from, leg.to, leg.near, leg.large]);
    const known = perTarget.get(key) ?? { leg, protocols: new Set() };
    known.protocols.add(leg.proto ?? 'any');
    perTarget.set(key, known);
  }
  const ways = new Map<string, Ways>();
  for (const { leg, protocols } of perTarget.values()) {
    const any = protocols.has('any') || protocols.size === 3;
    const listed = any ? [] : (['icmp', 'tcp', 'udp'] as const).filter((proto) => protocols.has(proto));
    const from = leg.from ?? 'any';
    const lookup = leg.to === 'dns-internal' || leg.to === 'dns-external';
    const key = JSON.stringify([from, listed, leg.large, lookup]);
    const way = ways.get(key) ?? { from, protocols: listed, large: leg.large === true, targets: [] };
    way.targets.push({ to: leg.to ?? 'any', near: leg.near ?? 'any' });
    ways.set(key, way);
  }
  return [...ways.values()];
}

function targetWords({ to, near }: Ways['targets'][number], from: Ways['from'], lang: Lang): string {
  const targets = TARGETS[lang][to];
  if (to === 'pod' && from === 'pod' && near === 'any') return lang === 'zh' ? '其他 Pod' : 'any other pod';
  if (to === 'node' && from === 'node' && near === 'any') return lang === 'zh' ? '其他节点' : 'another node';
  if (to === 'pod' && from === 'node' && near === 'own-node')
    return lang === 'zh' ? '本机上的 Pod' : 'a pod that runs on it';
  if (to === 'node' && from === 'pod' && near === 'own-node') return lang === 'zh' ? '所在节点' : 'the node it runs on';
  return targets[near] ?? targets.any;
}

/** `TCP and UDP from a pod to another node`; the subject of a sentence, without a capital where it has none. */
export function wayWords({ from, protocols, large, targets }: Ways, lang: Lang): string {
  const isLookup = targets.every(({ to }) => to === 'dns-internal' || to === 'dns-external');
  const names = targets.map((target) => targetWords(target, from, lang));
  const whom = joined(names, lang, lang === 'zh' ? 'and' : 'or');
  const over = joined(
    protocols.map((proto) => PROTOCOLS[proto]),
    lang,
    lang === 'zh' ? 'and' : 'or',
  );
  if (lang === 'zh') return spaced(wayInChinese(from, protocols, over, whom, large, isLookup));
  const source = SOURCES.en[from];
  if (isLookup) return from === 'any' ? `looking up ${whom}` : `looking up ${whom} from ${source}`;
  const what = large ? LARGE[protocols.length === 1 ? protocols[0]! : 'any'] : over === '' ? 'traffic' : over;
  if (from === 'any' && whom === 'anything') return over === '' && !large ? 'everything' : `${what}, wherever it goes`;
  return from === 'any' ? `${what} to ${whom}` : `${what} from ${source} to ${whom}`;
}

function wayInChinese(
  from: Ways['from'],
  protocols: Ways['protocols'],
  over: string,
  whom: string,
  large: boolean,
  isLookup: boolean,
): string {
  const source = from === 'any' ? '' : SOURCES.zh[from];
  if (isLookup) return `${from === 'pod' ? '' : source}解析${whom}`;
  const size = large ? '大包' : '';
  if (from === 'any' && whom === '任意目标')
    return over === '' ? `所有${size === '' ? '流量' : size}` : `所有${over}${size}`;
  if (protocols.length === 1 && protocols[0] === 'icmp' && !large) return `${source} ping ${whom}`.trim();
  const by = [over, size].filter((one) => one !== '').join(' ');
  return by === '' ? `${source}访问${whom}` : `${source}用${by}访问${whom}`;
}
