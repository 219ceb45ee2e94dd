import type { Lang } from '../engine/rulebook/types.js';

/**
 * The words around an answer, in both languages. The answer's own texts (titles, statements) come from the rulebook.
 */

const EN = {
  causes: 'Root causes',
  moreCauses: '{n} less likely causes are not shown (--top {all} shows them)',
  on: '{cause} on {subjects}',
  andMore: 'and {n} more',
  confirmed: 'confirmed',
  likely: 'likely',
  possible: 'possible',
  now: 'now',
  past: 'in the past',
  why: 'Why',
  because: 'Brought about by {cause} ({percent})',
  explains: 'Symptoms explained: {n} of {of}',
  explainsNone: 'No symptom was given that it could explain',
  for: 'Evidence for',
  against: 'Evidence against',
  unknown: 'Not known',
  nothing: 'nothing',
  learn: 'To learn it:',
  fix: 'Fix',
  persist: 'To survive a reboot',
  verify: 'Verify',
  prevent: 'Prevent',
  references: 'References',
  stepOn: 'on {where}',
  stepRisk: 'risk: {risk}',
  riskNone: 'none',
  riskLow: 'low',
  riskMedium: 'medium',
  riskHigh: 'high',
  undo: 'To undo:',
  expect: 'Must show: {what}',
  tellApart: 'What would tell:',
  notFaults: 'Not a fault',
  explainsFlows: 'Explains: {flows}',
  alsoFound: 'Also found',
  unexplained: 'Symptoms that nothing here explains',
  changed: 'What changed',
  next: 'What to look at next',
  costLook: 'a look',
  costAccess: 'needs access to a node or pod',
  costDisturb: 'disturbs the cluster',
  complaint: 'As reported',
  read: 'What was read',
  seen: 'Nodes {nodes}, pods {pods}, Services {services}, flows {flows}, symptoms {symptoms}, facts {facts}',
  recognised: 'Files recognised: {n}',
  unrecognised: 'Files not recognised: {n}',
  problems: 'Problems with the input: {n}',
  allInJson: 'and {n} more (--format json shows all)',
  separator: ', ',
  stop: ': ',
} as const;

type Key = keyof typeof EN;

/** The names in braces of a text: `Slots<'{n} of {of}'>` is `'n' | 'of'`. */
type Slots<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Slots<Rest> : never;

const ZH = {
  causes: '根因',
  moreCauses: '另有 {n} 个可能性更低的原因未显示（--top {all} 可显示）',
  on: '{cause}，位于 {subjects}',
  andMore: '等，另有 {n} 个',
  confirmed: '已确认',
  likely: '很可能',
  possible: '可能',
  now: '当前',
  past: '过去',
  why: '原因',
  because: '起因：{cause}（{percent}）',
  explains: '可解释的症状：{of} 个中的 {n} 个',
  explainsNone: '没有给出它可以解释的症状',
  for: '支持的证据',
  against: '反对的证据',
  unknown: '未知',
  nothing: '无',
  learn: '查明方法：',
  fix: '修复',
  persist: '重启后仍然有效',
  verify: '验证',
  prevent: '预防',
  references: '参考',
  stepOn: '在 {where} 上',
  stepRisk: '风险：{risk}',
  riskNone: '无',
  riskLow: '低',
  riskMedium: '中',
  riskHigh: '高',
  undo: '撤销：',
  expect: '应当显示：{what}',
  tellApart: '如何区分：',
  notFaults: '不是故障',
  explainsFlows: '解释了：{flows}',
  alsoFound: '另外发现',
  unexplained: '未能解释的症状',
  changed: '发生过的变更',
  next: '下一步查看',
  costLook: '只需查看',
  costAccess: '需要登录节点或进入 Pod',
  costDisturb: '会影响集群',
  complaint: '报告人描述',
  read: '读取的内容',
  seen: '节点 {nodes}，Pod {pods}，Service {services}，流 {flows}，症状 {symptoms}，事实 {facts}',
  recognised: '已识别的文件：{n}',
  unrecognised: '未识别的文件：{n}',
  problems: '输入中的问题：{n}',
  allInJson: '另有 {n} 个（--format json 可显示全部）',
  separator: '，',
  stop: '：',
} as const satisfies Record<Key, string>;

/** Texts of which one language has a slot that the other lacks. */
type Differing = {
  [K in Key]: [Slots<(typeof EN)[K]>, Slots<(typeof ZH)[K]>] extends [Slots<(typeof ZH)[K]>, Slots<(typeof EN)[K]>]
    ? never
    : K;
}[Key];

/** Does not compile where the two languages differ in their slots. */
const CATALOGUES: [Differing] extends [never] ? Record<Lang, Record<Key, string>> : Differing = { en: EN, zh: ZH };

/** Says a text of the catalogue with its slots filled in. */
export type Say = <K extends Key>(
  key: K,
  ...slots: [Slots<(typeof EN)[K]>] extends [never] ? [] : [Record<Slots<(typeof EN)[K]>, string | number>]
) => string;

/** Fills `{name}` slots; what is filled in is not searched for slots again. */
export function fill(text: string, slots: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(slots, name) ? String(slots[name]) : whole,
  );
}

/** The catalogue of one language. */
export function wordsOf(lang: Lang): Say {
  const catalogue = CATALOGUES[lang];
  return (key, ...slots) => fill(catalogue[key], slots[0] ?? {});
}
