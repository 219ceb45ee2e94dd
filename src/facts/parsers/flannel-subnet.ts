import { dottedPathOf, wholeNumber } from './command-words.js';
import { readIni } from './ini-sections.js';
import { LineProblems } from './line-problems.js';
import { networkPrefix } from './network-prefix.js';
import type { Parser } from './parser.js';

/**
 * /run/flannel/subnet.env: `flannel.network` (the cluster's pod network), `flannel.subnet` (the node's, its first address
 * is cni0's), `flannel.mtu` (bytes) and `flannel.ip-masq`.
 */
export const flannelSubnet: Parser = {
  id: 'flannel-subnet',
  provides: ['flannel.*'],
  reads: (command) =>
    command.program === 'subnet.env' || /(?:^|\.)flannel\.subnet\.env$/.test(dottedPathOf(command) ?? ''),
  recognises: (head) => head.some((line) => /^FLANNEL_SUBNET=/.test(line)),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    const { entries, malformed } = readIni(lines);
    for (const line of malformed) problems.report(line, 'not a variable', lines[line - 1]!);
    for (const { key, value, line } of entries) {
      const network = networkPrefix(value.split(',')[0]!);
      if ((key === 'FLANNEL_NETWORK' || key === 'FLANNEL_SUBNET') && network !== undefined)
        sink.fact(`flannel.${key.slice('FLANNEL_'.length).toLowerCase()}`, network, line);
      else if (key === 'FLANNEL_MTU' && wholeNumber(value) !== undefined) sink.fact('flannel.mtu', Number(value), line);
      else if (key === 'FLANNEL_IPMASQ') sink.fact('flannel.ip-masq', value === 'true', line);
      else if (!key.startsWith('FLANNEL_')) problems.report(line, 'not a variable of Flannel', lines[line - 1]!);
    }
    problems.finish();
  },
};
