import type { IpvsService } from '../model.js';
import { optionValue, shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';
import { socketAddress } from './socket-address.js';

const HEADER = /^(?:IP Virtual Server version |Prot LocalAddress:Port|\s+-> RemoteAddress:Port)/;
const PROTOCOLS: Readonly<Record<string, IpvsService['proto']>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };
const SAVED: Readonly<Record<string, IpvsService['proto']>> = {
  '-t': 'tcp',
  '-u': 'udp',
  '--tcp-service': 'tcp',
  '--udp-service': 'udp',
  '--sctp-service': 'sctp',
};

function reads({ program, args }: Command): boolean {
  if (program === 'ipvsadm-save') return true;
  if (program !== 'ipvsadm') return false;
  // `-Lc` lists connections, `--daemon` and `--timeout` something else again.
  return !shortOptions(args).has('c') && !args.some((arg) => /^--(?:connection|daemon|timeout|set)$/.test(arg));
}

function service(proto: IpvsService['proto'] | undefined, address: string | undefined, scheduler?: string) {
  const end = socketAddress(address ?? '');
  if (proto === undefined || end?.port === undefined) return undefined;
  const read: IpvsService = { proto, ip: end.ip, port: end.port, backends: [] };
  // `--stats` and `--rate` have numbers where the scheduler stands.
  if (scheduler !== undefined && /^[a-z]{2,10}$/.test(scheduler)) read.scheduler = scheduler;
  return read;
}

/** `-> 10.244.1.2:8080  Masq  1  0  0`; of `--stats` only the address is taken. */
function backend(words: readonly string[]): IpvsService['backends'][number] | undefined {
  const end = socketAddress(words[1] ?? '');
  if (end?.port === undefined) return undefined;
  const read: IpvsService['backends'][number] = { ip: end.ip, port: end.port };
  if (!/^(?:Masq|Route|Tunnel|Local)$/.test(words[2] ?? '')) return read;
  const [weight, active, inactive] = [wholeNumber(words[3]), wholeNumber(words[4]), wholeNumber(words[5])];
  if (weight !== undefined) read.weight = weight;
  if (active !== undefined) read.active = active;
  if (inactive !== undefined) read.inactive = inactive;
  return read;
}

/** `ipvsadm -Ln` (with `--stats`, `--rate`), `ipvsadm -Sn`, `ipvsadm-save`: records `ipvs-service`. */
export const ipvsadm: Parser = {
  id: 'ipvsadm',
  provides: ['ipvs-service'],
  reads,
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const services: { value: IpvsService; line: number }[] = [];
    const saved = new Map<string, IpvsService>();
    let current: IpvsService | undefined;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '' || HEADER.test(line)) continue;
      const words = wordsOf(line);
      const first = words[0]!;
      if (first === '->') {
        const read = backend(words);
        if (read === undefined) problems.report(i + 1, 'not a real server of IPVS', line);
        else current?.backends.push(read);
        continue;
      }
      if (first === '-A' || first === '-a') {
        const key = `${words[1]} ${words[2]}`;
        if (first === '-A') {
          const read = service(SAVED[words[1] ?? ''], words[2], optionValue(words, 's', 'scheduler'));
          // Firewall marks (`-f 1`) are no Services of Kubernetes.
          if (read !== undefined) {
            saved.set(key, read);
            services.push({ value: read, line: i + 1 });
          } else if (words[1] !== '-f') problems.report(i + 1, 'not a virtual server of IPVS', line);
        } else {
          const read = backend(['->', optionValue(words.slice(3), 'r', 'real-server') ?? '']);
          const weight = wholeNumber(optionValue(words.slice(3), 'w', 'weight'));
          if (read !== undefined && weight !== undefined) read.weight = weight;
          if (read !== undefined) saved.get(key)?.backends.push(read);
          else if (words[1] !== '-f') problems.report(i + 1, 'not a real server of IPVS', line);
        }
        continue;
      }
      current = service(Object.hasOwn(PROTOCOLS, first) ? PROTOCOLS[first] : undefined, words[1], words[2]);
      if (current !== undefined) services.push({ value: current, line: i + 1 });
      else if (first !== 'FWM') problems.report(i + 1, 'not a virtual server of IPVS', line);
    }
    for (const { value, line } of services) sink.record('ipvs-service', value, line);
    problems.finish();
  },
};
