import { isScalar, type Node } from 'yaml';
import { found, type Shape, unknownWord } from './schema.js';
import { ASKED_ENDS, type AskedEnd, PLACES } from './types.js';

/** Whether an end of a kind is written with `@` and a place: it must be, may be, or is nowhere in the cluster's nodes. */
const PLACED: Readonly<Record<AskedEnd['kind'], 'always' | 'may' | 'never'>> = {
  pod: 'always',
  node: 'always',
  service: 'may',
  nodeport: 'always',
  self: 'never',
  external: 'never',
  'dns-internal': 'never',
  'dns-external': 'never',
};

/** An end of an attempt: `pod@here`, `service`, `external`. */
export const askedEnd: Shape<AskedEnd> = (node: Node, reading) => {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'string')
    return reading.fail(node, `expected an end such as pod@here or external, found ${found(node)}`);
  const at = value.indexOf('@');
  const written = at === -1 ? value : value.slice(0, at);
  const kind = ASKED_ENDS.find((known) => known === written);
  if (kind === undefined) return reading.fail(node, unknownWord('end', written, ASKED_ENDS));
  if (at === -1) {
    return PLACED[kind] === 'always'
      ? reading.fail(node, `"${kind}" needs a place: ${PLACES.map((place) => `${kind}@${place}`).join(', ')}`)
      : { kind };
  }
  if (PLACED[kind] === 'never') return reading.fail(node, `"${kind}" has no place: write it without "@"`);
  const word = value.slice(at + 1);
  const place = PLACES.find((known) => known === word);
  return place === undefined ? reading.fail(node, unknownWord('place', word, PLACES)) : { kind, place };
};

/** As it is written in the rulebook. */
export function formatEnd({ kind, place }: AskedEnd): string {
  return place === undefined ? kind : `${kind}@${place}`;
}
