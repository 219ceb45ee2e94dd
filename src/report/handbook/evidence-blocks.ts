import type { Cause, Evidence, Lang } from '../../engine/rulebook/types.js';
import { codeSpan, fence, inset } from '../markdown.js';
import { commandOf } from './commands.js';
import { type LookUps, lookUpCommand, lookUpIntro } from './look-ups.js';
import { capitalised, prose, sentence } from './prose.js';
import { type Shown, shownBy } from './strength.js';
import type { HandbookSay } from './words.js';

const SHOWS = { always: 'alwaysThere', often: 'oftenThere', sometimes: 'sometimesThere' } as const;
const ELSEWHERE = { never: 'never', rare: 'rare', sometimes: 'elsewhereSometimes', common: 'common' } as const;

/** What a page of evidence is made with. */
export interface EvidenceContext {
  evidence: ReadonlyMap<string, Evidence>;
  lookUps: LookUps;
  lang: Lang;
  say: HandbookSay;
}

/** What proves a cause, each with the command that shows it. */
export function proofBlocks(cause: Cause, context: EvidenceContext): string[] {
  const { say } = context;
  const direct = shownBy(cause, context.evidence).filter(({ of }) => of.direct);
  if (direct.length === 0) return [say('noProof')];
  return [say(direct.length === 1 ? 'thisProves' : 'oneProves'), ...direct.flatMap((shown) => item(shown, context))];
}

/** What else speaks for it, the strongest first. */
export function furtherBlocks(cause: Cause, context: EvidenceContext): string[] {
  const further = shownBy(cause, context.evidence).filter(({ of }) => !of.direct);
  return further.flatMap((shown) => item(shown, context));
}

/** What rules it out. */
export function excludedBlocks(cause: Cause, context: EvidenceContext): string[] {
  if (cause.excludes.length === 0) return [context.say('excludesNone')];
  return [context.say('excludes'), ...cause.excludes.flatMap((id) => entry(context.evidence.get(id)!, '', context))];
}

function item({ evidence, of }: Shown, context: EvidenceContext): string[] {
  const { say, lang } = context;
  const separator = lang === 'zh' ? '，' : '; ';
  // What proves a cause proves it however often it is met otherwise.
  const strength = [say(SHOWS[of.shows]), ...(of.direct ? [] : [say(ELSEWHERE[evidence.elsewhere])])].join(separator);
  return entry(evidence, lang === 'zh' ? `（${strength}）` : ` *(${strength})*`, context);
}

function entry(evidence: Evidence, margin: string, { lookUps, lang, say }: EvidenceContext): string[] {
  const lookUp = lookUps.of(evidence);
  const intro = lookUpIntro(lookUp, lang, say);
  const command = lookUpCommand(lookUp);
  const statement = `- ${sentence(capitalised(prose(evidence.statement[lang])), lang)}${margin}`;
  const blocks = [intro === '' ? statement : `${statement}  \n  ${intro}`];
  if (command !== undefined) blocks.push(inset(fence(commandOf(command), 'sh')).replace(/^ {4}/gm, '  '));
  return blocks;
}

/** An evidence on one line, with its command as code. */
export function inLine(evidence: Evidence, { lookUps, lang, say }: EvidenceContext): string {
  const lookUp = lookUps.of(evidence);
  const intro = lookUpIntro(lookUp, lang, say);
  const command = lookUpCommand(lookUp);
  const statement = sentence(capitalised(prose(evidence.statement[lang])), lang);
  return [statement, intro, command === undefined ? '' : codeSpan(commandOf(command).join('; '))]
    .filter((part) => part !== '')
    .join(lang === 'zh' ? '' : ' ');
}
