import type { DnsMessage } from '../packet.js';

const RCODES: Readonly<Record<string, number>> = {
  FormErr: 1,
  ServFail: 2,
  NXDomain: 3,
  NotImp: 4,
  Refused: 5,
  YXDomain: 6,
  YXRRSet: 7,
  NXRRSet: 8,
  NotAuth: 9,
  NotZone: 10,
};
/** Types that tcpdump prints as numbers, or otherwise than a zone file. */
const TYPES: Readonly<Record<string, string>> = {
  TYPE39: 'DNAME',
  TYPE43: 'DS',
  TYPE46: 'RRSIG',
  TYPE47: 'NSEC',
  TYPE48: 'DNSKEY',
  TYPE64: 'SVCB',
  TYPE65: 'HTTPS',
  TYPE257: 'CAA',
  'ANY?': 'ANY',
};
const OPERATION = '(?: (?:inv_q|stat|notify|update|op\\d{1,2}))?';
const RCODE = Object.keys(RCODES).join('|');
/** `17770 NXDomain*-|$ [0q] q: A? name. 1/0/2 `: the question only with -vv. */
const RESPONSE = new RegExp(
  `^(\\d{1,5})${OPERATION}(?: (${RCODE}|Resp\\d{1,2}))?\\*?-?(\\|?)\\$?(?: \\[\\d{1,5}q\\])?(?: q: ([^? ]{1,20})(?: [^? ]{1,20}){0,2}\\? (\\S{1,1100}))?(?:, q: [^? ]{1,20}(?: [^? ]{1,20}){0,2}\\? \\S{1,1100}){0,4} (\\d{1,5})/\\d{1,5}/\\d{1,5}(?!\\S)`,
);
/** `17770+% [b2&3=0x1] [1au] A? name. `. */
const QUERY = new RegExp(
  `^(\\d{1,5})${OPERATION}\\+?%?(?: \\[[^\\]]{1,24}\\]){0,6} ([^? ]{1,20})(?: [^? ]{1,20}){0,2}\\? (\\S{1,1100})`,
);

/** A message of DNS as tcpdump prints it, and its bytes; undefined where the text is none. */
export function readDnsText(text: string): { message: DnsMessage; length: number } | undefined {
  const first = text.charCodeAt(0);
  if (first < 48 || first > 57) return undefined;
  const message = readResponse(text) ?? readQuery(text);
  if (message === undefined) return undefined;
  const length = /\((\d{1,5})\)(?: \([^()]{1,60}\)){0,3}$/.exec(text.trimEnd())?.[1];
  return { message, length: length === undefined ? -1 : Number(length) };
}

function readResponse(text: string): DnsMessage | undefined {
  const match = RESPONSE.exec(text);
  if (match === null) return undefined;
  const [, id, rcode, truncated, type, name, answers] = match;
  return {
    id: Number(id),
    response: true,
    name: nameOf(name),
    type: typeOf(type),
    rcode: rcode === undefined ? 0 : (RCODES[rcode] ?? Number(rcode.slice(4))),
    answers: Number(answers),
    truncated: truncated === '|',
  };
}

function readQuery(text: string): DnsMessage | undefined {
  const match = QUERY.exec(text);
  if (match === null) return undefined;
  const [, id, type, name] = match;
  return {
    id: Number(id),
    response: false,
    name: nameOf(name),
    type: typeOf(type),
    rcode: 0,
    answers: 0,
    truncated: false,
  };
}

/** Lower case, without the closing dot: of the root nothing remains. */
function nameOf(text: string | undefined): string {
  return text === undefined ? '' : text.toLowerCase().replace(/\.$/, '');
}

function typeOf(text: string | undefined): string {
  if (text === undefined) return '';
  const type = text.toUpperCase();
  return Object.hasOwn(TYPES, type) ? TYPES[type]! : type;
}
