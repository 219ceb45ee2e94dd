import { parseIpv4 } from '../../derive/ipv4.js';
import type { PortRange } from '../packet.js';
import type { Translation } from './base-chain.js';
import { partsOf } from './nft-lookup.js';

export type NftTranslation = Omit<Translation, 'rule'>;

const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;

function portsOf(text: string): PortRange | undefined {
  const match = PORTS.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  return from <= to && to <= 65_535 ? [from, to] : undefined;
}

function addressesOf(text: string): readonly [number, number] | undefined {
  const [first, second, ...more] = text.split('-') as [string, string?];
  const from = parseIpv4(first);
  const to = second === undefined ? from : parseIpv4(second);
  return from === undefined || to === undefined || from > to || more.length > 0 ? undefined : [from, to];
}

/** `10.0.0.1`, `10.0.0.1-10.0.0.9:80-90`, `:8080` as a rule names it; undefined where it is not understood. */
export function translationTo(kind: Translation['kind'], text: string): NftTranslation | undefined {
  const colon = text.indexOf(':');
  const to = colon === 0 ? undefined : addressesOf(colon < 0 ? text : text.slice(0, colon));
  const port = colon < 0 ? undefined : portsOf(text.slice(colon + 1));
  if ((colon !== 0 && to === undefined) || (colon >= 0 && port === undefined)) return undefined;
  return { kind, ...(to === undefined ? {} : { to }), ...(port === undefined ? {} : { port }) };
}

/** `10.0.0.1 . 8080`, `10.0.0.1`, or a port alone as the data of a map's element. */
export function translationOf(kind: Translation['kind'], data: string): NftTranslation | undefined {
  const [first = '', second, ...more] = partsOf(data);
  if (more.length > 0) return undefined;
  if (second === undefined && kind === 'redirect') return translationTo(kind, `:${first}`);
  return translationTo(kind, second === undefined ? first : `${first}:${second}`);
}
