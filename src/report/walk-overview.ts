import type { Lang } from '../engine/rulebook/types.js';
import type { WalkVerdict } from '../facts/walk/result.js';
import { agrees, type WalkedFlow } from '../facts/walk/walked-flow.js';
import { Page } from './page.js';
import { clip } from './sanitize.js';
import { dropWords } from './walk-drop-words.js';
import { byText, decidingEnd, endsOnTheWayBack, flowLine, happenedText } from './walk-phrases.js';
import { type WalkTextOptions, WalkWriter } from './walk-text.js';
import { type WalkSay, walkWordsOf } from './walk-words.js';

/** Flows of a group whose names are shown, unless all are asked for; groups that are shown; groups with a path. */
const SHOWN = { flows: 8, groups: 20, paths: 3, commands: 3 } as const;
/** Groups of one verdict that are kept apart: a list may have as many as it has flows. */
const MAX_GROUPS = 200;
const ORDER: readonly WalkVerdict[] = ['dropped', 'varies', 'unknown', 'delivered'];

/** The group that a walk is of. */
interface Place {
  verdict: WalkVerdict;
  key: string;
  title: string;
  /** The title of a group whose walks have different ones. */
  general: string;
}

interface Group {
  verdict: WalkVerdict;
  title: string;
  count: number;
  first: WalkedFlow;
  /** Each with what happened. */
  flows: string[];
  /** Whether what the state delivers failed, or the other way round. */
  surprise: boolean;
}

/**
 * Many walks for a person, grouped by what decides. It takes them one after another and keeps of each group one walk and
 * some names, so that a list may be long.
 */
export class WalkOverview {
  readonly #options: WalkTextOptions;
  readonly #say: WalkSay;
  readonly #lang: Lang;
  readonly #groups = new Map<string, Group>();
  readonly #groupsOf = new Map<WalkVerdict, number>();
  #count = 0;

  constructor(options: WalkTextOptions) {
    this.#options = options;
    this.#lang = options.lang;
    this.#say = walkWordsOf(options.lang);
  }

  add(walked: WalkedFlow): void {
    this.#count += 1;
    const place = this.#place(walked);
    const surprise = agrees(walked) === false;
    const { verdict } = place;
    let key = surprise ? `!${place.key}` : place.key;
    let { title } = place;
    const known = this.#groupsOf.get(verdict) ?? 0;
    if (!this.#groups.has(key) && known >= MAX_GROUPS) {
      key = `…${verdict}`;
      title = this.#say('groupOthers');
    }
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { verdict, title, count: 0, first: walked, flows: [], surprise };
      this.#groups.set(key, group);
      this.#groupsOf.set(verdict, known + 1);
    } else if (group.title !== title) group.title = place.general;
    group.count += 1;
    // What is no flow has no ends to name.
    if ('malformed' in walked && walked.malformed) return;
    if (!this.#options.verbose && group.flows.length >= SHOWN.flows) return;
    const happened = happenedText(walked, this.#lang);
    const line = flowLine(walked, this.#say);
    group.flows.push(happened === undefined ? line : `${line}${this.#lang === 'zh' ? '：' : ': '}${happened}`);
  }

  toString(): string {
    const page = new Page(this.#options.width, this.#options.color);
    const groups = [...this.#groups.values()].sort(
      (a, b) =>
        ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
        Number(b.surprise) - Number(a.surprise) ||
        b.count - a.count,
    );
    const worst = groups[0]?.verdict;
    page.verdict(
      this.#say('overview', { n: this.#count, parts: this.#parts(groups) }),
      worst === 'dropped' ? 'diagnosed' : worst === 'delivered' ? 'healthy' : 'insufficient',
    );
    const shown = this.#options.verbose ? groups : groups.slice(0, SHOWN.groups);
    for (const group of shown) this.#group(page, group);
    if (groups.length > shown.length)
      page.paragraph(this.#say('more', { n: groups.length - shown.length }), 0, 'faint');
    const writer = new WalkWriter(page, this.#options);
    const bad = shown.filter(({ verdict, surprise }) => verdict !== 'delivered' || surprise);
    for (const { first } of bad.filter((group) => 'result' in group.first).slice(0, SHOWN.paths)) {
      if (!('result' in first)) continue;
      page.heading(this.#say('example', { flow: flowLine(first, this.#say) }));
      writer.path(first.result);
    }
    return page.toString();
  }

  #parts(groups: readonly Group[]): string {
    const keys = { dropped: 'nDropped', varies: 'nVaries', unknown: 'nUnknown', delivered: 'nDelivered' } as const;
    const parts: string[] = [];
    for (const verdict of ORDER) {
      const n = groups.filter((group) => group.verdict === verdict).reduce((sum, { count }) => sum + count, 0);
      if (n > 0) parts.push(this.#say(keys[verdict], { n }));
    }
    return parts.join(this.#say('comma'));
  }

  #place(walked: WalkedFlow): Place {
    if (!('result' in walked)) {
      const title = this.#say('groupUnresolved', { by: clip(walked.why, 300) });
      return { verdict: 'unknown', key: title, title, general: title };
    }
    const { result } = walked;
    const { verdict } = result;
    if (verdict === 'delivered') {
      const title = this.#say(result.beyond === undefined ? 'groupDelivered' : 'groupBeyond');
      return { verdict, key: title, title, general: title };
    }
    const deciding = result.branches?.find((branch) => branch.verdict === 'dropped');
    const branch = verdict === 'varies' && deciding !== undefined ? deciding : result;
    const end = decidingEnd(branch);
    const words = endsOnTheWayBack(branch) ? 'groupDroppedBack' : 'groupDropped';
    const kind = verdict === 'varies' ? 'groupVaries' : verdict === 'unknown' ? 'groupUnknown' : words;
    const title = this.#say(kind, { at: end.at, by: byText(end, this.#say, this.#lang) });
    // What no line of the input decides is told in words of the flow itself: alike is what ends for one reason in one place.
    if (end.source !== undefined || end.reason === undefined) return { verdict, key: title, title, general: title };
    const general = this.#say(kind, { at: end.at, by: dropWords(end.reason, this.#lang).what });
    return { verdict, key: general, title, general };
  }

  #group(page: Page, { verdict, title, count, first, flows, surprise }: Group): void {
    const delivered = verdict === 'delivered';
    const named = surprise ? this.#say(delivered ? 'groupButFailed' : 'groupButWorked', { title }) : title;
    page.heading(this.#lang === 'zh' ? `${named}（${count}）` : `${named} (${count})`);
    const reason = 'result' in first ? decidingEnd(first.result).reason : undefined;
    if (reason !== undefined && !delivered) page.paragraph(dropWords(reason, this.#lang).next, 2);
    if (surprise) {
      page.paragraph(this.#say(delivered ? 'outsideCause' : 'hiddenCause'), 2);
      if (delivered) page.paragraph(this.#say('nextDelivered'), 2);
    }
    // What would tell: once for all that hang on it.
    const collect = 'result' in first && verdict === 'unknown' ? first.result.missing.map((one) => one.collect) : [];
    const commands = [...new Set(collect)].filter((one) => one !== undefined).slice(0, SHOWN.commands);
    if (commands.length > 0) page.paragraph(this.#say('learn'), 2);
    for (const command of commands) page.command(command, 6);
    for (const flow of flows) page.item('-', flow, 2);
    if (count > flows.length && flows.length > 0)
      page.paragraph(this.#say('more', { n: count - flows.length }), 2, 'faint');
  }
}

/** What is said where no flow was walked: none was tried, or all that were tried worked. */
export function renderNothingWalked(tried: number, { color, width, lang }: WalkTextOptions): string {
  const say = walkWordsOf(lang);
  const page = new Page(width, color);
  if (tried === 0) page.verdict(say('nothingTried'), 'insufficient');
  else page.verdict(say('nothingFailed', { n: tried }), 'healthy');
  page.paragraph(say('nothingHint'));
  return page.toString();
}
