import type { JsonObject } from './json-shape.js';
import { isObject, numberOf, objectOf, textOf } from './json-shape.js';

/** Expressions within one another, above which a rule is no rule of a kernel. */
const MAX_DEPTH = 40;

/** What is not understood, as a word that no rule has. */
const UNKNOWN = '?';

/** A text as nft prints it: names with odd signs in quotes. */
const plain = (text: string): string => (/^@?[\w.:*/+-]+$/.test(text) ? text : `"${text.replaceAll('"', '')}"`);

function pair(value: unknown, depth: number, between: string): string {
  const [left, right] = Array.isArray(value) ? (value as unknown[]) : [];
  return `${words(left, depth)}${between}${words(right, depth)}`;
}

function list(value: unknown, depth: number, between: string): string {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => words(one, depth)).join(between);
}

/** An element of a set, or key and data of a map's. */
export function nftJsonElement(value: unknown, depth = 0): string {
  if (Array.isArray(value) && value.length === 2) return pair(value, depth + 1, ' : ');
  return words(value, depth + 1);
}

/** Fields that are objects of their own: `{"payload": {"protocol": "ip", "field": "saddr"}}` as `ip saddr`. */
function field(name: string, value: JsonObject, depth: number): string | undefined {
  const key = textOf(value.key) ?? UNKNOWN;
  const numbers = (): string =>
    `mod ${numberOf(value.mod) ?? 0}${numberOf(value.offset) ? ` offset ${numberOf(value.offset)}` : ''}`;
  switch (name) {
    case 'payload': {
      if (value.base !== undefined) return `@${textOf(value.base)},${numberOf(value.offset)},${numberOf(value.len)}`;
      return `${textOf(value.protocol) ?? UNKNOWN} ${textOf(value.field) ?? UNKNOWN}`;
    }
    case 'meta':
      return `meta ${key}`;
    case 'ct':
      return ['ct', textOf(value.dir), textOf(value.family), key].filter((word) => word !== undefined).join(' ');
    case 'rt':
    case 'socket':
    case 'osf':
      return `${name} ${key}`;
    case 'fib':
      return `fib ${list(value.flags, depth, ' . ')} ${textOf(value.result) ?? UNKNOWN}`;
    case 'numgen':
      return `numgen ${textOf(value.mode) ?? 'random'} ${numbers()}`;
    case 'jhash':
      return `jhash ${words(value.expr, depth)} ${numbers()}`;
    case 'symhash':
      return `symhash ${numbers()}`;
    case 'exthdr':
      return `exthdr ${textOf(value.name) ?? UNKNOWN}`;
    case 'tcp option':
      return `tcp option ${textOf(value.name) ?? UNKNOWN} ${textOf(value.field) ?? ''}`.trim();
    case 'map':
      return `${words(value.key, depth)} map ${words(value.data, depth)}`;
    case 'prefix':
      return `${textOf(value.addr) ?? UNKNOWN}/${numberOf(value.len) ?? UNKNOWN}`;
    case 'elem':
      return words(value.val, depth);
    case 'jump':
    case 'goto':
      return `${name} ${textOf(value.target) ?? UNKNOWN}`;
    default:
      return undefined;
  }
}

const VERDICTS: ReadonlySet<string> = new Set(['accept', 'drop', 'continue', 'return', 'notrack']);

/** An expression or verdict of `nft -j` (libnftables-json(5)) as nft prints it without `-j`. */
function words(value: unknown, above: number): string {
  const depth = above + 1;
  if (depth > MAX_DEPTH) return UNKNOWN;
  if (typeof value === 'string') return plain(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'exists' : 'missing';
  // Flags in a list: `ct state established,related`.
  if (Array.isArray(value)) return list(value, depth, ',');
  if (!isObject(value)) return UNKNOWN;
  const [entry] = Object.entries(value);
  if (entry === undefined) return UNKNOWN;
  const [name, inner] = entry;
  if (VERDICTS.has(name)) return name;
  switch (name) {
    case 'concat':
      return list(inner, depth, ' . ');
    case 'range':
      return pair(inner, depth, '-');
    case 'set':
      return `{ ${(Array.isArray(inner) ? (inner as unknown[]) : [inner]).map((one) => nftJsonElement(one, depth)).join(', ')} }`;
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>': {
      const [left, right] = Array.isArray(inner) ? (inner as unknown[]) : [];
      const operand = Array.isArray(right) ? `(${list(right, depth, '|')})` : words(right, depth);
      return `${words(left, depth)} ${name} ${operand}`;
    }
    default:
      return field(name, objectOf(inner), depth) ?? UNKNOWN;
  }
}

function translation(name: string, value: JsonObject): string {
  const family = textOf(value.family);
  const address = value.addr === undefined ? '' : words(value.addr, 0);
  const port = value.port === undefined ? '' : `:${words(value.port, 0)}`;
  const prefix = value.type_flags === 'prefix' ? ' prefix' : '';
  const to = address === '' && port === '' ? '' : ` to ${address}${port}`;
  const flags = value.flags === undefined ? '' : ` ${list(value.flags, 0, ',').replace('netmap', '').trim()}`;
  return `${name}${family === undefined ? '' : ` ${family}`}${prefix}${to}${flags}`.trimEnd();
}

/** A statement of a rule; what is not understood is a word that no rule has, so that it is a doubt and not a silence. */
export function nftJsonStatement(statement: unknown, depth = 0): string {
  if (!isObject(statement) || depth > MAX_DEPTH) return UNKNOWN;
  const [entry] = Object.entries(statement);
  if (entry === undefined) return UNKNOWN;
  const [name, inner] = entry;
  const value = objectOf(inner);
  switch (name) {
    case 'match': {
      const operator = textOf(value.op) ?? UNKNOWN;
      const left = words(value.left, 0);
      return `${left}${operator === 'in' ? '' : ` ${operator}`} ${words(value.right, 0)}`;
    }
    case 'counter':
    case 'log':
      return name;
    case 'limit': {
      if (typeof inner === 'string') return `limit name ${plain(inner)}`;
      const unit = textOf(value.rate_unit);
      const rate = `${numberOf(value.rate) ?? 0}${unit === undefined || unit === 'packets' ? '' : ` ${unit}`}`;
      return `limit rate ${value.inv === true ? 'over ' : ''}${rate}/${textOf(value.per) ?? 'second'}`;
    }
    case 'quota':
      if (typeof inner === 'string') return `quota name ${plain(inner)}`;
      return `quota ${value.inv === true ? 'over ' : ''}${numberOf(value.val) ?? 0} ${textOf(value.val_unit) ?? 'bytes'}`;
    case 'ct count':
      return `ct count${value.inv === true ? ' over' : ''} ${numberOf(value.val) ?? 0}`;
    case 'reject':
      return 'reject';
    case 'queue':
      return 'queue';
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
      return translation(name, value);
    case 'mangle': {
      const mtu = textOf(objectOf(objectOf(value.value).rt).key) === 'mtu';
      return `${words(value.key, 0)} set ${mtu ? 'rt mtu' : words(value.value, 0)}`;
    }
    case 'vmap':
      return `${words(value.key, 0)} vmap ${words(value.data, 0)}`;
    case 'set': {
      const more = Array.isArray(value.stmt)
        ? (value.stmt as unknown[]).map((one) => ` ${nftJsonStatement(one, depth + 1)}`)
        : [];
      return `${textOf(value.op) ?? 'add'} ${textOf(value.set) ?? UNKNOWN} { ${words(value.elem, 0)}${more.join('')} }`;
    }
    case 'xt':
      return `xt ${textOf(value.type) ?? UNKNOWN} "${(textOf(value.name) ?? UNKNOWN).replaceAll('"', '')}"`;
    case 'flow':
      return `flow ${textOf(value.op) ?? 'add'} ${textOf(value.flowtable) ?? UNKNOWN}`;
    case 'ct helper':
    case 'ct timeout':
    case 'ct expectation':
      return `${name} set ${textOf(inner) === undefined ? UNKNOWN : `"${textOf(inner)!.replaceAll('"', '')}"`}`;
    case 'synproxy':
    case 'tproxy':
    case 'fwd':
      return name;
    default:
      return words(statement, 0);
  }
}
