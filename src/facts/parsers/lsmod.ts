import { dottedPathOf, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const HEADER = /^Module\s+Size\s+Used by/;
/** Modules of a node's network. */
const NETWORK =
  /^(?:br_netfilter|bridge|overlay|veth|vxlan|geneve|ipip|ip_tunnel|wireguard|ip_vs\w{0,10}|nf_\w{1,40}|nft_\w{1,40}|ip6?_tables|ip6?table_\w{1,20}|x_tables|xt_\w{1,30}|ip_set\w{0,30}|openvswitch|macvlan|ipvlan|8021q|bonding|tun|sch_\w{1,20})$/;

const MOST_OTHERS = 1000;

/**
 * `lsmod`, `cat /proc/modules`: `modules`, those loaded ones that have to do with the network, and `modules.other`, the rest (drivers,
 * file systems, host security). What is built in is not listed.
 */
export const lsmod: Parser = {
  id: 'lsmod',
  provides: ['modules', 'modules.other'],
  reads: (command) => command.program === 'lsmod' || dottedPathOf(command) === 'proc.modules',
  recognises: (head) => HEADER.test(head[0] ?? ''),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    const modules: string[] = [];
    const others: string[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000);
      if (line.trim() === '' || HEADER.test(line)) continue;
      const [name, size] = wordsOf(line);
      if (size === undefined || !/^\d+$/.test(size)) problems.report(i + 1, 'not a module', line);
      else if (NETWORK.test(name!)) modules.push(name!);
      else if (others.length < MOST_OTHERS) others.push(name!.slice(0, 64));
    }
    problems.finish();
    sink.fact('modules', modules.sort(), 1);
    sink.fact('modules.other', others.sort(), 1);
  },
};
