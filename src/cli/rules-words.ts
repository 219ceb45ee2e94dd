import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What `podnet rules` says of causes, cases and the handbook. */

const EN = {
  showMechanism: 'Why it breaks',
  showBreaks: 'What it breaks',
  showSpares: 'What it leaves alone',
  showEvidence: 'Evidence',
  showExcludes: 'Ruled out by',
  showLeadsTo: 'Leads to',
  showFix: 'Fix',
  showPersist: 'To survive a reboot',
  showVerify: 'Verify',
  showPrevent: 'Prevent',
  showReferences: 'References',
  showWhere: '{id}, category {category}, on a {scope}',
  direct: 'direct',
  showComesFrom: 'Comes from',
  showAnswers: 'Asked about it',
  showFails: 'Attempts that fail with it',
  showWorks: 'Attempts that work with it',
  risk: 'risk: {risk}',
  low: 'low',
  medium: 'medium',
  high: 'high',
  undo: 'To undo:',
  alert: 'Alert:',
  alertFor: 'Alert, where it holds for {for}:',
  caseCounts: 'hits {hits}, near misses {nearMisses}',
  noCasesFolder: '{dirs}: no such folder of cases',
  optionCases: 'count the cases of this folder instead of the own ones in test/cases; repeatable',
  rulesDocs: 'write the handbook: a page for each root cause, in English and Chinese',
  rulesDocsDir: 'folder of the handbook (default: docs/handbook of this checkout)',
  optionCheck: 'write nothing, name the pages that differ; status 1 where one does',
  docsMissing: 'missing',
  docsDiffers: 'differs from the rules',
  docsStale: 'its cause is gone',
  docsForeign: 'is no page that podnet wrote: it is left alone',
  docsChecked: '{n} pages, {differ} differ',
  docsWritten: '{dir}: {n} pages, {written} written, {removed} removed',
} as const;

const ZH = {
  showMechanism: '机理',
  showBreaks: '会破坏',
  showSpares: '不影响',
  showEvidence: '证据',
  showExcludes: '可由此排除',
  showLeadsTo: '会引起',
  showFix: '修复',
  showPersist: '重启后仍然有效',
  showVerify: '验证',
  showPrevent: '预防',
  showReferences: '参考',
  showWhere: '{id}，类别 {category}，对象 {scope}',
  direct: '直接证据',
  showComesFrom: '可由以下原因引起',
  showAnswers: '相关提问',
  showFails: '存在该故障时会失败的操作',
  showWorks: '存在该故障时仍然正常的操作',
  risk: '风险：{risk}',
  low: '低',
  medium: '中',
  high: '高',
  undo: '回退：',
  alert: '告警：',
  alertFor: '告警（持续 {for} 触发）：',
  caseCounts: '命中 {hits}，易混淆 {nearMisses}',
  noCasesFolder: '{dirs}：没有这个案例目录',
  optionCases: '统计此目录中的案例，而不是自带的 test/cases；可重复',
  rulesDocs: '生成手册：每个根因一页，中英文各一份',
  rulesDocsDir: '手册目录（默认：本仓库的 docs/handbook）',
  optionCheck: '不写入，只列出与规则不一致的页面；有不一致时退出状态为 1',
  docsMissing: '缺失',
  docsDiffers: '与规则不一致',
  docsStale: '对应的根因已不存在',
  docsForeign: '不是 podnet 生成的页面，不会改动',
  docsChecked: '{n} 页，{differ} 页不一致',
  docsWritten: '{dir}：共 {n} 页，写入 {written} 页，删除 {removed} 页',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type RulesSay = Speaker<typeof EN>;

/** The catalogue of one language. */
export function rulesWordsOf(lang: Lang): RulesSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}
