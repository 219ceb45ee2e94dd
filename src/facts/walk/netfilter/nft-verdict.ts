import type { NftVerdict } from './nft-rule.js';

/** `accept`, `goto service-x`: the data of a verdict map's element, or a rule's end. What is none of them is unknown. */
export function nftVerdict(text: string | undefined): NftVerdict {
  const [word, chain] = (text ?? '').split(' ') as [string, string?];
  switch (word) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind: word };
    case 'continue':
      return { kind: 'next' };
    case 'queue':
      return { kind: 'queue' };
    case 'jump':
    case 'goto':
      return chain === undefined ? { kind: 'unknown' } : { kind: word, chain };
    default:
      return { kind: 'unknown' };
  }
}
