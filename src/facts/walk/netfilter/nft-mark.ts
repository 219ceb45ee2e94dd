import type { NftField } from './nft-field.js';
import type { NftLookup } from './nft-lookup.js';
import { isOperator } from './nft-operators.js';
import type { NftState, NftStatement } from './nft-rule.js';
import { flagsOf, nftNumber } from './nft-value.js';
import type { NftWords } from './nft-words.js';

/**
 * `meta mark set …`: a number, an expression with operators, or what a map has. What is not understood makes the mark unknown.
 *
 * @param reader reads fields that a dot joins, and the set or map that comes next.
 */
export function nftMarkChange(
  words: NftWords,
  which: 'mark' | 'connmark',
  reader: { fields(): NftField[] | undefined; lookup(fields: readonly NftField[]): NftLookup | undefined },
  isStatement: (word: string) => boolean,
): NftStatement {
  const value = words.peek() ?? '';
  let understood = true;
  let read: (state: NftState, place: Parameters<NftField['read']>[1]) => number | undefined | 'none' = () => undefined;
  if (/^(?:0x)?[\da-f]+$/i.test(value)) {
    words.next();
    const constant = nftNumber(value, 'number');
    read = () => constant;
  } else {
    const at = words.at;
    const fields = reader.fields();
    if (fields === undefined) {
      words.back(at);
      understood = false;
    } else if (words.take('map') !== undefined) {
      const lookup = reader.lookup(fields);
      read = ({ packet }, place) => {
        const found = lookup?.find(fields.map((one) => one.read(packet, place)));
        if (found === undefined || (found.length === 0 && lookup!.isOpen)) return undefined;
        const [first] = found;
        if (first === undefined) return 'none';
        return first.match === 'yes' ? nftNumber(first.data ?? '', 'number') : undefined;
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
    while (!words.done && !isStatement(words.peek()!)) {
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
