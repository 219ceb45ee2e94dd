import type { Layer } from '../packet.js';
import { readDnsText } from './dns-text.js';
import type { WrongChecksum } from './printed-checksum.js';

const UDP = 17;
/** UDP ports of WireGuard: its own, and Cilium's. */
const WIREGUARD_PORTS = new Set([51820, 51871]);

/** Whether what stands behind the addresses is UDP's beyond doubt. Other protocols over UDP are known by ports alone. */
export function isUdpText(text: string): boolean {
  return (
    /^(?:UDP(?:, | \()|udp \d|VXLAN, |OTV, |Geneve, |\[\|(?:udp|domain|vxlan|geneve|otv)\])/.test(text) ||
    readDnsText(text) !== undefined
  );
}

/**
 * Reads it into the layer, whose ports are there already. Where it is a tunnel's, returns what of the text is carried: the
 * empty string where that follows on the next line; undefined where nothing is.
 */
export function readUdpText(text: string, layer: Layer): string | undefined {
  layer.protocol = UDP;
  if (text.startsWith('[|udp]')) return undefined;
  layer.kind = 'udp';
  const carried = readTunnel(text, layer);
  if (carried === undefined && layer.tunnel === undefined) {
    const length = /^UDP(?: \(\d{1,3}\))?, (?:bad )?length:? (\d{1,6})|^udp (\d{1,6})/.exec(text);
    if (length !== null) layer.payload = Number(length[1] ?? length[2]);
    const dns = length === null ? readDnsText(text) : undefined;
    if (dns !== undefined) {
      layer.dns = dns.message;
      layer.payload = dns.length;
    }
    if (length !== null) readByPort(layer);
  }
  // Of a first fragment the datagram's length is printed, which is more than it holds. IPv6's has a header of its own.
  const header = layer.family === 4 ? 28 : 48;
  if (layer.moreFragments) {
    if (layer.length >= header + 8) layer.payload = layer.length - header - (layer.family === 4 ? 0 : 8);
  } else if (layer.payload < 0 && layer.length >= header) layer.payload = layer.length - header;
  return carried;
}

function readTunnel(text: string, layer: Layer): string | undefined {
  const vxlan = /^VXLAN, flags \[[^\]]{0,12}\] \(0x[\da-f]{1,4}\), (?:gpid \d{1,10}, )?vni (\d{1,8})(?:: ?)?/.exec(
    text,
  );
  // On port 8472, whose registered owner is another protocol with the same layout.
  const otv =
    vxlan ?? /^OTV, flags \[[^\]]{0,12}\] \(0x[\da-f]{1,2}\), overlay \d{1,8}, instance (\d{1,8})(?:: ?)?/.exec(text);
  if (otv !== null) {
    layer.tunnel = 'vxlan';
    layer.vni = Number(otv[1]);
    return text.slice(otv[0].length).trim();
  }
  if (!text.startsWith('Geneve, ')) return undefined;
  layer.tunnel = 'geneve';
  const vni = /\bvni (0x[\da-f]{1,8}|\d{1,8})/.exec(text)?.[1];
  if (vni !== undefined) layer.vni = Number(vni);
  const head =
    /^Geneve, [^:[]{0,20}(?:\[[^\]]{0,12}\])?, vni [\dxa-f]{1,10}(?:, proto [^,:(]{1,40}\(0x[\da-f]{4}\))?(?:, options \[)?/.exec(
      text,
    );
  if (head === null) return undefined;
  let at = head[0].length;
  if (head[0].endsWith('[')) {
    const end = text.indexOf(']', at);
    if (end < 0) return '';
    at = end + 1;
  }
  return text.slice(at).replace(/^: ?/, '').trim();
}

/** What carries a tunnel, though it was not read: by its port, as tcpdump itself goes (-q). */
function readByPort(layer: Layer): void {
  const { sport, dport, payload } = layer;
  if (dport === 4789 || dport === 8472) layer.tunnel = 'vxlan';
  else if (dport === 6081) layer.tunnel = 'geneve';
  else if ((WIREGUARD_PORTS.has(dport) || WIREGUARD_PORTS.has(sport)) && payload >= 32) readWireguard(layer);
}

/** By its length, which for handshakes is no multiple of 16 as it is for data. 64 bytes may be a cookie or data. */
function readWireguard(layer: Layer): void {
  const { payload } = layer;
  const message = payload === 148 ? 1 : payload === 92 ? 2 : payload % 16 === 0 ? 4 : -1;
  if (message < 0) return;
  layer.tunnel = 'wireguard';
  if (payload !== 64) layer.wireguardMessage = message;
}

/** `[udp sum ok] `, `[no cksum] `, `[bad udp cksum 0x9ccc -> 0xd54e!] ` and ICMPv6's alike. */
export interface BracketedChecksum {
  state: 'ok' | 'none' | 'bad';
  wrong: WrongChecksum | undefined;
  /** Of the text. */
  length: number;
}

const BRACKETED =
  /^\[(?:(?:udp|tcp|icmp6) (sum ok)|(no (?:udp )?cksum)|bad (?:udp|icmp6) cksum (?:0x)?([\da-f]{1,4})(?: (?:\()?-> ?(?:0x)?([\da-f]{1,4})\)?)?!\]?)\]? */;

/** The checksum that `-v` tells in front of a UDP or ICMPv6 message. */
export function readBracketedChecksum(text: string): BracketedChecksum | undefined {
  if (!text.startsWith('[')) return undefined;
  const match = BRACKETED.exec(text);
  if (match === null) return undefined;
  if (match[1] !== undefined) return { state: 'ok', wrong: undefined, length: match[0].length };
  if (match[2] !== undefined) return { state: 'none', wrong: undefined, length: match[0].length };
  const wrong = { value: Number.parseInt(match[3]!, 16), expected: Number.parseInt(match[4] ?? 'NaN', 16) };
  return { state: 'bad', wrong, length: match[0].length };
}
