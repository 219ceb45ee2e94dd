import { type Layer, TCP_ACK, TCP_CWR, TCP_ECE, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TCP_URG } from '../packet.js';
import { readDnsText } from './dns-text.js';
import { type WrongChecksum, wrongChecksumState } from './printed-checksum.js';

const TCP = 6;
const FLAGS: Readonly<Record<string, number>> = {
  F: TCP_FIN,
  S: TCP_SYN,
  R: TCP_RST,
  P: TCP_PSH,
  '.': TCP_ACK,
  U: TCP_URG,
  E: TCP_ECE,
  W: TCP_CWR,
};
/** Version 3: `S 1:1(0) ack 2 win 5840`, `. ack 1 win 5840`. There the dot is no flag, but the lack of the others. */
const OLD =
  /^([SFPRWEU.]{1,8}) (?:\[ECN-Echo[^\]]{0,20}\] ?|\[tcp sum ok\] |\[bad tcp cksum ([\da-f]{1,4}) \(->([\da-f]{1,4})\)!\] |cksum 0x[\da-f]{1,4} \([^)]{0,40}\)\)?, ){0,2}(?:(\d{1,10}):\d{1,10}\((\d{1,6})\) ?)?(?:ack (\d{1,10}) ?)?(?:win (\d{1,7}))?/;

/** Whether what stands behind the addresses is TCP's. */
export function isTcpText(text: string): boolean {
  if (text.startsWith('Flags [') || text.startsWith('tcp ') || text.startsWith('[|tcp]')) return true;
  const old = OLD.exec(text);
  return old !== null && (old[4] !== undefined || old[6] !== undefined || old[7] !== undefined);
}

/** Reads it into the layer. Returns the checksum where it is wrong. */
export function readTcpText(text: string, layer: Layer): WrongChecksum | undefined {
  layer.protocol = TCP;
  if (text.startsWith('[|tcp]')) return undefined;
  layer.kind = 'tcp';
  if (text.startsWith('tcp ')) {
    // -q: neither flags nor numbers.
    const length = /^tcp (\d{1,6})/.exec(text)?.[1];
    if (length !== undefined) layer.payload = Number(length);
    return undefined;
  }
  const flags = /^Flags \[([^\]]{1,12})\]/.exec(text);
  return flags === null ? readOld(text, layer) : readFields(flags[1]!, text, layer);
}

function readFields(flags: string, text: string, layer: Layer): WrongChecksum | undefined {
  layer.flags = flags === 'none' ? 0 : bitsOf(flags);
  const end = text.indexOf(', length ');
  // Payload behind the length may look like anything.
  const head = end < 0 ? text : text.slice(0, end);
  layer.seq = numberOf(/, seq (\d{1,10})/.exec(head));
  layer.ack = numberOf(/, ack (\d{1,10})/.exec(head));
  layer.window = numberOf(/, win (\d{1,7})/.exec(head));
  const options = head.indexOf('options [');
  if (options >= 0) layer.mss = numberOf(/\bmss (\d{1,5})/.exec(head.slice(options)));
  if (end >= 0) {
    const length = /^, length (\d{1,7}):? ?/.exec(text.slice(end));
    if (length !== null) {
      layer.payload = Number(length[1]);
      const isDns = layer.sport === 53 || layer.dport === 53;
      if (isDns) layer.dns = readDnsText(text.slice(end + length[0].length))?.message;
    }
  }
  const sum = /cksum 0x([\da-f]{1,4}) \((correct|incorrect)(?: \(?-> 0x([\da-f]{1,4}))?/.exec(head);
  if (sum === null) return undefined;
  if (sum[2] === 'correct') {
    layer.transportChecksum = 'good';
    return undefined;
  }
  return wrong(sum[1]!, sum[3], layer);
}

function readOld(text: string, layer: Layer): WrongChecksum | undefined {
  const old = OLD.exec(text);
  if (old === null) return undefined;
  layer.flags = bitsOf(old[1]!.replaceAll('.', '')) | (old[6] === undefined ? 0 : TCP_ACK);
  if (text.includes('[ECN-Echo')) layer.flags |= TCP_ECE;
  if (old[4] !== undefined) layer.seq = Number(old[4]);
  layer.payload = old[5] === undefined ? 0 : Number(old[5]);
  if (old[6] !== undefined) layer.ack = Number(old[6]);
  if (old[7] !== undefined) layer.window = Number(old[7]);
  layer.mss = numberOf(/<mss (\d{1,5})/.exec(text));
  if (/^[SFPRWEU.]{1,8} \[tcp sum ok\]/.test(text)) layer.transportChecksum = 'good';
  return old[2] === undefined ? undefined : wrong(old[2], old[3], layer);
}

function wrong(value: string, expected: string | undefined, layer: Layer): WrongChecksum {
  const sum = { value: Number.parseInt(value, 16), expected: Number.parseInt(expected ?? 'NaN', 16) };
  layer.transportChecksum = wrongChecksumState(layer, TCP, sum);
  return sum;
}

function bitsOf(flags: string): number {
  let bits = 0;
  for (const flag of flags) bits |= FLAGS[flag] ?? 0;
  return bits;
}

function numberOf(match: RegExpExecArray | null): number {
  return match === null ? -1 : Number(match[1]);
}
