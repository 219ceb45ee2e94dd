import type { Lang } from '../engine/rulebook/types.js';
import type { WalkWordsFault } from '../facts/walk/request-words.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What `podnet walk` says of itself: help, errors, progress. */

const EN = {
  walk: 'predict from what was collected where a packet dies, step by step',
  optionFrom: 'sender: pod/NAMESPACE/NAME, node/NAME, an address, or external',
  optionTo:
    'target: a pod, node, service/NAMESPACE/NAME, address or DNS name, with :PORT and /tcp, /udp, /sctp, /icmp, /dns or /http',
  optionSize: 'bytes of the packet at IP level (ping -s 1472 is 1500)',
  optionFlows: 'flows to walk: the list of facts.yaml under `reachability`, YAML or JSON; - for standard input',
  optionAll: 'without --from, --to and --flows: flows that worked as well',
  optionVerbose: 'show chains that the packet merely passes, and leave nothing out',
  exampleOne: 'one flow, there and back',
  exampleLarge: 'as a full packet: does an MTU stop it?',
  exampleOutside: 'from outside to a NodePort',
  exampleFailed: 'all that was tried and failed',
  exampleList: 'a list of flows, for a program',
  ends: 'How ends are written:',
  endPod: 'a pod (web-1 alone where its name is unique)',
  endNode: 'a node',
  endService: 'a Service (its only port may be left out)',
  endAddress: 'whatever has that address',
  endName: 'a Service by its DNS name; a lookup of a name',
  endExternal: 'as --from: an address outside',
  endsText:
    'Without a protocol it is TCP where there is a port and ping where there is none. A name that only DNS could resolve is not walked: nothing is asked of any network.',
  reading: 'How to read it:',
  readingText:
    'The first line is the verdict, of there and back. DELIVERED is what the collected state says: a network between the nodes that drops is not in it. VARIES: the kernel draws a backend or a way, and they end differently. UNKNOWN: what decides was not collected; what would tell is listed.',
  status0: 'every flow is delivered',
  status1: 'a flow is dropped, or varies',
  status4: 'a flow is not known, and none is dropped',
  bothEnds: '--from and --to belong together: {what} is missing',
  notBoth: 'give --from and --to, or --flows, not both',
  allAlone: '--all takes the flows of the bundle: leave out --from, --to and --flows',
  sizeAlone: '--size goes with --from and --to; in a list each flow has its own `size`',
  invalidSize: 'bytes from 20 to 65535',
  stdinTwice: 'standard input can be read once only: bundle or flows',
  flowsUnreadable: '{file}: cannot be read ({why})',
  flowsTooLarge: '{file}: more than {mb} MB of flows; walk them in parts',
  flowsNone: '{file}:{line}: {message}',
  flowsEmpty: '{file}: no flow is listed in it',
  warning: 'warning: {message}',
  moreWarnings: '{n} more entries of {file} are wrong',
  progress: 'walking: {n} flows',
  'no-end': '{what} names no end; expected pod/NAMESPACE/NAME, node/NAME, service/NAMESPACE/NAME, an address or a name',
  'no-such-pod': '{what} is not in the input',
  'no-such-node': '{what} is not in the input',
  'no-such-service': '{what} is not in the input',
  'no-such-sender': '{what} is no pod, node or address',
  'several-pods': 'several pods are called {what}: {known}',
  'several-ports': '{what} needs a port; it has {known}',
  'no-such-port': '{what} has no such port; it has {known}',
  'port-needed': '{what} needs a port: TARGET:PORT/PROTOCOL',
  'icmp-port': '{what}: icmp has no port',
  'port-at-source': '{what}: a sender is given without a port',
  near: 'those that are most alike: {known}',
  none: 'none',
  inspectLists: '`podnet inspect` lists what there is',
} as const;

const ZH = {
  walk: '根据收集的资料推演报文在哪里被丢弃，逐步说明',
  optionFrom: '发送方：pod/NAMESPACE/NAME、node/NAME、地址，或 external',
  optionTo:
    '目标：Pod、节点、service/NAMESPACE/NAME、地址或域名，可带 :PORT 以及 /tcp、/udp、/sctp、/icmp、/dns 或 /http',
  optionSize: '报文在 IP 层的字节数（ping -s 1472 即 1500）',
  optionFlows: '要推演的流：facts.yaml 中 `reachability` 的列表，YAML 或 JSON；- 表示标准输入',
  optionAll: '不给 --from、--to 和 --flows 时：成功过的流也推演',
  optionVerbose: '显示报文只是通过的链，不省略任何内容',
  exampleOne: '一条流，往返',
  exampleLarge: '用满长的报文：是否受 MTU 阻碍？',
  exampleOutside: '从集群外到 NodePort',
  exampleFailed: '所有试过且失败的流',
  exampleList: '一组流，供程序使用',
  ends: '两端的写法：',
  endPod: 'Pod（名称唯一时可只写 web-1）',
  endNode: '节点',
  endService: 'Service；只有一个端口时可省略端口',
  endAddress: '拥有该地址的任何对象',
  endName: '以域名表示的 Service；对域名的查询',
  endExternal: '用于 --from：集群外的某个地址',
  endsText: '未写协议时，有端口为 TCP，无端口为 ping。只有 DNS 才能解析的域名不做推演：不访问任何网络。',
  reading: '如何阅读：',
  readingText:
    '第一行是往返合在一起的结论。“送达”是所收集资料的说法：节点之间的网络若丢包，资料中并没有。“不定”：内核随机选择后端或路径，而结局不同。“未知”：起决定作用的内容没有收集；会列出如何得知。',
  status0: '所有流都送达',
  status1: '有流被丢弃，或不定',
  status4: '有流未知，且没有被丢弃的',
  bothEnds: '--from 与 --to 须同时给出：缺少 {what}',
  notBoth: '请给出 --from 和 --to，或 --flows，不能都给',
  allAlone: '--all 使用资料包中的流：请去掉 --from、--to 和 --flows',
  sizeAlone: '--size 须与 --from 和 --to 同用；列表中每条流有自己的 `size`',
  invalidSize: '20 至 65535 字节',
  stdinTwice: '标准输入只能读取一次：资料包或流列表',
  flowsUnreadable: '{file}：无法读取（{why}）',
  flowsTooLarge: '{file}：流列表超过 {mb} MB；请分批推演',
  flowsNone: '{file}:{line}：{message}',
  flowsEmpty: '{file}：其中没有列出任何流',
  warning: '警告：{message}',
  moreWarnings: '{file} 中另有 {n} 项有误',
  progress: '正在推演：{n} 条流',
  'no-end': '{what} 不是一端；应为 pod/NAMESPACE/NAME、node/NAME、service/NAMESPACE/NAME、地址或域名',
  'no-such-pod': '输入中没有 {what}',
  'no-such-node': '输入中没有 {what}',
  'no-such-service': '输入中没有 {what}',
  'no-such-sender': '{what} 不是 Pod、节点或地址',
  'several-pods': '有多个 Pod 名为 {what}：{known}',
  'several-ports': '{what} 需要端口；它有 {known}',
  'no-such-port': '{what} 没有这个端口；它有 {known}',
  'port-needed': '{what} 需要端口：TARGET:PORT/PROTOCOL',
  'icmp-port': '{what}：icmp 没有端口',
  'port-at-source': '{what}：发送方不带端口',
  near: '最相近的有：{known}',
  none: '无',
  inspectLists: '`podnet inspect` 可列出有哪些',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type WalkCliSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function walkCliWordsOf(lang: Lang): WalkCliSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}

/** What is wrong with `--from` or `--to`, and what there is instead. `what` and `known` are safe to print. */
export function walkWordsFaultText(code: WalkWordsFault, what: string, known: string, say: WalkCliSay): string {
  switch (code) {
    case 'no-such-pod':
    case 'no-such-node':
    case 'no-such-service':
    case 'no-such-sender': {
      const hint = known === '' ? say('inspectLists') : say('near', { known });
      return `${say(code, { what })}; ${hint}`;
    }
    case 'several-pods':
    case 'several-ports':
    case 'no-such-port':
      return say(code, { what, known: known === '' ? say('none') : known });
    default:
      return say(code, { what });
  }
}
