import { wholeNumber } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

/** What an invocation prints. */
type Listing = 'settings' | 'features' | 'statistics' | 'driver' | 'rings';

const LISTINGS: Readonly<Record<string, Listing>> = {
  '-k': 'features',
  '--show-features': 'features',
  '--show-offload': 'features',
  '-S': 'statistics',
  '--statistics': 'statistics',
  '-i': 'driver',
  '--driver': 'driver',
  '-g': 'rings',
  '--show-ring': 'rings',
};
const HEADING = /^(?:Settings for|Features for|Offload parameters for|NIC statistics for|Ring parameters for) (\S+):$/;
const FEATURE = /^\s*([\w-]+(?: [\w-]+)*): (on|off)(?: \[[^\]]*\])?$/;
const STATISTIC = /^\s+(\S.*?): (-?\d{1,20})$/;
/** Statistics that tell of packets lost; their names are each driver's own. */
const LOSS =
  /drop|(?<!int|def|ref)err|(?<!per|trans)miss|discard|fail|time_?out|timed_?out|overrun|overflow|no_?buf|no_desc|crc|lost|fifo|exceeded/i;

function listingOf({ program, args }: Command): Listing | undefined {
  if (program !== 'ethtool') return undefined;
  const option = args.find((arg) => arg.startsWith('-'));
  if (option === undefined) return 'settings';
  return Object.hasOwn(LISTINGS, option) ? LISTINGS[option] : undefined;
}

function deviceOf({ args }: Command): string | undefined {
  return args.find((arg) => !arg.startsWith('-') && arg !== '');
}

/** Reads one line under its heading; false where it is not of that listing. */
function readLine(listing: Listing, device: string, line: string, number: number, sink: FactSink): boolean {
  if (listing === 'features') {
    const match = FEATURE.exec(line);
    if (match !== null) sink.fact(`ethtool.${device}.${match[1]!.replaceAll(' ', '-')}`, match[2] === 'on', number);
    return match !== null;
  }
  if (listing === 'statistics') {
    const match = STATISTIC.exec(line);
    const value = wholeNumber(match?.[2]);
    if (match === null) return false;
    if (value !== undefined && LOSS.test(match[1]!))
      sink.fact(`ethtool.${device}.stat.${match[1]!.replace(/\s+/g, '_')}`, value, number);
    return true;
  }
  if (listing === 'driver') {
    const match = /^driver: (\S+)$/.exec(line);
    if (match !== null) sink.fact(`ethtool.${device}.driver`, match[1]!, number);
    return line.includes(':');
  }
  const link = /^\s*Link detected: (yes|no)\b/.exec(line);
  if (link !== null) sink.fact(`ethtool.${device}.link`, link[1] === 'yes', number);
  const speed = /^\s*Speed: (\d{1,9})Mb\/s$/.exec(line);
  if (speed !== null) sink.fact(`ethtool.${device}.speed`, Number(speed[1]), number);
  const duplex = /^\s*Duplex: (Full|Half)\b/.exec(line);
  if (duplex !== null) sink.fact(`ethtool.${device}.duplex`, duplex[1]!.toLowerCase(), number);
  // Settings run over lines of their own (`Supported link modes:`), so none of them is malformed.
  return true;
}

/** `-g` prints the same names twice: what the card can hold, then what it is set to. Returns which part the next line is of. */
function readRing(
  part: 'maximum' | 'current',
  device: string,
  line: string,
  number: number,
  sink: FactSink,
): 'maximum' | 'current' {
  if (line.startsWith('Pre-set maximums')) return 'maximum';
  if (line.startsWith('Current hardware settings')) return 'current';
  const match = /^(RX|TX):\s+(\d{1,9})$/.exec(line);
  if (match !== null) {
    const name = `ethtool.${device}.ring.${match[1]!.toLowerCase()}${part === 'maximum' ? '-max' : ''}`;
    sink.fact(name, Number(match[2]), number);
  }
  return part;
}

function parse(input: ParserInput, sink: FactSink): void {
  const problems = new LineProblems(sink);
  let listing = listingOf(input.command);
  let device = deviceOf(input.command);
  let ring: 'maximum' | 'current' = 'current';
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!.trimEnd();
    if (line === '') continue;
    const heading = HEADING.exec(line);
    if (heading !== null) {
      device = heading[1]!;
      if (line.startsWith('Settings')) listing = 'settings';
      else if (line.startsWith('Ring')) listing = 'rings';
      else listing = line.startsWith('NIC') ? 'statistics' : 'features';
    } else if (line === 'NIC statistics:') listing = 'statistics';
    // Drivers without statistics, features or a name say so in prose: `no stats available`, `Cannot get … settings: …`.
    else if (listing === 'rings' && device !== undefined) ring = readRing(ring, device, line, i + 1, sink);
    else if (/^(?:no stats available|Cannot get |netlink error: )/.test(line)) continue;
    else if (listing === undefined || device === undefined || !readLine(listing, device, line, i + 1, sink)) {
      problems.report(i + 1, 'not a line of ethtool', line);
    }
  }
  problems.finish();
}

/**
 * `ethtool DEV` makes `ethtool.DEV.link` (boolean), `.speed` (Mb/s), `.duplex`; `-k` makes `ethtool.DEV.FEATURE`
 * (boolean, by ethtool's own name: `tx-checksumming`, `tx-checksum-ip-generic`); `-S` makes `ethtool.DEV.stat.NAME` for
 * counters of lost packets; `-i` makes `ethtool.DEV.driver`; `-g` makes `ethtool.DEV.ring.rx`, `.rx-max`, `.tx`, `.tx-max`.
 */
export const ethtool: Parser = {
  id: 'ethtool',
  provides: ['ethtool.*'],
  reads: (command) => listingOf(command) !== undefined && deviceOf(command) !== undefined,
  recognises: (head) => head.some((line) => HEADING.test(line)),
  parse,
};
