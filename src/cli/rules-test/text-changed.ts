import { sanitize } from '../../report/sanitize.js';
import { tableLines } from '../../report/table.js';
import { isRobust } from './report.js';
import { MOST_FALL, type Robustness } from './robustness.js';
import { LEAST_WITHOUT_PROOF, type WithoutProof, type WithoutProofRates } from './without-proof.js';
import type { RulesTestSay } from './words.js';

/** Cases named that moved words lose. */
const NAMED = 20;

/** What moved words do, for a person. */
export function robustnessLines(robustness: Robustness, say: RulesTestSay): string[] {
  const { moved, cases, unmoved, seeds, mean, fall, fragile } = robustness;
  const lines = [say('robustness', { moved: tenths(moved) })];
  for (const { seed, held } of seeds) lines.push(`  ${say('seed', { seed })}: ${tenths(held)}`);
  if (fragile.length > 0) {
    const rows = fragile
      .slice(0, NAMED)
      .map(({ name, seeds: n }) => [say('fragileSeeds', { n, of: seeds.length }), sanitize(name)]);
    lines.push(say('fragile'), ...tableLines(rows).map((line) => `  ${line}`));
  }
  const points = (fall * 100).toFixed(1);
  const most = String(MOST_FALL * 100);
  lines.push(
    say('robustnessMean', {
      seeds: seeds.length,
      mean: tenths(mean),
      unmoved: tenths(unmoved),
      cases,
      fall: points,
      most,
    }),
  );
  if (!isRobust(robustness)) lines.push(say('robustnessMiss', { fall: points, most }));
  return lines;
}

/** What becomes of hits without their proof, for a person; with `quiet` the shares alone. */
export function withoutProofLines(rates: WithoutProofRates, quiet: boolean, say: RulesTestSay): string[] {
  const { cases, counted, among, asked } = rates;
  const heading = [
    ...[say('tableCase'), say('tableExpected'), say('withoutProofRank')],
    ...[say('withoutProofAsked'), say('withoutProofNext')],
  ];
  const rows = cases.map((one) => [sanitize(one.name), one.cause, ...outcome(one, say)]);
  const shares = [
    share(say('withoutProofAmong', { share: tenths(among), counted, least: tenths(LEAST_WITHOUT_PROOF) }), among, say),
    share(
      say('withoutProofAskedShare', { share: tenths(asked), counted, least: tenths(LEAST_WITHOUT_PROOF) }),
      asked,
      say,
    ),
  ];
  const skipped = cases.length - counted;
  return [
    say('withoutProof'),
    ...(quiet ? [] : tableLines([heading, ...rows]).map((line) => `  ${line}`)),
    ...shares,
    ...(skipped === 0 ? [] : [say('withoutProofSkipped', { n: skipped })]),
  ];
}

function outcome({ notCounted, rank, asked, next }: WithoutProof, say: RulesTestSay): string[] {
  if (notCounted !== undefined) return ['-', say('not-counted', { why: say(notCounted) })];
  return [rank === undefined ? '-' : String(rank), say(asked ? 'yes' : 'no'), next.join(', ')];
}

function share(line: string, value: number, say: RulesTestSay): string {
  return value >= LEAST_WITHOUT_PROOF ? line : `${say('below')} ${line}`;
}

function tenths(value: number): string {
  return `${Number((value * 100).toFixed(1))} %`;
}
