import type { Lang, Step } from '../../engine/rulebook/types.js';
import { fence, inset } from '../markdown.js';
import { alertRule, ruleLines } from './alerts.js';
import { commandOf } from './commands.js';
import { paragraphs, prose } from './prose.js';
import type { HandbookSay } from './words.js';

const PLACES = { node: 'onNode', pod: 'onPod', cluster: 'onCluster', workstation: 'onWorkstation' } as const;
const RISKS = { low: 'riskLow', medium: 'riskMedium', high: 'riskHigh' } as const;

/** Steps as a numbered list: what to do, where, at what risk, by which command, and how to undo it. */
export function stepBlocks(steps: readonly Step[], cause: string, lang: Lang, say: HandbookSay): string[] {
  return steps.flatMap((step, index) => {
    const number = `${index + 1}.`.padEnd(3);
    const blocks = [`${number} ${paragraphs(step.do[lang])}${marginOf(step, lang, say)}`];
    if (step.run !== undefined) blocks.push(inset(fence(commandOf(step.run), 'sh')));
    if (step.expect !== undefined) blocks.push(inset(say('expect', { what: prose(step.expect[lang]) })));
    if (step.undo !== undefined) blocks.push(inset(say('undo')), inset(fence(commandOf(step.undo), 'sh')));
    if (step.alert !== undefined)
      blocks.push(inset(say('alert')), inset(fence(ruleLines(alertRule(cause, steps, index, lang)), 'yaml')));
    return blocks;
  });
}

function marginOf({ on, run, risk }: Step, lang: Lang, say: HandbookSay): string {
  const words: string[] = [];
  const place = on === undefined ? undefined : PLACES[on as keyof typeof PLACES];
  if (run !== undefined && place !== undefined) words.push(say(place));
  if (risk !== undefined && risk !== 'none') words.push(say(RISKS[risk]));
  if (words.length === 0) return '';
  return lang === 'zh' ? `（${words.join('，')}）` : ` (${words.join(', ')})`;
}
