import type { NftField } from './nft-field.js';
import type { NftLookup } from './nft-lookup.js';
import type { NftOption, NftStatement } from './nft-rule.js';
import { DOES_WHAT } from './nft-rule.js';

/** A rule's end that hangs on where in a map the packet is found. */
export function nftMapped(
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
          options.push(lookup.isOpen ? option(undefined, 'maybe') : { verdict: { kind: 'next' }, certainty: 'random' });
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
