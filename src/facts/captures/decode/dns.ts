import type { DnsMessage } from '../packet.js';
import { u16 } from './big-endian.js';

const HEADER = 12;
/** Of a name: bytes (RFC 1035), and compression pointers that are followed. */
const MOST_BYTES = 255;
const MOST_POINTERS = 16;

const TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [39, 'DNAME'],
  [43, 'DS'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [257, 'CAA'],
]);

/**
 * The DNS message in `bytes[at]` to `bytes[end - 1]`: its header and its first question. Where the question was not
 * captured the header alone counts; undefined where the header was not, or where a question's name is malformed.
 */
export function readDns(bytes: Uint8Array, at: number, end: number): DnsMessage | undefined {
  if (at + HEADER > end) return undefined;
  const flags = u16(bytes, at + 2);
  const message: DnsMessage = {
    id: u16(bytes, at),
    response: (flags & 0x8000) !== 0,
    name: '',
    type: '',
    rcode: flags & 15,
    answers: u16(bytes, at + 6),
    truncated: (flags & 0x0200) !== 0,
  };
  if (u16(bytes, at + 4) === 0) return message;
  return readQuestion(message, bytes, at, end) ? message : undefined;
}

/**
 * The message that a TCP segment on port 53 begins with: its length in two bytes, then itself. Segments within a stream
 * begin with anything, so here it must look like a message of one question.
 */
export function readTcpDns(bytes: Uint8Array, at: number, end: number): DnsMessage | undefined {
  if (at + 2 + HEADER > end || u16(bytes, at) < HEADER + 5) return undefined;
  const isQueryOrUpdate = (u16(bytes, at + 4) & 0x7800) === 0;
  if (!isQueryOrUpdate || u16(bytes, at + 6) !== 1) return undefined;
  const message = readDns(bytes, at + 2, end);
  return message === undefined || message.type === '' ? undefined : message;
}

/** Fills name and type of the first question, or leaves both empty where it was cut. False where it is malformed. */
function readQuestion(message: DnsMessage, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + HEADER;
  let behind = -1;
  let pointers = 0;
  let length = 0;
  let name = '';
  for (;;) {
    if (at >= end) return true;
    const size = bytes[at]!;
    if (size === 0) break;
    if (size >= 0xc0) {
      if (at + 2 > end) return true;
      const target = start + (u16(bytes, at) & 0x3fff);
      // Names point to what stands before them: forward would be a loop in the making.
      if (target >= at || target < start + HEADER || pointers === MOST_POINTERS) return false;
      if (behind < 0) behind = at + 2;
      pointers += 1;
      at = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > MOST_BYTES) return false;
    if (at + 1 + size > end) return true;
    name += name === '' ? label(bytes, at + 1, size) : `.${label(bytes, at + 1, size)}`;
    at += 1 + size;
  }
  if (behind < 0) behind = at + 1;
  if (behind + 4 > end) return true;
  const type = u16(bytes, behind);
  message.name = name;
  message.type = TYPES.get(type) ?? `TYPE${type}`;
  return true;
}

/** A label in lower case; what a zone file could not hold as it stands is escaped as there (`\.`, `\007`). */
function label(bytes: Uint8Array, at: number, size: number): string {
  let text = '';
  for (let i = at; i < at + size; i += 1) {
    const byte = bytes[i]!;
    if (byte >= 0x41 && byte <= 0x5a) text += String.fromCharCode(byte + 32);
    else if (byte === 0x2e || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, '0')}`;
    else text += String.fromCharCode(byte);
  }
  return text;
}
