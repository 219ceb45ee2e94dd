import type { Parser } from './parser.js';

/** A namespace that a container runtime made for a pod: `cni-0f3c…-…`, `0f3c…-…` (CRI-O), with `(id: 3)` behind. */
const OF_A_POD = /^(?:cni-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?: \(id: \d{1,9}\))?$/;
const ANY = /^[\w.@-]{1,255}(?: \(id: \d{1,9}\))?$/;

/** `ip netns list`, `ls /var/run/netns`: `netns.count`, the network namespaces that runtimes made for pods. */
export const netnsList: Parser = {
  id: 'netns-list',
  provides: ['netns.count'],
  emptyIsOutput: true,
  reads: (command) =>
    (command.program === 'ip' &&
      /^netns?$/.test(command.args[0] ?? '') &&
      /^(?:list|ls|show)?$/.test(command.args[1] ?? '')) ||
    (command.program === 'ls' && command.args.some((arg) => /(?:^|[./])run[./]netns[./]?$/.test(arg))),
  recognises: (head) => head.length > 2 && head.every((line) => line === '' || OF_A_POD.test(line)),
  parse({ lines }, sink) {
    let count = 0;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.trim();
      if (line === '') continue;
      if (OF_A_POD.test(line)) count += 1;
      else if (!ANY.test(line)) {
        sink.problem(i + 1, 'not a network namespace');
        return;
      }
    }
    sink.fact('netns.count', count, 1);
  },
};
