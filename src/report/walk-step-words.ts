import type { Lang } from '../engine/rulebook/types.js';
import type { StepKind, WalkStep } from '../facts/walk/result.js';

type StepCatalogue = Readonly<Record<StepKind, string>>;

const EN: StepCatalogue = {
  sent: 'sent',
  routed: 'routed',
  'passed-chain': 'passes the packet filter',
  'translated-destination': 'destination translated',
  'translated-source': 'source translated',
  untranslated: 'translated back',
  marked: 'changed by the packet filter',
  'crossed-veth': 'crosses the veth pair',
  bridged: 'switched by the bridge',
  'neighbour-found': 'the neighbour table has the next hop',
  fragmented: 'cut into fragments',
  encapsulated: 'put into the tunnel',
  decapsulated: 'taken out of the tunnel',
  'crossed-fabric': 'crosses the network between the nodes, of which no node tells',
  'left-the-cluster': 'leaves the cluster',
  'allowed-by-policy': 'allowed by NetworkPolicy',
  'balanced-by-ipvs': 'IPVS picks a backend',
  received: 'arrives',
  assumed: 'taken for granted',
};

const ZH: StepCatalogue = {
  sent: '发出',
  routed: '路由',
  'passed-chain': '通过包过滤',
  'translated-destination': '目的地址被转换',
  'translated-source': '源地址被转换',
  untranslated: '还原转换',
  marked: '被包过滤修改',
  'crossed-veth': '穿过 veth 对',
  bridged: '由网桥交换',
  'neighbour-found': '邻居表中有下一跳',
  fragmented: '被分片',
  encapsulated: '封装进隧道',
  decapsulated: '从隧道解封装',
  'crossed-fabric': '穿过节点间的网络（节点资料无从得知）',
  'left-the-cluster': '离开集群',
  'allowed-by-policy': 'NetworkPolicy 允许',
  'balanced-by-ipvs': 'IPVS 选择后端',
  received: '到达',
  assumed: '假定如此',
};

const STEPS: Readonly<Record<Lang, StepCatalogue>> = { en: EN, zh: ZH };

/** What a value of a step's `detail` is, `{}` standing for it. Others are shown with their name. */
const DETAILS: Readonly<Record<Lang, Readonly<Record<string, string>>>> = {
  en: {
    to: 'to {}',
    from: 'from {}',
    via: 'via {}',
    mtu: 'MTU {}',
    size: '{} bytes',
    peer: 'peer {}',
    vni: 'VNI {}',
    table: 'table {}',
    mark: 'mark {}',
    chain: '{}',
    mac: 'MAC {}',
    bridge: 'bridge {}',
    port: 'port {}',
    backend: 'backend {}',
    policy: '{}',
    what: '{}',
  },
  zh: {
    to: '至 {}',
    from: '自 {}',
    via: '经 {}',
    mtu: 'MTU {}',
    size: '{} 字节',
    peer: '对端 {}',
    vni: 'VNI {}',
    table: '路由表 {}',
    mark: 'mark {}',
    chain: '{}',
    mac: 'MAC {}',
    bridge: '网桥 {}',
    port: '端口 {}',
    backend: '后端 {}',
    policy: '{}',
    what: '{}',
  },
};

/** A step in words with its values, before anything is made safe: `routed: eth0, via 10.244.1.1, MTU 1450`. */
export function stepText(step: WalkStep, lang: Lang): string {
  const values: string[] = [];
  if (step.hook !== undefined) values.push(step.hook);
  if (step.device !== undefined) values.push(step.device);
  for (const [name, value] of Object.entries(step.detail)) {
    const words = Object.hasOwn(DETAILS[lang], name) ? DETAILS[lang][name]! : `${name} {}`;
    // Not as a replacement text, in which $ would be read.
    values.push(words.split('{}').join(value));
  }
  const kind = STEPS[lang][step.kind];
  if (values.length === 0) return kind;
  return lang === 'zh' ? `${kind}：${values.join('，')}` : `${kind}: ${values.join(', ')}`;
}
