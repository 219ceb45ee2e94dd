import { listsIp } from './ip-command.js';
import { readInterfaces, startsInterface } from './ip-interface-listing.js';
import type { Parser } from './parser.js';

/** `ip addr`: records `address`, and `link` for each interface it heads. */
export const ipAddr: Parser = {
  id: 'ip-addr',
  provides: ['address', 'link'],
  reads: (command) => listsIp(command, 'address'),
  recognises: (head) => head.some(startsInterface) && head.some((line) => /^\s+inet6? \S+ .*scope /.test(line)),
  parse: readInterfaces,
};
