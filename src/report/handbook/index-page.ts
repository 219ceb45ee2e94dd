import type { Cause, Lang, Rulebook } from '../../engine/rulebook/types.js';
import { NOT_A_FAULT } from '../../engine/rulebook/words.js';
import { codeSpan } from '../markdown.js';
import { AS } from './leg-words.js';
import { indexLink, MARK } from './page-links.js';
import { capitalised, joined, prose, sentence } from './prose.js';
import { showingAs, suspectsOf, TELLING } from './suspects.js';
import { type HandbookSay, handbookWordsOf } from './words.js';

/** Causes listed under one complaint or error. */
const LISTED = 10;

/** README.md of a language: every page by what one would look for. */
export function indexPage(rulebook: Rulebook, lang: Lang, hasAlerts: boolean): string {
  const say = handbookWordsOf(lang);
  const faults = rulebook.causes.filter(({ category }) => category !== NOT_A_FAULT);
  const other = lang === 'zh' ? 'en' : 'zh';
  const contents = ['bySymptom', 'byMessage', 'byClass', 'byCategory', 'cnis', 'notFaults'] as const;
  return page([
    MARK,
    `# ${say('title')}`,
    `[${say('otherLanguage')}](../${other}/README.md)`,
    say('intro', { faults: faults.length, notFaults: rulebook.causes.length - faults.length }),
    say('howTo'),
    [
      ...contents
        .filter((heading) => heading !== 'cnis' || rulebook.cnis.length > 0)
        .map((heading) => `- [${say(heading)}](#${anchor(say(heading))})`),
      `- [${say('byLog')}](logs.md)`,
      ...(hasAlerts ? [`- ${say('alertsIntro')}`] : []),
    ].join('\n'),
    ...bySymptom(rulebook, lang, say),
    ...byMessage(rulebook, lang, say),
    ...byClass(rulebook, lang, say),
    ...byCategory(rulebook, lang, say),
    ...byCni(rulebook, say),
    `## ${say('notFaults')}`,
    bullets(
      rulebook.causes.filter(({ category }) => category === NOT_A_FAULT),
      lang,
    ),
  ]);
}

/** README.md of the whole handbook: the way to each language. */
export function entryPage(): string {
  const lines = (['en', 'zh'] as const).map((lang) => `- [${handbookWordsOf(lang)('title')}](${lang}/README.md)`);
  return page([MARK, `# ${handbookWordsOf('en')('title')}`, lines.join('\n')]);
}

/** logs.md of a language: lines of logs and what they speak for. */
export function logsPage(rulebook: Rulebook, lang: Lang): string {
  const say = handbookWordsOf(lang);
  const lines: string[] = [];
  for (const fact of rulebook.facts) {
    if (fact.from !== 'log' || fact.pattern === undefined) continue;
    const reading = rulebook.evidence.filter(({ facts }) => facts.includes(fact.name));
    const causes = rulebook.causes.filter((cause) => cause.evidence.some(({ id }) => reading.some((e) => e.id === id)));
    if (causes.length === 0) continue;
    const components = fact.components ?? [];
    const source = components.length === 0 ? say('anyLog') : prose(components.join(', '));
    const told = reading.find(({ facts }) => facts.length === 1) ?? reading[0]!;
    const links = causes.map((cause) => indexLink(cause, lang));
    lines.push(
      [
        `- ${sentence(capitalised(prose(told.statement[lang])), lang)}`,
        `  - ${say('logOf', { components: source })}`,
        `  - ${say('logLine')} ${codeSpan(fact.pattern)}`,
        `  - ${say('logCauses')} ${joined(links, lang, 'or')}`,
      ].join('\n'),
    );
  }
  return page([MARK, `# ${say('byLog')}`, say('byLogIntro'), lines.join('\n')]);
}

function page(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The anchor that code hosts give a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

function bullets(causes: readonly Cause[], lang: Lang): string {
  return causes.map((cause) => `- ${indexLink(cause, lang)}`).join('\n');
}

/** The first of a list of causes, and how many there are besides. */
function cut(causes: readonly Cause[], lang: Lang, say: HandbookSay): string {
  const shown = bullets(causes.slice(0, LISTED), lang);
  return causes.length <= LISTED ? shown : `${shown}\n- ${say('more', { n: causes.length - LISTED })}`;
}

function bySymptom(rulebook: Rulebook, lang: Lang, say: HandbookSay): string[] {
  const blocks = [`## ${say('bySymptom')}`, say('bySymptomIntro')];
  for (const { id, title } of rulebook.classes) {
    const symptoms = rulebook.symptoms.filter((symptom) => symptom.class === id);
    if (symptoms.length === 0) continue;
    blocks.push(`### ${prose(title[lang])}`);
    for (const symptom of symptoms)
      blocks.push(`**${prose(symptom.text[lang])}**`, cut(suspectsOf(symptom, rulebook), lang, say));
  }
  return blocks;
}

function byMessage(rulebook: Rulebook, lang: Lang, say: HandbookSay): string[] {
  const blocks = [`## ${say('byMessage')}`, say('byMessageIntro')];
  for (const way of TELLING) {
    const causes = showingAs(way, rulebook);
    if (causes.length > 0) blocks.push(`**${capitalised(AS[lang][way])}**`, cut(causes, lang, say));
  }
  return blocks;
}

function byClass(rulebook: Rulebook, lang: Lang, say: HandbookSay): string[] {
  const blocks = [`## ${say('byClass')}`, say('byClassIntro')];
  for (const { id, title, symptom, causes } of rulebook.classes) {
    const listed = causes.flatMap((cause) => rulebook.causes.find((one) => one.id === cause) ?? []);
    const others = rulebook.causes.filter((cause) => cause.classes.includes(id) && !causes.includes(cause.id));
    blocks.push(`### ${prose(title[lang])}`, prose(symptom[lang]), bullets([...listed, ...others], lang));
  }
  return blocks;
}

function byCategory(rulebook: Rulebook, lang: Lang, say: HandbookSay): string[] {
  const blocks = [`## ${say('byCategory')}`];
  for (const { id, title } of rulebook.categories) {
    const causes = rulebook.causes.filter(({ category }) => category === id);
    if (id === NOT_A_FAULT || causes.length === 0) continue;
    blocks.push(`### ${prose(title[lang])}`, bullets(causes, lang));
  }
  return blocks;
}

function byCni({ cnis }: Rulebook, say: HandbookSay): string[] {
  const lines = cnis.map(({ id, title }) => `- [${prose(title)}](cnis/${id}.md)`);
  return lines.length === 0 ? [] : [`## ${say('cnis')}`, lines.join('\n')];
}
