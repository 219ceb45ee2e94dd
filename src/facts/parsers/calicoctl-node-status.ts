import { isIP } from 'node:net';
import type { BgpPeer } from '../model.js';
import type { Parser } from './parser.js';

const RULER = /^\+(?:-+\+){2,10}$/;
const NO_PEERS = /^No IPv[46] (?:BGP )?peers found\.?$/;

/** `calicoctl node status`: records `bgp-peer`. The cells of its tables are told by their heading. */
export const calicoctlNodeStatus: Parser = {
  id: 'calicoctl-node-status',
  provides: ['bgp-peer'],
  reads: ({ program, args }) => program === 'calicoctl' && args.includes('node') && args.includes('status'),
  recognises: (head) =>
    head.some((line) => /^Calico process is (?:not )?running/.test(line) || /^\|\s*PEER ADDRESS\s*\|/.test(line)),
  parse({ lines }, sink) {
    let columns: string[] | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500).trim();
      const running = /^Calico process is (not )?running/.exec(line);
      if (running !== null) sink.fact('calico.running', running[1] === undefined, i + 1);
      if (!line.startsWith('|')) {
        if (line !== '' && !RULER.test(line) && !NO_PEERS.test(line)) columns = undefined;
        continue;
      }
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (cells.includes('PEER ADDRESS')) {
        columns = cells;
        continue;
      }
      const cell = (name: string): string => cells[columns?.indexOf(name) ?? -1] ?? '';
      const peer = cell('PEER ADDRESS');
      if (isIP(peer) === 0 || cell('STATE') === '') {
        sink.problem(i + 1, 'not a BGP peer of calicoctl');
        continue;
      }
      const record: BgpPeer = { peer, state: cell('STATE') };
      if (cell('SINCE') !== '') record.since = cell('SINCE');
      if (cell('INFO') !== '') record.info = cell('INFO');
      sink.record('bgp-peer', record, i + 1);
    }
  },
};
