const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const MAX_ANSWERS = 50;
/** Pointers that one name may follow: a chain of more is a loop. */
const MAX_POINTERS = 32;

/** What an answer says. */
export interface DnsAnswer {
  id: number;
  /** `NOERROR`, `NXDOMAIN`, …, as dig writes it. */
  status: string;
  /** Name of the question, lower case, without a trailing dot; empty where none is repeated. */
  question: string;
  /** Addresses. */
  answers: string[];
}

/** A query for the A records of a name, recursion desired. Throws RangeError where the name is none. */
export function dnsQuery(id: number, name: string): Buffer {
  const labels = name
    .replace(/\.$/, '')
    .split('.')
    .map((label) => Buffer.from(label, 'latin1'));
  const length = labels.reduce((total, label) => total + label.length + 1, 1);
  if (length > 255 || labels.some((label) => label.length === 0 || label.length > 63)) {
    throw new RangeError('not a name that DNS can be asked for');
  }
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const question = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  return Buffer.concat([header, ...question, Buffer.from([0, 0, TYPE_A, 0, CLASS_IN])]);
}

/** Reads an answer; undefined where the bytes are none. */
export function readDnsAnswer(bytes: Buffer): DnsAnswer | undefined {
  if (bytes.length < 12 || (bytes[2]! & 0x80) === 0) return undefined;
  const code = bytes[3]! & 0x0f;
  const answer: DnsAnswer = {
    id: bytes.readUInt16BE(0),
    status: RCODES[code] ?? `RCODE${code}`,
    question: '',
    answers: [],
  };
  let at = 12;
  if (bytes.readUInt16BE(4) > 0) {
    const name = readName(bytes, at);
    if (name === undefined) return undefined;
    answer.question = name.text;
    at = name.next + 4;
  }
  for (let left = bytes.readUInt16BE(6); left > 0 && answer.answers.length < MAX_ANSWERS; left -= 1) {
    const next = readName(bytes, at)?.next;
    // A message that was cut tells what stands before the cut.
    if (next === undefined || next + 10 > bytes.length) break;
    const type = bytes.readUInt16BE(next);
    const length = bytes.readUInt16BE(next + 8);
    const data = bytes.subarray(next + 10, next + 10 + length);
    if (data.length < length) break;
    if (type === TYPE_A && length === 4) answer.answers.push(data.join('.'));
    else if (type === TYPE_AAAA && length === 16) answer.answers.push(addressOf6(data));
    at = next + 10 + length;
  }
  return answer;
}

function readName(bytes: Buffer, start: number): { text: string; next: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let next: number | undefined;
  for (let pointers = 0; at < bytes.length; ) {
    const length = bytes[at]!;
    if (length === 0) return { text: labels.join('.').toLowerCase(), next: next ?? at + 1 };
    if (length >= 0xc0) {
      pointers += 1;
      if (at + 1 >= bytes.length || pointers > MAX_POINTERS) return undefined;
      next ??= at + 2;
      at = bytes.readUInt16BE(at) & 0x3fff;
      continue;
    }
    if (length > 63 || labels.length > 127) return undefined;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

function addressOf6(data: Buffer): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(data.readUInt16BE(i).toString(16));
  return groups.join(':');
}
