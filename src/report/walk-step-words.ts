import type { Lang } from '../engine/rulebook/types.js';
import type { StepKind, WalkStep } from '../facts/walk/result.js';
import { fill } from './catalogue.js';

/**
 * What a step says: its beginning, and further parts of which each is said only where the step has a value for every slot.
 * Slots are the names in `detail`, with `device` and `hook`.
 */
type StepCatalogue = Readonly<Record<StepKind, readonly string[]>>;

const EN: StepCatalogue = {
  sent: ['sent', '{size} bytes', 'by {device}'],
  routed: ['routed', 'via {via}', 'out of {device}', 'by the policy rule {rule}'],
  'passed-chain': ['passes {chain}'],
  'translated-destination': ['destination translated', '{from} becomes {to}', 'in {hook}'],
  'translated-source': ['source translated', '{from} becomes {to}', 'in {hook}'],
  untranslated: ['translated back', '{from} becomes {to}', 'in {hook}'],
  marked: ['changed by the packet filter', 'mark {mark}', 'in {hook}'],
  'crossed-veth': ['crosses the veth pair', 'out of {by} of {from}', 'in by {device}'],
  bridged: ['switched by the bridge {bridge}', 'to its port {port}'],
  'neighbour-found': ['next hop {ip}', 'MAC {mac}', '{state}'],
  fragmented: ['{size} bytes are larger than the MTU of {device} ({mtu})', '{how}'],
  encapsulated: ['put into the tunnel {device}', '{kind}', 'to {to}', '{size} bytes'],
  decapsulated: ['taken out of the tunnel {device}', '{kind}'],
  'crossed-fabric': ['crosses the network between the nodes', 'from {from} to {to}', 'out of {device}'],
  'left-the-cluster': ['leaves what is known', 'out of {device}', 'to {via}'],
  'allowed-by-policy': ['allowed by NetworkPolicy', '{policy}'],
  'balanced-by-ipvs': ['IPVS picks a backend', '{to}'],
  received: ['arrives', 'at {at}', 'by {device}'],
  assumed: ['taken for granted: {what}', '{port}'],
};

const ZH: StepCatalogue = {
  sent: ['发出', '{size} 字节', '经 {device}'],
  routed: ['路由', '经 {via}', '从 {device} 出', '依策略规则 {rule}'],
  'passed-chain': ['通过 {chain}'],
  'translated-destination': ['目的地址被转换', '{from} 变为 {to}', '于 {hook}'],
  'translated-source': ['源地址被转换', '{from} 变为 {to}', '于 {hook}'],
  untranslated: ['还原转换', '{from} 变为 {to}', '于 {hook}'],
  marked: ['被包过滤修改', 'mark {mark}', '于 {hook}'],
  'crossed-veth': ['穿过 veth 对', '从 {from} 的 {by} 出', '从 {device} 进'],
  bridged: ['由网桥 {bridge} 交换', '至端口 {port}'],
  'neighbour-found': ['下一跳 {ip}', 'MAC {mac}', '{state}'],
  fragmented: ['{size} 字节大于 {device} 的 MTU（{mtu}）', '{how}'],
  encapsulated: ['封装进隧道 {device}', '{kind}', '至 {to}', '{size} 字节'],
  decapsulated: ['从隧道 {device} 解封装', '{kind}'],
  'crossed-fabric': ['穿过节点间的网络', '自 {from} 至 {to}', '从 {device} 出'],
  'left-the-cluster': ['离开已知范围', '从 {device} 出', '至 {via}'],
  'allowed-by-policy': ['NetworkPolicy 允许', '{policy}'],
  'balanced-by-ipvs': ['IPVS 选择后端', '{to}'],
  received: ['到达', '{at}', '经 {device}'],
  assumed: ['假定如此：{what}', '{port}'],
};

const STEPS: Readonly<Record<Lang, StepCatalogue>> = { en: EN, zh: ZH };

/** Values that stand for a sentence. What is not here is shown as it is. */
const VALUES: Readonly<Record<Lang, Readonly<Record<string, string>>>> = {
  en: {
    'what:plain-pod': "the pod's own namespace filters nothing (it was not collected)",
    'what:default-route': "the pod's route leads to its node (it was not collected)",
    'what:listening': 'something listens there (the sockets were not collected)',
    'how:fragments': 'it is cut into fragments',
    'how:smaller': 'the sender is told and sends smaller ones',
  },
  zh: {
    'what:plain-pod': 'Pod 自身的命名空间不做过滤（未收集）',
    'what:default-route': 'Pod 的路由通向其节点（未收集）',
    'what:listening': '该处有进程监听（套接字未收集）',
    'how:fragments': '被分片',
    'how:smaller': '发送方得到通知后改发较小的包',
  },
};

/** Values that a kind's words hold already, or that say the same as another. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['dev']);

/** A step in words with its values, before anything is made safe: `routed, via 10.244.1.1, out of eth0`. */
export function stepText(step: WalkStep, lang: Lang): string {
  const values = valuesOf(step, lang);
  const said = new Set<string>();
  const parts: string[] = [];
  for (const [index, part] of STEPS[lang][step.kind].entries()) {
    const slots = [...part.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    for (const slot of slots) said.add(slot);
    if (slots.every((slot) => Object.hasOwn(values, slot))) parts.push(fill(part, values));
    else if (index === 0) parts.push(part.replace(/ ?[（(]?\{\w+\}[)）]?/g, ''));
  }
  for (const [name, value] of Object.entries(values)) {
    if (!said.has(name) && name !== 'device' && name !== 'hook' && !SAID_ELSEWHERE.has(name))
      parts.push(`${name} ${value}`);
  }
  return parts.join(lang === 'zh' ? '，' : ', ');
}

function valuesOf({ detail, device, hook }: WalkStep, lang: Lang): Record<string, string> {
  const values: Record<string, string> = {};
  if (device !== undefined && device !== '') values.device = device;
  if (hook !== undefined) values.hook = hook;
  for (const [name, value] of Object.entries(detail)) {
    const key = `${name}:${value}`;
    if (value !== '' && value !== '?') values[name] = Object.hasOwn(VALUES[lang], key) ? VALUES[lang][key]! : value;
  }
  return values;
}
