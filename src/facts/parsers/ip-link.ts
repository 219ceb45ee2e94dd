import { listsIp } from './ip-command.js';
import { readInterfaces, startsInterface } from './ip-interface-listing.js';
import type { Parser } from './parser.js';

/** `ip link`, `ip -d link`, `ip -s link`: records `link`, and `bridge-port` where `-d` shows one. */
export const ipLink: Parser = {
  id: 'ip-link',
  provides: ['link'],
  reads: (command) => listsIp(command, 'link'),
  recognises: (head) =>
    head.some(startsInterface) &&
    head.some((line) => /^\s+link\/\S+/.test(line)) &&
    !head.some((line) => /^\s+inet6? /.test(line)),
  parse: readInterfaces,
};
