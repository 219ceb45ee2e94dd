import type { Cause, Lang, LegQuestion } from '../../engine/rulebook/types.js';
import { fill } from '../catalogue.js';
import { codeSpan } from '../markdown.js';
import { type EvidenceContext, inLine } from './evidence-blocks.js';
import type { Neighbour } from './neighbours.js';
import { causeLink } from './page-links.js';
import { circumstanceWords } from './place-words.js';
import { label, prose } from './prose.js';

/** What nodes are called in questions. */
const NODES = { here: 'node-a', there: 'node-b', third: 'node-c' };

/** The closest neighbours of a cause, each with what parts it from them. */
export function neighbourBlocks(cause: Cause, neighbours: readonly Neighbour[], context: EvidenceContext): string[] {
  const { say } = context;
  if (neighbours.length === 0) return [say('neighboursNone')];
  return [say('neighboursIntro'), ...neighbours.flatMap((neighbour) => parted(cause, neighbour, context))];
}

function parted(cause: Cause, neighbour: Neighbour, context: EvidenceContext): string[] {
  const { say, lang } = context;
  const blocks = [`### ${causeLink(neighbour.cause, cause, lang)}`];
  const lines: string[] = [];
  const line = (of: string, text: string): void => {
    lines.push(`- ${label(of, lang)}${text}`);
  };
  if (neighbour.here !== undefined) line(say('here'), inLine(neighbour.here.evidence, context));
  if (neighbour.there !== undefined) {
    const rulesOut = neighbour.there.rulesOutHere ? say('rulesOutHere') : '';
    const margin = rulesOut === '' ? '' : lang === 'zh' ? `（${rulesOut}）` : ` (${rulesOut})`;
    line(say('there'), `${inLine(neighbour.there.evidence, context)}${margin}`);
  }
  const apart = circumstances(cause, neighbour.cause, context);
  if (apart !== undefined) lines.push(`- ${apart}`);
  if (neighbour.failsHere !== undefined) line(say('parts'), attempt(neighbour.failsHere, say('failsHere'), lang));
  if (neighbour.worksHere !== undefined) line(say('parts'), attempt(neighbour.worksHere, say('worksHere'), lang));
  blocks.push(lines.length === 0 ? say('nothingParts') : lines.join('\n'));
  return blocks;
}

function attempt(question: LegQuestion, outcome: string, lang: Lang): string {
  const command = codeSpan(fill(question.run, NODES).split('\n').join('; '));
  return [prose(fill(question.text[lang], NODES)), outcome, command].join(lang === 'zh' ? '' : ' ');
}

/** Where the two cannot occur in the same cluster. */
function circumstances(cause: Cause, other: Cause, { say, lang }: EvidenceContext): string | undefined {
  for (const [fact, values] of Object.entries(cause.requires)) {
    const theirs = other.requires[fact];
    if (theirs === undefined || theirs.some((value) => values.includes(value))) continue;
    return say('occursHere', {
      circumstances: circumstanceWords({ [fact]: values }, lang),
      other: circumstanceWords({ [fact]: theirs }, lang),
    });
  }
  return undefined;
}
