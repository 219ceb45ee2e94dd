import type { Break, Cause, Lang } from '../../engine/rulebook/types.js';
import { asWords, waysOf, wayWords } from './leg-words.js';
import { circumstanceWords, roleWords } from './place-words.js';
import { capitalised } from './prose.js';
import type { HandbookSay } from './words.js';

const HOW = ['always', 'often', 'sometimes'] as const;

/** What a cause breaks and how it shows, in sentences by how surely, and what it leaves alone. */
export function symptomBlocks(cause: Cause, lang: Lang, say: HandbookSay): string[] {
  const { breaks, spares } = cause.signature;
  const blocks: string[] = [];
  if (breaks.length === 0) blocks.push(say('breaksNothing'));
  const roles = sharedRoles(cause);
  const role = roles === undefined ? undefined : roleWords(roles, cause.scope, lang);
  if (role !== undefined) blocks.push(say('faultyIs', { role }));
  for (const how of HOW) {
    const scope = roles === undefined ? cause.scope : undefined;
    const lines = breakLines(
      breaks.filter((item) => item.how === how),
      scope,
      lang,
      say,
    );
    if (lines.length > 0) blocks.push(`**${say(how)}**`, lines.join('\n'));
  }
  if (spares.length > 0)
    blocks.push(
      `**${say('spares')}**`,
      waysOf(spares)
        .map((way) => `- ${capitalised(wayWords(way, lang))}`)
        .join('\n'),
    );
  return blocks;
}

/** The roles of all breaks where they agree. */
function sharedRoles({ signature: { breaks } }: Cause): Break['roles'] | undefined {
  const first = breaks[0]?.roles ?? [];
  const key = [...first].sort().join();
  return breaks.every(({ roles }) => [...roles].sort().join() === key) ? first : undefined;
}

/**
 * A line for what breaks alike. What breaks only at some place or under some circumstance stands together below that.
 * `scope`: undefined where the roles are told elsewhere.
 */
function breakLines(
  breaks: readonly Break[],
  scope: Cause['scope'] | undefined,
  lang: Lang,
  say: HandbookSay,
): string[] {
  const colon = lang === 'zh' ? '：' : ': ';
  return grouped(breaks, (item) => [[...item.roles].sort(), item.peers, item.when]).flatMap((group) => {
    const lines = grouped(group, ({ as }) => [...as].sort()).flatMap((alike) =>
      waysOf(alike.map(({ leg }) => leg)).map(
        (way) => `${capitalised(wayWords(way, lang))}${colon}${asWords(alike[0]!.as, lang)}`,
      ),
    );
    const where = placeOf(group[0]!, scope, lang, say);
    if (where === '') return lines.map((line) => `- ${line}`);
    return [`- ${capitalised(where)}${colon.trim()}`, ...lines.map((line) => `  - ${line}`)];
  });
}

/** Breaks of the same key stand together, in the order of the first. */
function grouped(breaks: readonly Break[], keyOf: (item: Break) => unknown): Break[][] {
  const groups = new Map<string, Break[]>();
  for (const item of breaks) {
    const key = JSON.stringify(keyOf(item));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** At what place and under what circumstances something breaks; empty where it does anywhere. */
function placeOf(item: Break, scope: Cause['scope'] | undefined, lang: Lang, say: HandbookSay): string {
  const role = scope === undefined ? undefined : roleWords(item.roles, scope, lang);
  const words = [
    role === undefined ? '' : lang === 'zh' ? `${role}时` : `where ${role}`,
    circumstanceWords(item.when, lang),
    item.peers === 'some' ? say('somePeers') : '',
  ].filter((one) => one !== '');
  return words.join(lang === 'zh' ? '，' : ', ');
}
