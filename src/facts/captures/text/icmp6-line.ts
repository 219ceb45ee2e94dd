import { portNumber } from '../../parsers/service-port.js';
import type { Layer } from '../packet.js';
import { quote } from './icmp-line.js';
import { printedIp } from './printed-address.js';
import { macOf } from './printed-mac.js';

const ICMP6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** Messages that are known by their first words. */
const TYPES: readonly (readonly [string, number])[] = [
  ['destination unreachable', 1],
  ['unreachable ', 1],
  ['packet too big', 2],
  ['time exceeded', 3],
  ['parameter problem', 4],
  ['echo request', 128],
  ['echo reply', 129],
  ['multicast listener query', 130],
  ['multicast listener report v2', 143],
  ['multicast listener report', 131],
  ['multicast listener done', 132],
  ['router solicitation', 133],
  ['router advertisement', 134],
  ['neighbor solicitation', 135],
  ['neighbor advertisement', NEIGHBOUR_ADVERTISEMENT],
  ['redirect', 137],
  ['router renumbering', 138],
];
/** Older versions say `destination unreachable, unreachable route`, some `unreachable[icmp6 …]`. */
const UNREACHABLE =
  /\b(?:unreachable (route|prohibited|address|port),?|(beyond scope)|unknown unreach code \((\d{1,3})\)) ?(\S{0,254})(?: (tcp|udp) port (\S{1,40}))?/;
const CODES: Readonly<Record<string, number>> = { route: 0, prohibited: 1, address: 3, port: 4 };

/** Whether what stands behind the addresses is ICMPv6's. */
export function isIcmp6Text(text: string): boolean {
  return /^(?:ICMP6|icmp6)(?:, |: )/.test(text);
}

/** Reads it into the layer, whose addresses are there already. `extended`: behind extension headers, of unknown length. */
export function readIcmp6Text(text: string, layer: Layer, extended: boolean): void {
  const words = text.slice(7);
  layer.protocol = ICMP6;
  layer.kind = 'icmp6';
  const length = /, length (\d{1,7})/.exec(words)?.[1];
  if (length !== undefined && Number(length) >= 8) layer.payload = Number(length) - 8;
  else if (layer.length >= 48 && !extended) layer.payload = layer.length - 48;
  const trimmed = words.trimStart();
  const type = TYPES.find(([name]) => trimmed.startsWith(name))?.[1];
  if (type === undefined) return;
  layer.icmpType = type;
  switch (type) {
    case 1:
      readUnreachable(words.replace(/^ ?destination unreachable,? {0,2}/, ''), layer);
      return;
    case 2: {
      layer.icmpCode = 0;
      const mtu = /\bmtu (\d{1,10})/.exec(words)?.[1];
      if (mtu !== undefined) layer.mtu = Number(mtu);
      return;
    }
    case 3:
      layer.icmpCode = words.includes('(reassembly)') || words.includes('exceeded reassembly') ? 1 : 0;
      return;
    case 128:
    case 129: {
      layer.icmpCode = 0;
      const id = /\bid (\d{1,5})/.exec(words)?.[1];
      const seq = /\bseq (\d{1,5})/.exec(words)?.[1];
      if (id !== undefined) layer.icmpId = Number(id);
      if (seq !== undefined) layer.icmpSeq = Number(seq);
      return;
    }
    case 135:
    case NEIGHBOUR_ADVERTISEMENT: {
      layer.icmpCode = 0;
      const target = /\b(?:who has|tgt is) ([^\s,]{1,254})/.exec(words)?.[1];
      if (target !== undefined) layer.target = printedIp(target);
      return;
    }
    case 4:
      return;
    default:
      layer.icmpCode = 0;
  }
}

function readUnreachable(words: string, layer: Layer): void {
  const match = UNREACHABLE.exec(words);
  if (match === null) return;
  const [, reason, beyond, number, about, protocol, port] = match;
  layer.icmpCode = reason !== undefined ? CODES[reason]! : beyond !== undefined ? 2 : Number(number);
  const dst = (about ?? '').replace(/,$/, '');
  if (number !== undefined || dst === '') return;
  quote(
    layer,
    dst,
    protocol === 'tcp' ? 6 : protocol === 'udp' ? 17 : -1,
    portNumber(port?.replace(/,$/, '') ?? '') ?? -1,
  );
}

/** The line of `-v` that tells whose link address an advertisement claims: `destination link-address option (2), …: MAC`. */
export function readLinkAddressOption(text: string, layer: Layer): void {
  if (layer.icmpType !== NEIGHBOUR_ADVERTISEMENT) return;
  const mac = /^destination link-address option \(2\)[^:]{0,40}: ([\da-f]{1,2}(?::[\da-f]{1,2}){5})/i.exec(text)?.[1];
  if (mac !== undefined) layer.mac = macOf(mac);
}
