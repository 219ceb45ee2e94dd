import { wordsOf } from './command-words.js';
import type { Command, Parser } from './parser.js';

/** Names that runtimes load (libcni, ConfFiles); `.bak`, `.kubernetes-cni-keep` and the like they do not. */
const LOADED = /^[^.].*\.(?:conf|conflist|json)$/;

function isFolder({ program, args }: Command): boolean {
  return program === 'ls' && args.some((arg) => /(?:^|[./])cni[./]net\.d[./]?$/.test(arg));
}

/** `ls /etc/cni/net.d`, plain or long: `cni.config-files`, the names a runtime would load, in the order it reads them. */
export const cniConfigFolder: Parser = {
  id: 'cni-config-folder',
  provides: ['cni.config-files'],
  emptyIsOutput: true,
  reads: isFolder,
  parse({ lines }, sink) {
    const files = new Set<string>();
    for (const line of lines) {
      const words = wordsOf(line.slice(0, 500));
      // The long form starts with the mode; a link's name stands before its arrow.
      const long = /^[-dlbcps][rwxsStT-]{9}/.test(words[0] ?? '');
      const arrow = words.indexOf('->');
      const names = long ? words.slice(arrow < 0 ? -1 : arrow - 1, arrow < 0 ? undefined : arrow) : words;
      for (const name of names) if (LOADED.test(name)) files.add(name);
    }
    sink.fact('cni.config-files', [...files].sort(), 1);
  },
};
