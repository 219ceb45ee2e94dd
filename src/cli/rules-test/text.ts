import { sanitize } from '../../report/sanitize.js';
import { tableLines } from '../../report/table.js';
import type { ExpectedDiagnosis } from '../case-verdict.js';
import type { Calibration } from './calibration.js';
import { type Confusion, NARROW } from './confusion.js';
import { MOST_LOST, type Rates } from './rates.js';
import type { RulesTestReport } from './report.js';
import type { CaseResult } from './run-case.js';
import { robustnessLines, withoutProofLines } from './text-changed.js';
import type { RulesTestSay } from './words.js';

/** Cases named for a pair of causes; the rest are counted. */
const NAMED = 3;

/** The report for a person. With `quiet` only the cases that fail or are lost; what sums up is always there. */
export function reportText(report: RulesTestReport, quiet: boolean, say: RulesTestSay): string {
  const shown = quiet
    ? report.results.filter(({ ok, expected }) => !ok || expected.lost !== undefined)
    : report.results;
  const sections = [
    ...(shown.length === 0 ? [] : [caseLines(shown, say)]),
    confusionLines(report.confusion, say),
    calibrationLines(report.calibration, say),
    ...(report.robustness === undefined ? [] : [robustnessLines(report.robustness, say)]),
    ...(report.withoutProof === undefined ? [] : [withoutProofLines(report.withoutProof, quiet, say)]),
    summaryLines(report.summary, say),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function caseLines(results: readonly CaseResult[], say: RulesTestSay): string[] {
  const heading = [
    ...[say('tableCase'), say('tableExpected'), say('tableRank')],
    ...[say('tableRunnerUp'), say('tableMargin'), say('tableVerdict')],
  ];
  const rows = results.map((result) => [
    sanitize(result.name),
    expectedText(result.expected),
    result.rank === undefined ? '-' : String(result.rank),
    result.runnerUp ?? '-',
    result.margin === undefined ? '-' : result.margin.toFixed(2),
    verdictText(result, say),
  ]);
  return tableLines([heading, ...rows]);
}

function verdictText({ ok, why, expected }: CaseResult, say: RulesTestSay): string {
  if (expected.lost !== undefined)
    return ok ? say('lost', { why: sanitize(expected.lost) }) : say('fail', { why: say('wonAgain') });
  return ok ? say('ok') : say('fail', { why });
}

function expectedText(expected: ExpectedDiagnosis): string {
  if (expected.causes.length > 0) return sanitize(expected.causes.join(' + '));
  return expected.kind === 'near-miss' ? sanitize(`not ${expected.notCauses.join(', ')}`) : expected.kind;
}

function confusionLines(confusion: readonly Confusion[], say: RulesTestSay): string[] {
  const narrow = NARROW.toFixed(2);
  if (confusion.length === 0) return [say('confusionNone', { narrow })];
  const heading = [
    ...[say('confusionExpected'), say('confusionTaken'), say('confusionMistaken')],
    ...[say('confusionNearly'), say('confusionCases')],
  ];
  const rows = confusion.map(({ expected, taken, mistaken, nearly }) => [
    sanitize(expected),
    taken,
    String(mistaken.length),
    String(nearly.length),
    namedCases([...mistaken, ...nearly]),
  ]);
  return [say('confusion', { narrow }), ...tableLines([heading, ...rows]).map((line) => `  ${line}`)];
}

function namedCases(names: readonly string[]): string {
  const more = names.length > NAMED ? `, +${names.length - NAMED}` : '';
  return `${names.slice(0, NAMED).map(sanitize).join(', ')}${more}`;
}

function calibrationLines({ bins, cases, brier }: Calibration, say: RulesTestSay): string[] {
  const heading = [say('calibrationStated'), say('calibrationMean'), say('calibrationCases'), say('calibrationRight')];
  const rows = bins.map(({ from, to, cases: count, right, stated }) => [
    `${Math.round(from * 100)}–${percent(to)}`,
    stated === undefined ? '-' : percent(stated),
    String(count),
    count === 0 ? '-' : `${right} (${percent(right / count)})`,
  ]);
  return [
    say('calibration'),
    ...tableLines([heading, ...rows]).map((line) => `  ${line}`),
    say('brier', { score: brier.toFixed(3), cases }),
  ];
}

function summaryLines(rates: Rates, say: RulesTestSay): string[] {
  const { passed, failed, hits, lost, named, top1, top3, tooManyLost } = rates;
  const lines = [say('rates', { named, top1: percent(top1), top3: percent(top3) })];
  const most = Math.floor(MOST_LOST * hits);
  if (lost > 0) lines.push(say(tooManyLost ? 'tooManyLost' : 'lostSummary', { lost, hits, most }));
  lines.push(say('summary', { passed, failed }));
  return lines;
}

/** A share of 0 to 1 as whole per cent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
