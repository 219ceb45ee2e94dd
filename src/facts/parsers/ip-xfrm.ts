import { isIP } from 'node:net';
import type { Command, Parser } from './parser.js';

/** `src 10.0.0.1 dst 10.0.0.2`, the head of a state; of a policy it names networks, and its template hosts. */
const HEAD = /^src ([\da-fA-F.:]{2,45}) dst ([\da-fA-F.:]{2,45})\s*$/;
const POLICY = /^src [\da-fA-F.:]{2,45}\/\d{1,3} dst [\da-fA-F.:]{2,45}\/\d{1,3}/;
const TEMPLATE = /^\s+tmpl src ([\da-fA-F.:]{2,45}) dst ([\da-fA-F.:]{2,45})\s*$/;
const SPI = /^\s+proto esp spi 0x([\da-f]{1,8})\b/;
const DIRECTION = /^\s+dir (in|out|fwd)\b/;
const MOST = 5000;

function isState({ args }: Command): boolean {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return /^x(?:f|fr|frm)?$/.test(words[0] ?? '') && /^s/.test(words[1] ?? '');
}

function isPolicy({ args }: Command): boolean {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return /^x(?:f|fr|frm)?$/.test(words[0] ?? '') && /^p/.test(words[1] ?? '');
}

/** Cilium's templates have 0.0.0.0 for "whatever the node's address is": they name no pair. */
function pairOf(match: RegExpExecArray): string | undefined {
  const [, src, dst] = match;
  if (isIP(src!) === 0 || isIP(dst!) === 0 || /^(?:0\.0\.0\.0|::)$/.test(src!) || /^(?:0\.0\.0\.0|::)$/.test(dst!))
    return undefined;
  return `${src}>${dst}`;
}

/**
 * `ip xfrm state` and `ip xfrm policy`: `xfrm.states` (`SRC>DST SPI` in hex, a security association each) and `xfrm.policies`
 * (`SRC>DST in|out|fwd`, the tunnel that a policy asks for). Keys are not kept.
 */
export const ipXfrm: Parser = {
  id: 'ip-xfrm',
  provides: ['xfrm.*'],
  emptyIsOutput: true,
  reads: (command) => command.program === 'ip' && (isState(command) || isPolicy(command)),
  recognises: (head) =>
    (HEAD.test(head[0] ?? '') && head.some((line) => SPI.test(line))) ||
    (POLICY.test(head[0] ?? '') && head.some((line) => DIRECTION.test(line))),
  parse({ lines, command }, sink) {
    const states = new Set<string>();
    const policies = new Set<string>();
    let head: string | undefined;
    let direction = '';
    let seen: 'states' | 'policies' | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 400);
      const state = HEAD.exec(line);
      const template = TEMPLATE.exec(line);
      if (state !== null) {
        head = pairOf(state);
        seen ??= 'states';
      } else if (POLICY.test(line)) {
        head = undefined;
        seen ??= 'policies';
      }
      direction = DIRECTION.exec(line)?.[1] ?? direction;
      const spi = SPI.exec(line)?.[1];
      if (spi !== undefined && head !== undefined && states.size < MOST)
        states.add(`${head} ${spi.replace(/^0+(?=.)/, '')}`);
      const pair = template === null ? undefined : pairOf(template);
      if (pair !== undefined && policies.size < MOST) policies.add(`${pair} ${direction}`);
    }
    seen ??= isState(command) ? 'states' : isPolicy(command) ? 'policies' : undefined;
    if (seen === 'states') sink.fact('xfrm.states', [...states].sort(), 1);
    else if (seen === 'policies') sink.fact('xfrm.policies', [...policies].sort(), 1);
  },
};
