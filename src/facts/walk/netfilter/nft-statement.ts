import type { NftSet } from '../../model.js';
import { nftElements } from '../../parsers/nft-set-block.js';
import type { Translation } from './base-chain.js';
import type { NftField } from './nft-field.js';
import { nftField } from './nft-field.js';
import { NftLookup } from './nft-lookup.js';
import { nftMapped } from './nft-map.js';
import { nftMarkChange } from './nft-mark.js';
import { nftMatch } from './nft-match.js';
import { passNote, passRate } from './nft-notes.js';
import type { NftOption, NftStatement } from './nft-rule.js';
import { DOES_WHAT } from './nft-rule.js';
import { translationOf, translationTo } from './nft-translation.js';
import { nftNumber } from './nft-value.js';
import { nftVerdict } from './nft-verdict.js';
import { NftWords, nftWords } from './nft-words.js';

const PERHAPS: NftStatement = { do: 'match', test: () => 'maybe' };
const NEVER: NftStatement = { do: 'match', test: () => 'no' };

/** Words with which a statement begins: where reading goes on after what is not understood. */
const STATEMENTS: ReadonlySet<string> = new Set([
  ...['accept', 'drop', 'reject', 'return', 'continue', 'jump', 'goto', 'queue', 'dnat', 'snat', 'masquerade'],
  ...['redirect', 'notrack', 'counter', 'log', 'comment', 'limit', 'vmap', 'xt', '#'],
]);

/** Targets of xtables that neither decide on a packet nor change what a rule asks for. */
const HARMLESS_TARGETS: ReadonlySet<string> = new Set([
  ...['LOG', 'NFLOG', 'ULOG', 'TRACE', 'AUDIT', 'CLASSIFY', 'CONNSECMARK', 'SECMARK', 'CHECKSUM', 'DSCP', 'TOS'],
  ...['TTL', 'IDLETIMER', 'LED', 'RATEEST', 'HMARK', 'SET', 'TEE'],
]);

/** Fields of the headers of which a change matters to the packet's way. */
const WAY_FIELDS: ReadonlySet<string> = new Set(['saddr', 'daddr', 'sport', 'dport', 'protocol']);

/** Reads one rule: its statements in their order. What is not understood costs the rule its certainty, and no other rule. */
export class NftRuleReader {
  readonly #words: NftWords;
  readonly #setOf: (name: string) => Pick<NftSet, 'elements' | 'incomplete'> | undefined;
  readonly #lookups: Map<string, NftLookup>;
  #blind = false;

  /**
   * @param setOf the named set of the rule's table.
   * @param lookups of the table's named sets, kept between rules, by name and kinds of the keys.
   */
  constructor(
    text: string,
    setOf: (name: string) => Pick<NftSet, 'elements' | 'incomplete'> | undefined,
    lookups: Map<string, NftLookup>,
  ) {
    this.#words = new NftWords(nftWords(text));
    this.#setOf = setOf;
    this.#lookups = lookups;
  }

  read(): readonly NftStatement[] {
    const statements: NftStatement[] = [];
    while (!this.#words.done) {
      const at = this.#words.at;
      const statement = this.#statement();
      if (statement === 'nothing') continue;
      if (statement !== undefined) {
        statements.push(statement);
        if (statement.do === 'end') return statements;
        continue;
      }
      this.#words.back(at);
      statements.push(PERHAPS);
      this.#pass();
      if (this.#words.peek() === 'vmap') statements.push(this.#verdictMap([{ kind: 'other', read: () => undefined }]));
    }
    if (this.#blind) statements.push(DOES_WHAT);
    return statements;
  }

  /** Passes over what is not understood, up to the next statement. */
  #pass(): void {
    const words = this.#words;
    let sets = false;
    do {
      if (words.peek() === '{') words.braced();
      else if (words.next() === 'set') sets = true;
    } while (!words.done && !STATEMENTS.has(words.peek()!));
    // What sets something of a packet is no verdict.
    if (!sets) this.#blind = true;
  }

  #statement(): NftStatement | 'nothing' | undefined {
    const words = this.#words;
    const first = words.peek()!;
    if (words.peek(1) === 'set' || (words.peek(2) === 'set' && first !== 'set')) return this.#change();
    switch (first) {
      case 'accept':
      case 'drop':
      case 'return':
      case 'continue':
      case 'queue':
        return this.#end({ verdict: nftVerdict(words.next()), certainty: 'yes' });
      case 'reject':
        words.next();
        return this.#end({ verdict: { kind: 'reject' }, certainty: 'yes' });
      case 'jump':
      case 'goto':
        words.next();
        return this.#end({ verdict: nftVerdict(`${first} ${words.next() ?? ''}`.trim()), certainty: 'yes' });
      case 'dnat':
      case 'snat':
      case 'masquerade':
      case 'redirect':
        words.next();
        return this.#translation(first);
      case 'notrack':
        words.next();
        return {
          do: 'change',
          apply: (state) => ({ ...state, packet: { ...state.packet, state: 'UNTRACKED' }, changed: true }),
        };
      case 'synproxy':
      case 'tproxy':
      case 'fwd':
        return DOES_WHAT;
      case 'xt':
      case '#':
        words.next();
        words.take('xt');
        return this.#xtables(words.next(), words.next());
      case 'ct':
        if (words.peek(1) !== 'count') return this.#condition();
        words.next();
        passRate(words, true);
        return PERHAPS;
      case 'limit':
      case 'quota':
        passRate(words);
        return PERHAPS;
      case 'tcp':
        return words.peek(1) === 'option' ? this.#segmentSize() : this.#condition();
      case 'meter':
        while (!words.done && words.peek() !== '{') words.next();
        words.braced();
        return PERHAPS;
      case 'add':
      case 'update':
      case 'delete':
        return this.#setUpdate();
      case 'counter':
      case 'log':
      case 'comment':
      case 'last':
      case 'dup':
      case 'flow':
      case 'reset':
        passNote(words);
        return 'nothing';
      default:
        return this.#condition();
    }
  }

  #end(option: NftOption): NftStatement {
    return { do: 'end', options: () => [option] };
  }

  /** `update @seen { ip saddr limit rate 1/second }`: a condition only where it counts. */
  #setUpdate(): NftStatement | 'nothing' | undefined {
    const words = this.#words;
    words.next();
    if (!words.next()?.startsWith('@') || words.peek() !== '{') return undefined;
    return /(?:^| )(?:limit|quota|count) /.test(words.braced()) ? PERHAPS : 'nothing';
  }

  #xtables(kind: string | undefined, quoted: string | undefined): NftStatement | 'nothing' | undefined {
    const name = (quoted ?? '').replaceAll('"', '');
    if (kind === 'match') return name === 'comment' ? 'nothing' : PERHAPS;
    if (kind !== 'target') {
      this.#blind = true;
      return PERHAPS;
    }
    if (name === 'MASQUERADE') return this.#end({ ...ACCEPTED, translation: { kind: 'masquerade' } });
    if (name === 'REJECT') return this.#end({ verdict: { kind: 'reject' }, certainty: 'yes' });
    if (name === 'MARK')
      return {
        do: 'change',
        apply: (state) => ({ ...state, packet: { ...state.packet, mark: undefined }, changed: true }),
      };
    return HARMLESS_TARGETS.has(name) ? 'nothing' : DOES_WHAT;
  }

  #segmentSize(): NftStatement | 'nothing' | undefined {
    const words = this.#words;
    const isSize = words.peek(2) === 'maxseg' && words.peek(3) === 'size' && words.peek(4) === 'set';
    if (!isSize) return undefined;
    for (let i = 0; i < 5; i += 1) words.next();
    const value = words.next() ?? '';
    const mss =
      value === 'rt' && words.take('mtu') !== undefined ? 'pmtu' : /^\d{1,5}$/.test(value) ? Number(value) : undefined;
    if (mss === undefined) return 'nothing';
    return {
      do: 'change',
      apply: (state) => (state.packet.proto === 'tcp' ? { ...state, mss, changed: true } : undefined),
    };
  }

  /** `meta mark set …`, `ct mark set …`, `ip dscp set cs1`. */
  #change(): NftStatement | 'nothing' | undefined {
    const words = this.#words;
    const first = words.next()!;
    const key = first === 'mark' || words.peek() === 'set' ? first : words.next()!;
    words.next();
    const header = first === 'meta' || first === 'ct' || first === key ? undefined : first;
    if (header === undefined && key === 'mark') {
      const reader = { fields: () => this.#fields(), lookup: (fields: readonly NftField[]) => this.#lookup(fields) };
      return nftMarkChange(words, first === 'ct' ? 'connmark' : 'mark', reader, (word) => STATEMENTS.has(word));
    }
    if (header !== undefined && WAY_FIELDS.has(key)) return DOES_WHAT;
    if (words.peek() === '{') return undefined;
    words.next();
    while (!words.done && !STATEMENTS.has(words.peek()!)) words.next();
    return 'nothing';
  }

  /** Fields that a dot joins; undefined where one is not known. */
  #fields(): NftField[] | undefined {
    const fields: NftField[] = [];
    do {
      const field = nftField(this.#words, nftNumber);
      if (field === undefined) return undefined;
      fields.push(field);
    } while (this.#words.take('.') !== undefined);
    return fields;
  }

  #condition(): NftStatement | undefined {
    const fields = this.#fields();
    if (fields === undefined) return undefined;
    if (this.#words.peek() === 'vmap') return this.#verdictMap(fields);
    return nftMatch(
      this.#words,
      fields,
      () => this.#lookup(fields),
      // `ct status dnat` is no translation.
      (word) => STATEMENTS.has(word) && fields[0]!.kind !== 'status',
    );
  }

  /** The set that comes next, named or in braces. A named one that the output lacks may hold anything. */
  #lookup(fields: readonly NftField[]): NftLookup | undefined {
    const words = this.#words;
    const word = words.peek();
    if (word === '{') return new NftLookup(fields, { elements: nftElements(`{${words.braced()}}`).elements });
    if (!word?.startsWith('@')) return undefined;
    words.next();
    const key = `${word} ${fields.map(({ kind }) => kind).join(' ')}`;
    let lookup = this.#lookups.get(key);
    if (lookup === undefined) {
      lookup = new NftLookup(fields, this.#setOf(word.slice(1)) ?? {});
      this.#lookups.set(key, lookup);
    }
    return lookup;
  }

  #verdictMap(fields: readonly NftField[]): NftStatement {
    this.#words.next();
    return nftMapped(fields, this.#lookup(fields), (data) => ({ verdict: nftVerdict(data) }));
  }

  #translation(kind: Translation['kind']): NftStatement {
    const words = this.#words;
    const family = words.take('ip', 'ip6', 'inet');
    if (family === 'ip6') return NEVER;
    if (words.take('prefix', 'interval') !== undefined) return DOES_WHAT;
    if (words.take('addr') !== undefined && words.take('.') !== undefined) words.take('port');
    if (words.take('to') === undefined)
      return kind === 'masquerade' || kind === 'redirect'
        ? this.#end({ ...ACCEPTED, translation: { kind } })
        : DOES_WHAT;
    const target = words.peek() ?? '';
    if (target.startsWith('[')) return NEVER;
    if (/^[\d:]/.test(target)) {
      words.next();
      while (/^(?:(?:fully-)?random|persistent|,)+$/.test(words.peek() ?? '')) words.next();
      const translation = translationTo(kind, target);
      const isWhole = words.done || words.peek() === 'comment';
      return translation === undefined || !isWhole ? DOES_WHAT : this.#end({ ...ACCEPTED, translation });
    }
    const fields = this.#fields();
    if (fields === undefined || words.take('map') === undefined) return DOES_WHAT;
    return nftMapped(fields, this.#lookup(fields), (data) => {
      const translation = data === undefined ? undefined : translationOf(kind, data);
      return translation === undefined
        ? { verdict: { kind: 'unknown' } }
        : { verdict: { kind: 'accept' }, translation };
    });
  }
}

const ACCEPTED: NftOption = { verdict: { kind: 'accept' }, certainty: 'yes' };
