import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Answer } from '../ask/interview.js';
import { sanitize } from '../report/sanitize.js';
import type { AskSay } from './ask-words.js';
import { UsageError } from './usage-error.js';

/** An answer with the line where it stands, from 1. */
export interface FiledAnswer extends Answer {
  line: number;
}

/** Pasted outputs included. */
const LARGEST_MB = 16;

/**
 * The answers of a YAML or JSON text: a list of answers, `answers:` with such a list or a mapping, or a mapping of
 * question ids to values. `name` is what errors call it. Throws UsageError with file and line.
 */
export function parseAnswers(text: string, name: string, say: AskSay): FiledAnswer[] {
  if (text.length > LARGEST_MB * 1024 * 1024) {
    throw new UsageError(say('answersTooLarge', { file: sanitize(name), mb: LARGEST_MB }));
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, strict: true });
  const fail = (offset: number, message: string): never => {
    const { line } = counter.linePos(offset);
    throw new UsageError(sanitize(`${name}:${Math.max(line, 1)}: ${message}`));
  };
  const error = document.errors[0];
  if (error !== undefined) fail(error.pos[0], error.message.split('\n', 1)[0]!.replace(/ at line \d+.*$/, ''));
  const reader = new AnswersReader(fail, (offset) => counter.linePos(offset).line, say);
  return reader.read(document.contents);
}

type Fail = (offset: number, message: string) => never;

class AnswersReader {
  readonly #fail: Fail;
  readonly #lineOf: (offset: number) => number;
  readonly #say: AskSay;
  readonly #answers = new Map<string, FiledAnswer>();

  constructor(fail: Fail, lineOf: (offset: number) => number, say: AskSay) {
    this.#fail = fail;
    this.#lineOf = lineOf;
    this.#say = say;
  }

  read(contents: unknown): FiledAnswer[] {
    if (contents === null) return [];
    const top = this.#node(contents, 0);
    const inner = isMap(top) && top.has('answers') ? top.get('answers', true) : top;
    const list = this.#node(inner, offsetOf(top));
    if (isSeq(list)) for (const item of list.items) this.#item(this.#node(item, offsetOf(list)));
    else if (isMap(list)) for (const pair of list.items) this.#pair(pair);
    else if (!(isScalar(list) && list.value === null)) this.#fail(offsetOf(list), this.#say('answersShape'));
    return [...this.#answers.values()];
  }

  /** `{question: …, value: …, pasted: …}` */
  #item(item: Node): void {
    if (!isMap(item)) this.#fail(offsetOf(item), this.#say('answersShape'));
    const map = item as YAMLMap;
    const fields = this.#fields(map, ['question', 'value', 'pasted']);
    if (fields.question === undefined) this.#fail(offsetOf(map), this.#say('answersNoQuestion'));
    this.#add(offsetOf(map), fields.question!, fields);
  }

  /** `question-id: value`, or `question-id: {value: …, pasted: …}` */
  #pair(pair: Pair): void {
    const key = this.#node(pair.key, 0);
    const question = this.#text(key, 'question');
    if (pair.value === null) this.#fail(offsetOf(key), this.#say('answersNoValue'));
    const value = this.#node(pair.value, offsetOf(key));
    if (isMap(value)) this.#add(offsetOf(key), question, this.#fields(value, ['value', 'pasted']));
    else this.#add(offsetOf(key), question, { value: this.#text(value, question) });
  }

  #fields(map: YAMLMap, known: readonly string[]): { question?: string; value?: string; pasted?: string } {
    const fields: Record<string, string> = {};
    for (const pair of map.items) {
      const keyNode = this.#node(pair.key, offsetOf(map));
      const key = this.#text(keyNode, 'key');
      if (!known.includes(key)) this.#fail(offsetOf(keyNode), this.#say('answersKey', { key }));
      fields[key] = this.#text(this.#node(pair.value, offsetOf(keyNode)), key);
    }
    return fields;
  }

  #add(offset: number, question: string, { value, pasted }: { value?: string; pasted?: string }): void {
    const line = this.#lineOf(offset);
    if (value === undefined && pasted === undefined) this.#fail(offset, this.#say('answersNoValue'));
    const before = this.#answers.get(question);
    if (before !== undefined) this.#fail(offset, this.#say('answersTwice', { question, line: before.line }));
    this.#answers.set(question, {
      question,
      ...(value === undefined ? {} : { value }),
      ...(pasted === undefined ? {} : { pasted }),
      line,
    });
  }

  #node(node: unknown, near: number): Node {
    if (isAlias(node)) this.#fail(offsetOf(node), this.#say('answersAlias'));
    if (isMap(node) || isSeq(node) || isScalar(node)) return node;
    return this.#fail(near, this.#say('answersShape'));
  }

  /** What was written, whatever YAML makes of it: `true` and `false` are yes and no, `010` stays `010`. */
  #text(node: Node, key: string): string {
    if (!isScalar(node)) return this.#fail(offsetOf(node), this.#say('answersText', { key }));
    if (typeof node.value === 'string') return node.value;
    if (typeof node.value === 'boolean') return node.value ? 'yes' : 'no';
    if (node.value === null) return this.#fail(offsetOf(node), this.#say('answersNoValue'));
    return node.source ?? String(node.value);
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
