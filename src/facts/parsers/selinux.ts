import type { Parser } from './parser.js';

/** `sestatus`: `SELinux status: disabled`, or `Current mode: enforcing`. */
const STATUS = /^(SELinux status|Current mode):\s+(\w{3,12})\s*$/;

/** `getenforce`, `sestatus`: `selinux.mode` (`enforcing`, `permissive`, `disabled`). */
export const selinux: Parser = {
  id: 'selinux',
  provides: ['selinux.mode'],
  reads: ({ program }) => program === 'getenforce' || program === 'sestatus',
  recognises: (head) => head.some((line) => /^SELinux status:\s/.test(line)),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 200);
      const status = STATUS.exec(line);
      const word = (status === null ? line.trim() : status[2]!).toLowerCase();
      if (!/^(?:enforcing|permissive|disabled)$/.test(word)) continue;
      sink.fact('selinux.mode', word, i + 1);
      return;
    }
    sink.unknown('selinux.mode', 'the output names no mode of SELinux');
  },
};
