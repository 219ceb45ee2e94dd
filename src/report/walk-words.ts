import type { Lang } from '../engine/rulebook/types.js';
import type { FlowState } from '../facts/model.js';
import { type Catalogues, type Speaker, speakerOf } from './catalogue.js';

/** The words around a walk, in both languages; steps and reasons have their own catalogues. */

const EN = {
  delivered: 'DELIVERED at {at}, and the reply comes back',
  deliveredOneWay: 'DELIVERED at {at}',
  deliveredFabric:
    'DELIVERED as far as the state shows, at {at}: what the network between the nodes does with it, no node tells',
  deliveredOutside:
    'DELIVERED as far as the state shows: it leaves the cluster at {at}, and beyond that nothing is known',
  dropped: 'DROPPED at {at}: {by}',
  droppedBack: 'DROPPED on the way back, at {at}: {by}',
  varies: 'VARIES: {n} of {of} ways are dropped; one at {at}: {by}',
  variesUnknown: 'VARIES: of {of} ways {dropped} drop it, {delivered} deliver it, {unknown} are not known',
  unknown: 'UNKNOWN at {at}: {by}',
  unknownBack: 'UNKNOWN on the way back, at {at}: {by}',
  unresolved: 'UNKNOWN: {why}',
  flow: '{from} > {to}',
  flowSize: '{from} > {to}, {size} bytes',
  happened: 'What happened: {what}',
  happenedAsPredicted: 'What happened: {what}, as predicted',
  happenedOtherwise: 'What happened: {what}, which is not what the state predicts',
  outsideCause:
    'What failed although the state delivers it fails for a reason outside of what was collected: the network between the nodes, a cloud firewall, the hypervisor, the application; or the state has changed in between.',
  hiddenCause:
    'What worked although the state drops it: the state was collected at another time, or the walk misreads it.',
  otherwiseDelivered: 'If nothing that is missing speaks against it: delivered',
  otherwiseDropped: 'If nothing that is missing speaks against it: dropped',
  next: 'What to look at next',
  nextDelivered:
    'Look where the state does not reach: capture at both ends (`podnet collect --plan`), cloud firewalls, the application itself.',
  missing: 'What is missing',
  assumed: 'What is taken for granted',
  missingOn: '{on}: {what}',
  missingOnSource: '{on}: {what} ({source})',
  more: 'and {n} more (--format json shows all)',
  there: 'The way there',
  thereOf: 'The way there ({label})',
  back: 'The way back',
  passed: 'passes {chains}',
  passedMany: 'passes {n} chains (--verbose shows them)',
  ways: 'Every way ({n})',
  waysAlike: '{n} of {of}: {verdict}',
  wayDelivered: 'delivered',
  wayDropped: 'dropped at {at}: {by}',
  wayDroppedBack: 'dropped on the way back, at {at}: {by}',
  wayUnknown: 'not known at {at}: {by}',
  wayVaries: 'varies at {at}: {by}',
  notTold: 'what decides is not in the input',
  noSteps: 'no step is known',
  comma: ', ',
  overview: '{n} flows: {parts}',
  nDropped: '{n} dropped',
  nVaries: '{n} vary',
  nUnknown: '{n} unknown',
  nDelivered: '{n} delivered',
  groupDropped: 'Dropped at {at}: {by}',
  groupDroppedBack: 'Dropped on the way back, at {at}: {by}',
  groupVaries: 'Varies: some dropped at {at}: {by}',
  groupUnknown: 'Not known at {at}: {by}',
  groupUnresolved: 'Not known: {by}',
  groupDelivered: 'Delivered',
  groupBeyond: 'Delivered as far as the state shows',
  example: 'Step by step: {flow}',
  learn: 'To learn it:',
  nothingFailed: 'None of the {n} flows that were tried failed: nothing to explain.',
  nothingTried: 'No flow was tried in this bundle.',
  nothingHint: 'Ask for one (--from pod/NAMESPACE/NAME --to ADDRESS:PORT/tcp), or for all that were tried (--all).',
} as const;

const ZH = {
  delivered: '送达 {at}，应答也能返回',
  deliveredOneWay: '送达 {at}',
  deliveredFabric: '就资料所示可送达 {at}：节点之间的网络如何处理，节点资料无从得知',
  deliveredOutside: '就资料所示可送达：在 {at} 离开集群，之后无从得知',
  dropped: '丢弃于 {at}：{by}',
  droppedBack: '回程中丢弃于 {at}：{by}',
  varies: '不定：{of} 条路中有 {n} 条被丢弃；其一于 {at}：{by}',
  variesUnknown: '不定：{of} 条路中 {dropped} 条丢弃，{delivered} 条送达，{unknown} 条未知',
  unknown: '未知，止于 {at}：{by}',
  unknownBack: '未知，回程止于 {at}：{by}',
  unresolved: '未知：{why}',
  flow: '{from} > {to}',
  flowSize: '{from} > {to}，{size} 字节',
  happened: '实际情况：{what}',
  happenedAsPredicted: '实际情况：{what}，与预测一致',
  happenedOtherwise: '实际情况：{what}，与资料的预测不符',
  outsideCause:
    '资料显示可送达而实际失败的，原因在所收集的资料之外：节点之间的网络、云防火墙、虚拟化平台、应用；或者其间状态已变。',
  hiddenCause: '资料显示被丢弃而实际可通的：资料在另一时刻收集，或推演读错了资料。',
  otherwiseDelivered: '若缺失的内容不构成反证：送达',
  otherwiseDropped: '若缺失的内容不构成反证：丢弃',
  next: '接下来看什么',
  nextDelivered: '查看资料未及之处：在两端抓包（`podnet collect --plan`）、云防火墙、应用本身。',
  missing: '缺失的内容',
  assumed: '假定如此的内容',
  missingOn: '{on}：{what}',
  missingOnSource: '{on}：{what}（{source}）',
  more: '另有 {n} 项（--format json 可显示全部）',
  there: '去程',
  thereOf: '去程（{label}）',
  back: '回程',
  passed: '通过 {chains}',
  passedMany: '通过 {n} 条链（--verbose 可显示）',
  ways: '所有可能的路（{n}）',
  waysAlike: '{of} 条中 {n} 条：{verdict}',
  wayDelivered: '送达',
  wayDropped: '丢弃于 {at}：{by}',
  wayDroppedBack: '回程中丢弃于 {at}：{by}',
  wayUnknown: '未知，止于 {at}：{by}',
  wayVaries: '不定，于 {at}：{by}',
  notTold: '起决定作用的内容不在输入中',
  noSteps: '没有已知的步骤',
  comma: '，',
  overview: '{n} 条流：{parts}',
  nDropped: '{n} 条丢弃',
  nVaries: '{n} 条不定',
  nUnknown: '{n} 条未知',
  nDelivered: '{n} 条送达',
  groupDropped: '丢弃于 {at}：{by}',
  groupDroppedBack: '回程中丢弃于 {at}：{by}',
  groupVaries: '不定：部分丢弃于 {at}：{by}',
  groupUnknown: '未知，止于 {at}：{by}',
  groupUnresolved: '未知：{by}',
  groupDelivered: '送达',
  groupBeyond: '就资料所示可送达',
  example: '逐步查看：{flow}',
  learn: '如何得知：',
  nothingFailed: '试过的 {n} 条流都没有失败：没有需要解释的。',
  nothingTried: '此资料包中没有试过任何流。',
  nothingHint: '请指定一条（--from pod/NAMESPACE/NAME --to ADDRESS:PORT/tcp），或查看全部试过的（--all）。',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type WalkSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function walkWordsOf(lang: Lang): WalkSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}

/** What came of an attempt. */
export const STATES: Readonly<Record<Lang, Readonly<Record<FlowState, string>>>> = {
  en: { ok: 'it worked', failing: 'it failed', slow: 'it was slow', lossy: 'some packets were lost' },
  zh: { ok: '成功', failing: '失败', slow: '很慢', lossy: '部分丢包' },
};
