import type { Parser } from './parser.js';

const KIND = /^Encryption:\s+(Wireguard|IPsec|Disabled)\b/i;
const KEYS = /^Keys in use:\s+(\d{1,4})\b/;
const ERRORS = /^Errors:\s+(\d{1,15})\b/;

/**
 * `cilium encrypt status` of the agent: `encryption.kind` (`wireguard`, `ipsec`, `disabled`), `encryption.keys-in-use` (more than
 * one while keys are rotated) and `encryption.errors`, packets that IPsec dropped.
 */
export const ciliumEncrypt: Parser = {
  id: 'cilium-encrypt',
  provides: ['encryption.*'],
  reads: ({ program, args }) =>
    /^cilium(?:-dbg)?$/.test(program) && /^(?:encrypt|encryption)$/.test(args[0] ?? '') && args[1] === 'status',
  recognises: (head) => KIND.test(head[0] ?? '') && !head.some((line) => /^KVStore:/.test(line)),
  parse({ lines }, sink) {
    let known = false;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 300);
      const kind = KIND.exec(line)?.[1];
      const keys = KEYS.exec(line)?.[1];
      const errors = ERRORS.exec(line)?.[1];
      if (kind !== undefined) sink.fact('encryption.kind', kind.toLowerCase(), i + 1);
      if (keys !== undefined) sink.fact('encryption.keys-in-use', Number(keys), i + 1);
      if (errors !== undefined) sink.fact('encryption.errors', Number(errors), i + 1);
      known ||= kind !== undefined;
    }
    if (!known) sink.unknown('encryption.kind', 'the output does not say how traffic is encrypted');
  },
};
