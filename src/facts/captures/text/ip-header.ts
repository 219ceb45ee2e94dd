import type { Layer } from '../packet.js';

/** Numbers that name IPv6's extension headers, behind which the protocol stands. */
const EXTENSIONS = new Set([0, 43, 44, 60]);
const HEADER_OF_4 =
  /^tos 0x[\da-f]{1,2}[^ ]{0,12}, ttl {1,3}(\d{1,3}), id (\d{1,5}), offset (\d{1,5}), flags \[([^\]]{0,12})\], proto \S{1,40} \((\d{1,3})\), length (\d{1,5})/;

/** Reads what `-v` prints of the IP header in parentheses (given without them) into the layer. */
export function readIpHeader(text: string, layer: Layer): void {
  const common = HEADER_OF_4.exec(text);
  if (common !== null) {
    layer.ttl = Number(common[1]);
    layer.id = Number(common[2]);
    layer.fragmentOffset = Number(common[3]);
    readFlags(common[4]!, layer);
    layer.protocol = Number(common[5]);
    layer.length = Number(common[6]);
    readIpChecksum(text, layer);
    return;
  }
  const hops = /\bhlim (\d{1,3})/.exec(text);
  if (hops !== null || /\bpayload length/.test(text)) readIpv6Header(text, layer, hops?.[1]);
  else readOldHeader(text, layer);
}

function readIpv6Header(text: string, layer: Layer, hops: string | undefined): void {
  layer.family = 6;
  if (hops !== undefined) layer.ttl = Number(hops);
  const protocol = /next-header:? [^,(]{0,40}\((\d{1,3})\)/.exec(text)?.[1];
  if (protocol !== undefined && !EXTENSIONS.has(Number(protocol))) layer.protocol = Number(protocol);
  const payload = /length:? (\d{1,10})/.exec(text)?.[1];
  if (payload !== undefined) layer.length = Number(payload) + 40;
}

/** Of tcpdump 3.8 and 3.9, and of what else has its fields in another order. */
function readOldHeader(text: string, layer: Layer): void {
  layer.ttl = numberOf(/\bttl {1,3}(\d{1,3})/.exec(text));
  layer.id = numberOf(/\bid (\d{1,5})/.exec(text));
  const offset = /\boffset (\d{1,5})/.exec(text);
  if (offset !== null) layer.fragmentOffset = Number(offset[1]);
  const flags = /\bflags \[([^\]]{0,20})\]/.exec(text);
  if (flags !== null) readFlags(flags[1]!, layer);
  const protocol = /\bproto:? (?:[\w-]{1,20} \((\d{1,3})\)|(\d{1,3})\b)/.exec(text);
  if (protocol !== null) layer.protocol = Number(protocol[1] ?? protocol[2]);
  layer.length = numberOf(/\blen(?:gth)?:? (\d{1,6})/.exec(text));
  readIpChecksum(text, layer);
}

/** Of tcpdump 3, behind the packet: `(DF) (ttl 64, id 1, len 84)`, `(frag 242:1480@0+)`. */
export function readTrailingHeader(text: string, layer: Layer): void {
  if (!text.includes('(')) return;
  if (text.includes('(DF)') || text.includes('(DF,')) layer.dontFragment = true;
  const header = /\((?:DF, )?ttl (\d{1,3}), id (\d{1,5})(?:, len (\d{1,6}))?/.exec(text);
  if (header !== null) {
    layer.ttl = Number(header[1]);
    layer.id = Number(header[2]);
    if (header[3] !== undefined) layer.length = Number(header[3]);
  }
  const fragment = /\(frag (\d{1,5}):\d{1,5}@(\d{1,5})(\+?)\)/.exec(text);
  if (fragment === null) return;
  layer.id = Number(fragment[1]);
  layer.fragmentOffset = Number(fragment[2]);
  layer.moreFragments = fragment[3] === '+';
}

/** `[DF]`, `[+]`, `[+, DF]`, `[none]`. */
function readFlags(flags: string, layer: Layer): void {
  layer.dontFragment = flags.includes('DF');
  layer.moreFragments = flags.includes('+');
}

/** That it is not called bad does not say that it is good: it may not have been looked at (`-K`). */
function readIpChecksum(text: string, layer: Layer): void {
  const bad = /bad cksum ([\da-f]{1,4})\b/.exec(text);
  if (bad !== null) layer.ipChecksum = Number.parseInt(bad[1]!, 16) === 0 ? 'unfilled' : 'bad';
}

function numberOf(match: RegExpExecArray | null): number {
  return match === null ? -1 : Number(match[1]);
}
