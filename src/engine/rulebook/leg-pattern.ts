import { LEG_KINDS, LEG_PROTOCOLS, type LegPattern, NEARNESS, parseLegPattern } from '../../facts/leg.js';
import { type Shape, text } from './schema.js';
import { suggest } from './suggest.js';

const PARTS: Readonly<Record<string, readonly string[]>> = {
  source: LEG_KINDS,
  target: LEG_KINDS,
  nearness: NEARNESS,
  protocol: LEG_PROTOCOLS,
};

/** A leg pattern such as `pod>clusterip@same-node/*`; the mistake names the part that is no word of the vocabulary. */
export const legPattern: Shape<LegPattern> = (node, reading) => {
  const written = text(node, reading);
  if (written === undefined) return undefined;
  const parsed = parseLegPattern(written);
  if ('pattern' in parsed) return parsed.pattern;
  const wrong = /^"([^"]*)" is not a (\w+) of a leg/.exec(parsed.error);
  const meant = wrong === null ? undefined : suggest(wrong[1]!, PARTS[wrong[2]!] ?? []);
  return reading.fail(node, meant === undefined ? parsed.error : `${parsed.error}; did you mean "${meant}"?`);
};
