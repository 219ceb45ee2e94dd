import type { CalicoPool } from './calico-pools.js';
import { recordPools } from './calico-pools.js';
import { wordsOf } from './command-words.js';
import type { Parser } from './parser.js';

/**
 * `calicoctl get ippool -o wide`: the pools' networks, on the cluster whoever asked. Columns are found by their heading:
 * which there are differs by version.
 */
export const calicoctl: Parser = {
  id: 'calicoctl',
  provides: ['calico.pool-cidr'],
  reads: ({ program, args }) =>
    program === 'calicoctl' && args.includes('get') && args.some((arg) => /^ip-?pools?$/i.test(arg)),
  recognises: (head) => head.some((line) => /^(?:NAME\s+)?CIDR\s+.*\b(?:NAT|IPIP)/.test(line)),
  parse({ lines }, sink) {
    const pools: CalicoPool[] = [];
    let columns: string[] | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const words = wordsOf(lines[i]!.slice(0, 1000));
      if (words.length === 0) continue;
      if (words.includes('CIDR')) {
        columns = words;
        continue;
      }
      if (columns === undefined) continue;
      const cidr = words[columns.indexOf('CIDR')];
      if (cidr === undefined || !cidr.includes('/')) {
        sink.problem(i + 1, 'not a pool of calicoctl');
        continue;
      }
      const disabled = columns.indexOf('DISABLED');
      pools.push({ cidr, line: i + 1, disabled: disabled >= 0 && words[disabled] === 'true' });
    }
    recordPools(pools, sink);
  },
};
