import { shortOptions, wholeNumber } from './command-words.js';
import { IP_COUNTERS, TCP_EXT_COUNTERS } from './hidden-zeros.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/**
 * net-tools' sentences by section, without their number, to the kernel's names (net-tools, statistics.c; kernel,
 * net/ipv4/proc.c). Old and new wordings stand side by side.
 */
const SENTENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ip: {
    'total packets received': 'InReceives',
    'with invalid headers': 'InHdrErrors',
    'with invalid addresses': 'InAddrErrors',
    forwarded: 'ForwDatagrams',
    'with unknown protocol': 'InUnknownProtos',
    'incoming packets discarded': 'InDiscards',
    'incoming packets delivered': 'InDelivers',
    'requests sent out': 'OutRequests',
    'outgoing packets dropped': 'OutDiscards',
    'dropped because of missing route': 'OutNoRoutes',
    'fragments dropped after timeout': 'ReasmTimeout',
    'reassemblies required': 'ReasmReqds',
    'packets reassembled ok': 'ReasmOKs',
    'packet reassembles failed': 'ReasmFails',
    'packet reassemblies failed': 'ReasmFails',
    'outgoing packets fragmented ok': 'FragOKs',
    'fragments received ok': 'FragOKs',
    'outgoing packets failed fragmentation': 'FragFails',
    'fragments failed': 'FragFails',
    'fragments created': 'FragCreates',
  },
  Icmp: {
    'ICMP messages received': 'InMsgs',
    'input ICMP message failed': 'InErrors',
    'ICMP messages sent': 'OutMsgs',
    'ICMP messages failed': 'OutErrors',
  },
  Tcp: {
    'active connection openings': 'ActiveOpens',
    'active connections openings': 'ActiveOpens',
    'passive connection openings': 'PassiveOpens',
    'failed connection attempts': 'AttemptFails',
    'connection resets received': 'EstabResets',
    'connections established': 'CurrEstab',
    'segments received': 'InSegs',
    'segments sent out': 'OutSegs',
    'segments send out': 'OutSegs',
    'segments retransmitted': 'RetransSegs',
    'segments retransmited': 'RetransSegs',
    'bad segments received': 'InErrs',
    'resets sent': 'OutRsts',
  },
  Udp: {
    'packets received': 'InDatagrams',
    'packets to unknown port received': 'NoPorts',
    'packet receive errors': 'InErrors',
    'packets sent': 'OutDatagrams',
    'receive buffer errors': 'RcvbufErrors',
    'send buffer errors': 'SndbufErrors',
  },
  TcpExt: {
    'SYN cookies sent': 'SyncookiesSent',
    'SYN cookies received': 'SyncookiesRecv',
    'invalid SYN cookies received': 'SyncookiesFailed',
    'resets received for embryonic SYN_RECV sockets': 'EmbryonicRsts',
    'packets pruned from receive queue because of socket buffer overrun': 'PruneCalled',
    'packets dropped from out-of-order queue because of socket buffer overrun': 'OfoPruned',
    'times the listen queue of a socket overflowed': 'ListenOverflows',
    'SYNs to LISTEN sockets dropped': 'ListenDrops',
    'SYNs to LISTEN sockets ignored': 'ListenDrops',
    'TCP sockets finished time wait in fast timer': 'TW',
    'passive connections rejected because of time stamp': 'PAWSPassive',
    'packets rejects in established connections because of timestamp': 'PAWSEstab',
    'packets rejected in established connections because of timestamp': 'PAWSEstab',
    'packetes rejected in established connections because of timestamp': 'PAWSEstab',
    'fast retransmits': 'TCPFastRetrans',
    'retransmits in slow start': 'TCPSlowStartRetrans',
    'other TCP timeouts': 'TCPTimeouts',
    'connections reset due to unexpected data': 'TCPAbortOnData',
    'connections reset due to early user close': 'TCPAbortOnClose',
    'connections aborted due to memory pressure': 'TCPAbortOnMemory',
    'connections aborted due to timeout': 'TCPAbortOnTimeout',
  },
};

/** ICMP types in a histogram to the kernel's names after `In` or `Out`. */
const ICMP_TYPES: Readonly<Record<string, string>> = {
  'destination unreachable': 'DestUnreachs',
  'timeout in transit': 'TimeExcds',
  'wrong parameters': 'ParmProbs',
  'source quenches': 'SrcQuenchs',
  'source quench': 'SrcQuenchs',
  redirects: 'Redirects',
  redirect: 'Redirects',
  'echo requests': 'Echos',
  'echo request': 'Echos',
  'echo replies': 'EchoReps',
};

const SECTION = /^([A-Z][A-Za-z0-9]*):$/;
/** `OutTransmits: 339`: counters that net-tools has no sentence for carry the kernel's own name. */
const NAMED = /^([A-Z][A-Za-z0-9]*): (\d{1,20})$/;
const SENTENCE = /^(\d{1,20}) (\S.*)$/;
/** `2 times recovered …`, or a line whose number stands inside, that no fact needs. */
const OTHER = /\d/;

/** The fact name of a trimmed line within a section and, in ICMP, a histogram; with its value. */
function counterOf(section: string, histogram: string, line: string): { name: string; value: string } | undefined {
  const named = NAMED.exec(line);
  if (named !== null) return { name: `${section}${named[1]!}`, value: named[2]! };
  if (histogram !== '') {
    const colon = line.lastIndexOf(': ');
    const type = colon < 0 ? undefined : ICMP_TYPES[line.slice(0, colon)];
    if (type !== undefined) return { name: `Icmp${histogram}${type}`, value: line.slice(colon + 2) };
  }
  const sentence = SENTENCE.exec(line);
  if (sentence === null) return undefined;
  const text = sentence[2]!.replace(/\.$/, '');
  const sentences = Object.hasOwn(SENTENCES, section) ? SENTENCES[section]! : undefined;
  return sentences !== undefined && Object.hasOwn(sentences, text)
    ? { name: `${section}${sentences[text]!}`, value: sentence[1]! }
    : undefined;
}

/** `netstat -s` of net-tools: makes `counter.NAME` in the kernel's names, where a sentence's meaning is certain. */
export const netstatStatistics: Parser = {
  id: 'netstat-statistics',
  provides: ['counter.*'],
  reads: ({ program, args }) => program === 'netstat' && (shortOptions(args).has('s') || args.includes('--statistics')),
  recognises: (head) =>
    head.some((line) => line === 'Ip:') && head.some((line) => /^\s+\d+ total packets received$/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const sectionLines = new Map<string, number>();
    const seen = new Set<string>();
    let section = '';
    let histogram = '';
    for (let i = 0; i < input.lines.length; i += 1) {
      const raw = input.lines[i]!;
      const line = raw.trim();
      if (line === '') continue;
      const start = SECTION.exec(line);
      if (start !== null && !/^\s/.test(raw)) {
        section = start[1]!;
        histogram = '';
        if (!sectionLines.has(section)) sectionLines.set(section, i + 1);
        continue;
      }
      if (line === 'ICMP input histogram:') histogram = 'In';
      else if (line === 'ICMP output histogram:') histogram = 'Out';
      else if (section === '') problems.report(i + 1, 'not a section of counters', raw);
      else {
        if (histogram !== '' && /^\d+ ICMP /.test(line)) histogram = '';
        const counter = counterOf(section, histogram, line);
        const value = wholeNumber(counter?.value);
        if (counter !== undefined && value !== undefined) {
          seen.add(counter.name);
          sink.fact(`counter.${counter.name}`, value, i + 1);
        } else if (!OTHER.test(line)) problems.report(i + 1, 'not a counter', raw);
      }
    }
    // A section is whole where another follows it.
    const lastSection = [...sectionLines.keys()].at(-1);
    for (const [name, counters] of [
      ['Ip', IP_COUNTERS],
      ['TcpExt', TCP_EXT_COUNTERS],
    ] as const) {
      const line = sectionLines.get(name);
      if (line === undefined || name === lastSection) continue;
      for (const counter of counters) if (!seen.has(counter)) sink.fact(`counter.${counter}`, 0, line);
    }
    problems.finish();
  },
};
