import type { Diagnosis } from '../engine/diagnosis.js';
import { escapeJson } from './sanitize.js';

type KeysOf<T> = T extends readonly (infer Element)[]
  ? KeysOf<Element>
  : T extends object
    ? { [K in keyof T & string]-?: K | KeysOf<T[K]> }[keyof T & string]
    : never;

/** The order in which keys are written, whoever built the object: the reader's order, verdict first. */
const KEYS = [
  'version',
  'lang',
  'rulebook',
  'outcome',
  'verdict',
  'complaint',
  'diagnoses',
  'notFaults',
  'rank',
  'id',
  'flow',
  'direction',
  'largeOnly',
  'seenAt',
  'missingAt',
  'count',
  'leg',
  'error',
  'at',
  'what',
  'cause',
  'category',
  'title',
  'subjects',
  'subject',
  'name',
  'value',
  'why',
  'when',
  'probability',
  'confidence',
  'mechanism',
  'because',
  'explains',
  'symptoms',
  'of',
  'legs',
  'evidence',
  'present',
  'weight',
  'statement',
  'symptom',
  'do',
  'on',
  'run',
  'risk',
  'undo',
  'expect',
  'alert',
  'expr',
  'for',
  'text',
  'collect',
  'reason',
  'gain',
  'cost',
  'separates',
  'facts',
  'fix',
  'persist',
  'verify',
  'prevent',
  'references',
  'alsoFound',
  'unexplained',
  'next',
  'captured',
  'timeline',
  'seen',
  'nodes',
  'pods',
  'services',
  'flows',
  'input',
  'recognised',
  'unrecognised',
  'problems',
  'source',
  'file',
  'line',
  'packet',
  'probe',
  'answer',
  'message',
] as const satisfies readonly KeysOf<Diagnosis>[];

type Forgotten = Exclude<KeysOf<Diagnosis>, (typeof KEYS)[number]>;

/** Does not compile where the diagnosis has a key that the order forgets: it would not be written. */
const ORDER: [Forgotten] extends [never] ? string[] : Forgotten = [...KEYS];

/**
 * The diagnosis as JSON, described by diagnosis.schema.json: stable key order, two-space indent, one trailing newline.
 * Control and direction characters are written as JSON escapes, so the answer may be read on a terminal.
 */
export function renderJson(diagnosis: Diagnosis): string {
  return `${escapeJson(JSON.stringify(diagnosis, ORDER, 2))}\n`;
}
