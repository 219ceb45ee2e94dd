import type { Cause, Lang, Rulebook } from '../../engine/rulebook/types.js';
import { NOT_A_FAULT } from '../../engine/rulebook/words.js';
import { codeSpan, link } from '../markdown.js';
import { capitalsIn } from './commands.js';
import { type EvidenceContext, excludedBlocks, furtherBlocks, inLine, proofBlocks } from './evidence-blocks.js';
import { asWords, waysOf, wayWords } from './leg-words.js';
import { neighbourBlocks } from './neighbour-blocks.js';
import type { Neighbours } from './neighbours.js';
import { causeLink, MARK } from './page-links.js';
import { circumstanceWords } from './place-words.js';
import { capitalised, joined, label, paragraphs, prose, sentence, spaced } from './prose.js';
import { stepBlocks } from './step-blocks.js';
import { shownBy } from './strength.js';
import { symptomBlocks } from './symptom-blocks.js';

export interface PageContext extends EvidenceContext {
  rulebook: Rulebook;
  neighbours: Neighbours;
}

/** The page of a cause, in one language. */
export function causePage(cause: Cause, context: PageContext): string {
  const blocks = cause.category === NOT_A_FAULT ? notFaultBlocks(cause, context) : faultBlocks(cause, context);
  const head = [MARK, `# ${prose(cause.title[context.lang])}`, marginOf(cause, context)];
  return `${[...head, ...blocks].join('\n\n')}\n`;
}

function faultBlocks(cause: Cause, context: PageContext): string[] {
  const { lang, say, rulebook } = context;
  const blocks: string[] = [summary(cause, context)];
  const section = (heading: Parameters<typeof say>[0] & string, body: readonly string[]): void => {
    if (body.length > 0) blocks.push(`## ${say(heading as 'symptoms')}`, ...body);
  };
  const requires = circumstanceWords(cause.requires, lang);
  section('symptoms', [
    ...symptomBlocks(cause, lang, say),
    ...(requires === '' ? [] : [say('requires', { circumstances: requires })]),
  ]);
  section('mechanism', [paragraphs(cause.mechanism[lang])]);
  const proofs = proofBlocks(cause, context);
  const further = furtherBlocks(cause, context);
  // Where nothing proves it, what adds up to a proof is how it is confirmed.
  const proven = cause.evidence.some(({ direct }) => direct);
  section('confirm', proven ? proofs : [...proofs, ...further]);
  if (proven) section('further', further);
  section('excluded', excludedBlocks(cause, context));
  const neighbours = context.neighbours.of(cause);
  section('neighbours', neighbourBlocks(cause, neighbours, context));
  section('chain', chainBlocks(cause, rulebook, context));
  for (const list of ['fix', 'persist', 'verify', 'prevent'] as const)
    section(list, stepBlocks(cause[list], cause.id, lang, say));
  section('references', references(cause));
  blocks.push(...legend(blocks, context));
  return blocks;
}

function notFaultBlocks(cause: Cause, context: PageContext): string[] {
  const { lang, say } = context;
  const blocks: string[] = [];
  const section = (heading: string, body: readonly string[]): void => {
    if (body.length > 0) blocks.push(`## ${heading}`, ...body);
  };
  section(say('notFault'), [paragraphs(cause.mechanism[lang])]);
  if (cause.signature.breaks.length > 0) section(say('symptoms'), symptomBlocks(cause, lang, say));
  if (cause.evidence.length > 0) {
    const proven = cause.evidence.some(({ direct }) => direct);
    section(say('confirm'), [...proofBlocks(cause, context), ...(proven ? [] : furtherBlocks(cause, context))]);
    if (proven) section(say('further'), furtherBlocks(cause, context));
  }
  if (cause.excludes.length > 0) section(say('excluded'), excludedBlocks(cause, context));
  section(say('fix'), stepBlocks(cause.fix, cause.id, lang, say));
  section(say('persist'), stepBlocks(cause.persist, cause.id, lang, say));
  section(say('check'), stepBlocks(cause.verify, cause.id, lang, say));
  section(say('prevent'), stepBlocks(cause.prevent, cause.id, lang, say));
  section(say('references'), references(cause));
  blocks.push(...legend(blocks, context));
  return blocks;
}

/** Category, classes, place, how common, and the page in the other language. */
function marginOf(cause: Cause, { rulebook, lang, say }: PageContext): string {
  const title = (list: readonly { id: string; title: Record<Lang, string> }[], id: string): string =>
    prose(list.find((one) => one.id === id)?.title[lang] ?? id);
  const category = title(rulebook.categories, cause.category);
  const other = lang === 'zh' ? 'en' : 'zh';
  const scopes = { cluster: 'scopeCluster', node: 'scopeNode', pod: 'scopePod', service: 'scopeService' } as const;
  const priors = { common: 'priorCommon', normal: 'priorNormal', rare: 'priorRare' } as const;
  const slots = { category, scope: say(scopes[cause.scope]), prior: say(priors[cause.prior]) };
  const classes = joined(
    cause.classes.map((id) => title(rulebook.classes, id)),
    lang,
    'and',
  );
  const margin =
    cause.category === NOT_A_FAULT
      ? say('marginNotFault', { category })
      : classes === ''
        ? say('marginAlone', slots)
        : say('margin', { ...slots, classes });
  return `${codeSpan(cause.id)} · ${margin} · [${say('otherLanguage')}](../../${other}/${cause.category}/${cause.id}.md)`;
}

/** One paragraph: what is typically seen, what proves it, what is done. */
function summary(cause: Cause, context: PageContext): string {
  const { lang, say, rulebook } = context;
  const parts = [typical(cause, context)];
  const proofs = shownBy(cause, context.evidence).filter(({ of }) => of.direct);
  // What a command shows is sooner had than what somebody has to be asked or to try.
  const proof = proofs.find(({ evidence }) => context.lookUps.of(evidence).kind === 'command') ?? proofs[0];
  if (proof !== undefined) parts.push(`${label(say('proof'), lang)}${inLine(proof.evidence, context)}`);
  const remedy = cause.fix.find(({ risk }) => risk !== undefined && risk !== 'none') ?? cause.fix[0];
  if (remedy !== undefined) parts.push(`${label(say('remedy'), lang)}${sentence(prose(remedy.do[lang]), lang)}`);
  if (cause.signature.breaks.length === 0) {
    const causes = cause.leadsTo.flatMap((id) => {
      const led = rulebook.causes.find((one) => one.id === id);
      return led === undefined ? [] : [causeLink(led, cause, lang)];
    });
    parts[0] = say('leads', { causes: joined(causes, lang, 'and') });
  }
  return parts.filter((part) => part !== '').join(' ');
}

/** The surest thing that breaks and the first that is spared. */
function typical({ signature }: Cause, { lang, say }: PageContext): string {
  const surest = (['always', 'often', 'sometimes'] as const)
    .map((how) => signature.breaks.filter((item) => item.how === how))
    .find((list) => list.length > 0);
  const first = surest?.[0];
  if (first === undefined) return '';
  const same = surest!.filter(({ as }) => as.join() === first.as.join()).map(({ leg }) => leg);
  const gap = lang === 'zh' ? '' : ' ';
  const breaks = `${wayWords(waysOf(same)[0]!, lang)}${gap}${asWords(first.as, lang)}`;
  const spared = waysOf(signature.spares)[0];
  const text =
    spared === undefined
      ? say('typicalAlone', { breaks: capitalised(breaks) })
      : say('typicalSpared', { breaks: capitalised(breaks), spared: wayWords(spared, lang) });
  return `${label(say('typical'), lang)}${lang === 'zh' ? spaced(text) : text}`;
}

function chainBlocks(cause: Cause, rulebook: Rulebook, { lang, say }: PageContext): string[] {
  const list = (label: string, causes: readonly Cause[]): string[] =>
    causes.length === 0 ? [] : [`${label}\n\n${causes.map((one) => `- ${causeLink(one, cause, lang)}`).join('\n')}`];
  return [
    ...list(
      say('comesFrom'),
      rulebook.causes.filter(({ leadsTo }) => leadsTo.includes(cause.id)),
    ),
    ...list(
      say('leadsTo'),
      rulebook.causes.filter(({ id }) => cause.leadsTo.includes(id)),
    ),
  ];
}

function references({ references: list }: Cause): string[] {
  const lines = list.map((reference) => `- ${link(reference).startsWith('<') ? link(reference) : prose(reference)}`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** What the capitals stand for that the blocks of a page show in commands. */
function legend(blocks: readonly string[], { lang, say }: PageContext): string[] {
  const words = capitalsIn(blocks, lang);
  return words.length === 0 ? [] : ['---', say('capitals', { words: words.join(lang === 'zh' ? '；' : '; ') })];
}
