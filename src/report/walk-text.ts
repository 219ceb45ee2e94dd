import type { Lang } from '../engine/rulebook/types.js';
import type { Subject } from '../facts/model.js';
import type { MissingKnowledge, WalkBranch, WalkResult, WalkStep } from '../facts/walk/result.js';
import { agrees, type WalkedFlow } from '../facts/walk/walked-flow.js';
import { Page } from './page.js';
import { sourceText } from './phrases.js';
import { clip } from './sanitize.js';
import { dropWords } from './walk-drop-words.js';
import { decidingEnd, flowLine, happenedText, verdictText, wayText } from './walk-phrases.js';
import { stepText } from './walk-step-words.js';
import { type WalkSay, walkWordsOf } from './walk-words.js';

export interface WalkTextOptions {
  color: boolean;
  /** Columns of the terminal. */
  width: number;
  lang: Lang;
  /** Whether chains that the packet merely passes are steps of their own, and nothing is left out. */
  verbose: boolean;
}

/** Of a list, unless all is asked for. */
const SHOWN = { missing: 6, ways: 8, labels: 8, chains: 6 } as const;
/** Characters of a rule or route. */
const RULE_LENGTH = 300;

/** One walk for a person: the verdict in the first line, then what to do about it, then the path. */
export function renderWalk(walked: WalkedFlow, options: WalkTextOptions): string {
  const page = new Page(options.width, options.color);
  const writer = new WalkWriter(page, options);
  if ('result' in walked) writer.walk(walked, walked.result);
  else {
    page.verdict(writer.say('unresolved', { why: walked.why }), 'insufficient');
    page.paragraph(flowLine(walked, writer.say), 0, 'faint');
    writer.happened(walked);
  }
  return page.toString();
}

/** Writes walks on a page. */
export class WalkWriter {
  readonly say: WalkSay;
  readonly #page: Page;
  readonly #lang: Lang;
  readonly #verbose: boolean;

  constructor(page: Page, { lang, verbose }: Pick<WalkTextOptions, 'lang' | 'verbose'>) {
    this.#page = page;
    this.#lang = lang;
    this.#verbose = verbose;
    this.say = walkWordsOf(lang);
  }

  walk(walked: WalkedFlow, result: WalkResult): void {
    this.#page.verdict(verdictText(result, this.say, this.#lang), outcomeOf(result));
    this.#page.paragraph(flowLine(walked, this.say), 0, 'faint');
    this.happened(walked);
    this.next(walked, result);
    this.#missing(result);
    this.#ways(result.branches ?? []);
    this.path(result);
  }

  happened(walked: WalkedFlow): void {
    const what = happenedText(walked, this.#lang);
    if (what === undefined) return;
    const agreed = agrees(walked);
    const key = agreed === undefined ? 'happened' : agreed ? 'happenedAsPredicted' : 'happenedOtherwise';
    this.#page.paragraph(this.say(key, { what }));
  }

  /** Why it ends and what to look at, where it is known why; the state's limits where it does not tell. */
  next(walked: WalkedFlow, result: WalkResult): void {
    const worst = result.branches?.find(({ verdict }) => verdict === 'dropped') ?? result;
    const { reason } = result.reason === undefined ? decidingEnd(worst) : result;
    const page = this.#page;
    if (result.verdict === 'unknown' && result.otherwise !== undefined)
      page.paragraph(this.say(result.otherwise === 'delivered' ? 'otherwiseDelivered' : 'otherwiseDropped'));
    const surprise = agrees(walked) === false;
    if (reason === undefined && !surprise) return;
    page.heading(this.say('next'));
    if (reason !== undefined && result.verdict !== 'delivered') {
      const { what, next } = dropWords(reason, this.#lang);
      page.paragraph(`${what[0]?.toUpperCase()}${what.slice(1)}${this.#lang === 'zh' ? '。' : '.'}`, 2);
      page.paragraph(next, 2);
    }
    if (surprise && result.verdict === 'delivered') {
      page.paragraph(this.say('outsideCause'), 2);
      page.paragraph(this.say('nextDelivered'), 2);
    } else if (surprise) page.paragraph(this.say('hiddenCause'), 2);
  }

  #missing({ verdict, missing }: WalkResult): void {
    if (missing.length === 0) return;
    this.#page.heading(this.say(verdict === 'unknown' || verdict === 'varies' ? 'missing' : 'assumed'));
    const shown = this.#verbose ? missing : missing.slice(0, SHOWN.missing);
    for (const one of shown) this.#missingPiece(one);
    this.#more(missing.length - shown.length, 2);
  }

  #missingPiece({ on, what, source, collect }: MissingKnowledge): void {
    const where = source === undefined ? '' : sourceText(source);
    const piece = clip(what, RULE_LENGTH);
    const text =
      where === '' || what.includes(where)
        ? this.say('missingOn', { on, what: piece })
        : this.say('missingOnSource', { on, what: piece, source: where });
    this.#page.item('-', text, 2);
    if (collect !== undefined) this.#page.command(collect, 6);
  }

  /** Ways that end alike are one line. */
  #ways(branches: readonly WalkBranch[]): void {
    if (branches.length < 2) return;
    const alike = new Map<string, string[]>();
    for (const branch of branches) {
      const text = wayText(branch, this.say, this.#lang);
      const labels = alike.get(text);
      if (labels === undefined) alike.set(text, [branch.label]);
      else labels.push(branch.label);
    }
    const page = this.#page;
    page.heading(this.say('ways', { n: branches.length }));
    const kinds = [...alike];
    const shown = this.#verbose ? kinds : kinds.slice(0, SHOWN.ways);
    for (const [verdict, labels] of shown) {
      page.item('-', this.say('waysAlike', { n: labels.length, of: branches.length, verdict }), 2);
      const named = labels.filter((label) => label !== '').map((label) => clip(label, RULE_LENGTH));
      const told = this.#verbose ? named : named.slice(0, SHOWN.labels);
      if (told.length > 0) page.paragraph(told.join(this.say('comma')), 4, 'faint');
      this.#more(named.length - told.length, 4);
    }
    this.#more(kinds.length - shown.length, 2);
  }

  /** There and back, numbered through. */
  path(result: WalkResult): void {
    // Of several ways the one that stands for them is shown.
    const branch = result.branches?.find(({ steps }) => steps === result.steps) ?? result;
    this.#page.heading(
      branch.label === '' ? this.say('there') : this.say('thereOf', { label: clip(branch.label, RULE_LENGTH) }),
    );
    const last = this.#steps(branch.steps, 0);
    if (branch.reply === undefined) {
      this.#end(branch);
      return;
    }
    this.#page.heading(this.say('back'));
    this.#steps(branch.reply.steps, last);
    this.#end(branch);
  }

  #end(branch: WalkBranch): void {
    if (branch.verdict === 'delivered') return;
    this.#page.item(branch.verdict === 'dropped' ? '✗' : '?', wayText(branch, this.say, this.#lang), 4, 'strong');
  }

  #steps(steps: readonly WalkStep[], before: number): number {
    const page = this.#page;
    if (steps.length === 0) page.paragraph(this.say('noSteps'), 2, 'faint');
    let number = before;
    let on: Subject | undefined;
    let packet: string | undefined;
    for (let i = 0; i < steps.length; i += 1) {
      const step = steps[i]!;
      if (step.on !== on) page.label(step.on, 2);
      on = step.on;
      if (step.kind === 'passed-chain' && !this.#verbose) {
        const first = i;
        while (steps[i + 1]?.kind === 'passed-chain' && steps[i + 1]!.on === on) i += 1;
        page.paragraph(this.#passed(steps.slice(first, i + 1)), 7, 'faint');
        continue;
      }
      number += 1;
      page.item(`${number}.`, clip(stepText(step, this.#lang), RULE_LENGTH), 4);
      const source = step.source === undefined ? '' : sourceText(step.source);
      const text = step.text === undefined ? '' : clip(step.text, RULE_LENGTH);
      const decided = source === '' ? text : `${text} (${source})`.trimStart();
      if (decided !== '') page.paragraph(decided, 7, 'faint');
      if (step.packet !== packet) page.paragraph(step.packet, 7);
      packet = step.packet;
    }
    return number;
  }

  #passed(steps: readonly WalkStep[]): string {
    const chains = steps.map((step) => step.detail.chain ?? step.hook ?? step.text ?? '?');
    if (chains.length > SHOWN.chains) return this.say('passedMany', { n: chains.length });
    return this.say('passed', { chains: clip(chains.join(this.say('comma')), RULE_LENGTH) });
  }

  #more(n: number, indent: number): void {
    if (n > 0) this.#page.paragraph(this.say('more', { n }), indent, 'faint');
  }
}

function outcomeOf({ verdict }: WalkResult): 'diagnosed' | 'healthy' | 'insufficient' {
  if (verdict === 'dropped') return 'diagnosed';
  return verdict === 'delivered' ? 'healthy' : 'insufficient';
}
