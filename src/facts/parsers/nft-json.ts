import type { NftChain, NftSet } from '../model.js';
import { shortOptions } from './command-words.js';
import type { JsonObject } from './json-shape.js';
import { isObject, numberOf, objectsOf, textOf, textsOf } from './json-shape.js';
import { nftJsonElement, nftJsonStatement } from './nft-json-words.js';
import { nftElement } from './nft-set-block.js';
import type { FactSink, Parser } from './parser.js';

const MOST_ELEMENTS = 262_144;

interface Place {
  family: string;
  table: string;
  name: string;
}

function placeOf(item: JsonObject, name: unknown): Place | undefined {
  const [family, table, own] = [textOf(item.family), textOf(item.table), textOf(name)];
  return family === undefined || table === undefined || own === undefined ? undefined : { family, table, name: own };
}

function chainOf(item: JsonObject, dormant: ReadonlySet<string>): NftChain | undefined {
  const place = placeOf(item, item.name);
  if (place === undefined) return undefined;
  const chain: NftChain = place;
  const [type, hook, policy] = [textOf(item.type), textOf(item.hook), textOf(item.policy)];
  const priority = numberOf(item.prio);
  const devices = textsOf(Array.isArray(item.dev) ? item.dev : [item.dev]);
  if (type !== undefined) chain.type = type;
  if (hook !== undefined) chain.hook = hook;
  if (priority !== undefined) chain.priority = priority;
  if (policy !== undefined) chain.policy = policy;
  if (devices.length > 0) chain.devices = devices;
  if (dormant.has(`${place.family} ${place.table}`)) chain.dormant = true;
  return chain;
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? textsOf(value).join(' . ') : (textOf(value) ?? ''));

function setOf(kind: NftSet['kind'], item: JsonObject, withElements: boolean): NftSet | undefined {
  const place = placeOf(item, item.name);
  if (place === undefined) return undefined;
  const set: NftSet = { ...place, kind, keyType: typeOf(item.type), flags: textsOf(item.flags) };
  if (kind === 'map') set.dataType = typeOf(item.map);
  if (!withElements) return set;
  const listed: readonly unknown[] = Array.isArray(item.elem) ? item.elem : [];
  set.elements = [];
  for (const one of listed.slice(0, MOST_ELEMENTS)) {
    const element = nftElement(nftJsonElement(one));
    if (element !== undefined) set.elements.push(element);
  }
  if (listed.length > MOST_ELEMENTS) set.incomplete = true;
  return set;
}

/** The objects under `nftables`; undefined where the text is no such JSON, or is cut. */
function itemsOf(text: string): JsonObject[] | undefined {
  try {
    const root: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    return isObject(root) && Array.isArray(root.nftables) ? objectsOf(root.nftables) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `nft -j list ruleset`: the records of the text's parser, each rule as nft prints it without `-j` but for what decides
 * nothing. nft prints it on one line, so that all come from line 1.
 */
export const nftJson: Parser = {
  id: 'nft-json',
  provides: ['nft-rule', 'nft-chain', 'nft-set'],
  reads: ({ program, args }) =>
    program === 'nft' && args.includes('list') && (shortOptions(args).has('j') || args.includes('--json')),
  recognises: (head) => head.some((line) => /^\{\s*"nftables"\s*:/.test(line)),
  parse({ text, command }, sink) {
    const items = itemsOf(text);
    if (items === undefined) {
      sink.problem(1, 'not the JSON of nft: malformed or cut');
      return;
    }
    const dormant = new Set<string>();
    for (const { table } of items)
      if (isObject(table) && typeOf(table.flags).includes('dormant'))
        dormant.add(`${textOf(table.family)} ${textOf(table.name)}`);
    const terse = shortOptions(command.args).has('t') || command.args.includes('--terse');
    const rules = new Map<string, string[]>();
    for (const { rule } of items) {
      const place = isObject(rule) ? placeOf(rule, rule.chain) : undefined;
      if (place === undefined || !isObject(rule)) continue;
      const key = `${place.family} ${place.table} ${place.name}`;
      const statements = Array.isArray(rule.expr) ? (rule.expr as unknown[]).map((one) => nftJsonStatement(one)) : [];
      const comment = textOf(rule.comment);
      if (comment !== undefined) statements.push(`comment "${comment.replaceAll('"', '')}"`);
      const known = rules.get(key);
      if (known === undefined) rules.set(key, [statements.join(' ')]);
      else known.push(statements.join(' '));
    }
    for (const { chain, set, map } of items) {
      if (isObject(chain)) record(chainOf(chain, dormant), rules, sink);
      const read = isObject(set) ? setOf('set', set, !terse) : isObject(map) ? setOf('map', map, !terse) : undefined;
      if (read !== undefined) sink.record('nft-set', read, 1);
    }
  },
};

/** A chain and its rules; a base chain without rules has one that is empty, as the text's parser gives it. */
function record(chain: NftChain | undefined, rules: ReadonlyMap<string, readonly string[]>, sink: FactSink): void {
  if (chain === undefined) return;
  sink.record('nft-chain', chain, 1);
  const { family, table, name, hook, policy } = chain;
  const base = { family, table, chain: name, ...(hook === undefined ? {} : { hook }) };
  const texts = rules.get(`${family} ${table} ${name}`) ?? (hook === undefined ? [] : ['']);
  for (const text of texts) sink.record('nft-rule', { ...base, ...(policy === undefined ? {} : { policy }), text }, 1);
}
