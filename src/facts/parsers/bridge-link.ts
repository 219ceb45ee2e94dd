import type { BridgePort } from '../model.js';
import { wordsOf } from './command-words.js';
import { interfaceHeader } from './ip-interface-listing.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';

const PORT_STATES = new Set(['disabled', 'listening', 'learning', 'forwarding', 'blocking']);

/** iproute2 before 4.20 or so: `5: veth1 state UP @eth0: <…> mtu 1500 master cni0 state forwarding …`. */
const OLD_HEADER = /^(\d+): +([^\s:@]+) state [A-Z]+ @([^\s:]+): (<.*)$/;

function reads({ program, args }: Command): boolean {
  if (program !== 'bridge') return false;
  const words = args.filter((arg) => !arg.startsWith('-'));
  return (
    words[0] !== undefined && 'link'.startsWith(words[0]) && (words[1] === undefined || 'show'.startsWith(words[1]))
  );
}

/** The name and the words after the flags of a port's first line. */
function portHeader(line: string): { dev: string; words: string[] } | undefined {
  const old = OLD_HEADER.exec(line);
  const header = interfaceHeader(old === null ? line : `${old[1]}: ${old[2]}@${old[3]}: ${old[4]}`);
  return header === undefined ? undefined : { dev: header.link.name, words: header.words };
}

function readWords(port: BridgePort, words: readonly string[]): void {
  for (let i = 0; i + 1 < words.length; i += 1) {
    const value = words[i + 1]!;
    if (words[i] === 'master') port.master = value;
    else if (words[i] === 'state' && PORT_STATES.has(value)) port.state = value;
    else if (words[i] === 'hairpin') port.hairpin = value === 'on';
  }
}

/** `bridge link`, `bridge -d link`: records `bridge-port`; hairpin only where `-d` prints it. */
export const bridgeLink: Parser = {
  id: 'bridge-link',
  provides: ['bridge-port'],
  reads,
  recognises: (head) =>
    head.some((line) => /^\d+: .*> mtu \d+ master \S+ state [a-z]+ priority \d+ cost \d+/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let port: BridgePort | undefined;
    let portLine = 0;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.replaceAll('\\', ' ').trimEnd();
      if (line === '') continue;
      if (/^\s/.test(line)) {
        if (port !== undefined) readWords(port, wordsOf(line));
        continue;
      }
      if (port !== undefined) sink.record('bridge-port', port, portLine);
      port = undefined;
      const header = portHeader(line);
      if (header === undefined) {
        problems.report(i + 1, 'not a bridge port', line);
        continue;
      }
      port = { dev: header.dev };
      portLine = i + 1;
      readWords(port, header.words);
    }
    if (port !== undefined) sink.record('bridge-port', port, portLine);
    problems.finish();
  },
};
