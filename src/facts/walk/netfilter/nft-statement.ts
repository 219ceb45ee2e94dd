import type { NftSet } from '../../model.js';
import { nftElements } from '../../parsers/nft-set-block.js';
import type { Translation } from './base-chain.js';
import type { NftField } from './nft-field.js';
import { isOperator, nftField } from './nft-field.js';
import { NftLookup } from './nft-lookup.js';
import { nftMatch } from './nft-match.js';
import type { NftOption, NftState, NftStatement } from './nft-rule.js';
import { translationOf, translationTo } from './nft-translation.js';
import type { NftKind } from './nft-value.js';
import { flagsOf, nftConstant } from './nft-value.js';
import { nftVerdict } from './nft-verdict.js';
import { NftWords, nftWords } from './nft-words.js';

const PERHAPS: NftStatement = { do: 'match', test: () => 'maybe' };
const DOES_WHAT: NftStatement = { do: 'end', options: () => [{ verdict: { kind: 'unknown' }, certainty: 'yes' }] };
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
        return this.#perhaps(1);
      case 'limit':
      case 'quota':
        return this.#perhaps(0);
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
        this.#note();
        return 'nothing';
      default:
        return this.#condition();
    }
  }

  #end(option: NftOption): NftStatement {
    return { do: 'end', options: () => [option] };
  }

  /** What decides nothing. */
  #note(): void {
    const words = this.#words;
    const first = words.next();
    if (first === 'counter') {
      if (words.take('name') !== undefined) words.next();
      else if (words.take('packets') !== undefined) for (let i = 0; i < 3; i += 1) words.next();
    } else if (first === 'log') {
      while (words.take('prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags') !== undefined)
        if (/^(?:tcp|ip)$/.test(words.next() ?? '')) words.next();
    } else if (first === 'comment') words.next();
    else if (first === 'last') {
      if (words.take('used') !== undefined) words.next();
    } else if (first === 'dup') {
      words.take('to');
      words.next();
      if (words.take('device') !== undefined) words.next();
    } else if (first === 'flow') {
      words.take('add', 'offload');
      words.next();
    } else if (words.take('tcp') !== undefined && words.take('option') !== undefined) words.next();
  }

  /** `limit rate over 10/second burst 5 packets`, `quota until 5 mbytes used 0 bytes`, `ct count over 5`: maybe. */
  #perhaps(numbers: number): NftStatement {
    const words = this.#words;
    words.next();
    if (words.take('name') !== undefined) {
      words.next();
      return PERHAPS;
    }
    words.take('rate');
    words.take('over', 'until');
    words.next();
    if (numbers === 1) return PERHAPS;
    if (/^[kmg]?bytes/.test(words.peek() ?? '')) words.next();
    while (words.take('burst', 'used') !== undefined) {
      words.next();
      if (/^(?:packets|[kmg]?bytes)$/.test(words.peek() ?? '')) words.next();
    }
    return PERHAPS;
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
    if (header === undefined && key === 'mark') return this.#markChange(first === 'ct' ? 'connmark' : 'mark');
    if (header !== undefined && WAY_FIELDS.has(key)) return DOES_WHAT;
    if (words.peek() === '{') return undefined;
    words.next();
    while (!words.done && !STATEMENTS.has(words.peek()!)) words.next();
    return 'nothing';
  }

  #markChange(which: 'mark' | 'connmark'): NftStatement {
    const words = this.#words;
    const value = words.peek() ?? '';
    let understood = true;
    let read: (state: NftState, place: Parameters<NftField['read']>[1]) => number | undefined | 'none' = () =>
      undefined;
    if (/^(?:0x)?[\da-f]+$/i.test(value)) {
      words.next();
      const constant = numberOf(value, 'number');
      read = () => constant;
    } else {
      const at = words.at;
      const fields = this.#fields();
      if (fields === undefined) {
        words.back(at);
        understood = false;
      } else if (words.take('map') !== undefined) {
        const lookup = this.#lookup(fields);
        read = ({ packet }, place) => {
          const found = lookup?.find(fields.map((one) => one.read(packet, place)));
          if (found === undefined || (found.length === 0 && lookup!.isOpen)) return undefined;
          const [first] = found;
          if (first === undefined) return 'none';
          return first.match === 'yes' ? numberOf(first.data ?? '', 'number') : undefined;
        };
      } else {
        const [only] = fields as [NftField];
        read = ({ packet }, place) => {
          const one = only.read(packet, place);
          const flags = flagsOf(one);
          return one === 'none' ? 'none' : flags?.known === -1 ? flags.flags >>> 0 : undefined;
        };
      }
    }
    // What is left of an expression that is not understood.
    if (!understood || isOperator(words.peek())) {
      read = () => undefined;
      while (!words.done && !STATEMENTS.has(words.peek()!)) {
        if (words.peek() === '{') words.braced();
        else words.next();
      }
    }
    return {
      do: 'change',
      apply(state, place) {
        const mark = read(state, place);
        if (mark === 'none') return undefined;
        if (mark !== undefined && mark === state.packet[which]) return state;
        return { ...state, packet: { ...state.packet, [which]: mark }, changed: true };
      },
    };
  }

  /** Fields that a dot joins; undefined where one is not known. */
  #fields(): NftField[] | undefined {
    const fields: NftField[] = [];
    do {
      const field = nftField(this.#words, numberOf);
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
    return this.#mapped(fields, this.#lookup(fields), (data) => ({ verdict: nftVerdict(data) }));
  }

  /** A rule's end that hangs on where in a map the packet is found. */
  #mapped(
    fields: readonly NftField[],
    lookup: NftLookup | undefined,
    optionOf: (data: string | undefined) => Omit<NftOption, 'certainty'>,
  ): NftStatement {
    if (lookup === undefined) return DOES_WHAT;
    const known = new Map<string | undefined, Omit<NftOption, 'certainty'>>();
    const option = (data: string | undefined, certainty: NftOption['certainty']): NftOption => {
      let one = known.get(data);
      if (one === undefined) {
        one = optionOf(data);
        known.set(data, one);
      }
      return { ...one, certainty };
    };
    const range = fields.length === 1 ? fields[0]!.drawn : undefined;
    return {
      do: 'end',
      options(packet, place) {
        if (range !== undefined) {
          const { data, complete } = lookup.drawn(range.from, range.to);
          const options = [...new Set(data)].map((one) => option(one, 'random'));
          if (!complete)
            options.push(
              lookup.isOpen ? option(undefined, 'maybe') : { verdict: { kind: 'next' }, certainty: 'random' },
            );
          return options;
        }
        const values = fields.map((one) => one.read(packet, place));
        if (values.includes('none')) return [];
        const found = lookup.find(values);
        if (found[0]?.match === 'yes') return [option(found[0].data, 'yes')];
        const options = [...new Set(found.map(({ data }) => data))].map((one) => option(one, 'maybe'));
        if (lookup.isOpen && !options.some(({ verdict }) => verdict.kind === 'unknown'))
          options.push(option(undefined, 'maybe'));
        return options;
      },
    };
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
      while (words.take('random', 'fully-random', 'persistent', ',') !== undefined);
      const translation = translationTo(kind, target);
      const isWhole = words.done || words.peek() === 'comment';
      return translation === undefined || !isWhole ? DOES_WHAT : this.#end({ ...ACCEPTED, translation });
    }
    const fields = this.#fields();
    if (fields === undefined || words.take('map') === undefined) return DOES_WHAT;
    return this.#mapped(fields, this.#lookup(fields), (data) => {
      const translation = data === undefined ? undefined : translationOf(kind, data);
      return translation === undefined
        ? { verdict: { kind: 'unknown' } }
        : { verdict: { kind: 'accept' }, translation };
    });
  }
}

const ACCEPTED: NftOption = { verdict: { kind: 'accept' }, certainty: 'yes' };

function numberOf(text: string, kind: NftKind): number | undefined {
  const constant = nftConstant(text, kind);
  return constant !== undefined && 'from' in constant && constant.from === constant.to ? constant.from : undefined;
}
