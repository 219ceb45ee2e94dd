import { spawnSync } from 'node:child_process';
import type { RouteQuestion } from './routing-random.js';

/** What the kernel says to a question. */
export interface KernelRoute {
  kind: 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit' | 'none';
  dev?: string;
  via?: string;
  table: string;
  src?: string;
  text: string;
}

/** Outputs of one namespace by the names that they have in a bundle. */
export type Outputs = Record<string, string>;

const MARK = '@@podnet@@';
const OUTPUTS: readonly [string, string][] = [
  ['ip_rule', 'ip rule'],
  ['ip_route_show_table_all', 'ip -4 route show table all'],
  ['ip_addr', 'ip addr'],
  ['sysctl_-a', "sysctl -a 2>/dev/null | grep -E 'net\\.ipv4\\.(conf|ip_forward)'"],
];

/** Makes a network namespace by commands of `ip -batch`, of which the kernel may refuse some, and asks it. */
export function askKernel(
  setup: readonly string[],
  sysctls: readonly string[],
  questions: readonly RouteQuestion[],
): { outputs: Outputs; answers: KernelRoute[] } {
  const script = [
    `ip -batch - -force <<'END' >/dev/null 2>&1\n${setup.join('\n')}\nEND`,
    ...(sysctls.length === 0 ? [] : [`sysctl -qw ${sysctls.join(' ')} || exit 3`]),
    ...OUTPUTS.map(([, command]) => `echo '${MARK}'; ${command}`),
    ...questions.map((question) => `echo '${MARK}'; ${commandOf(question)} 2>&1`),
    'exit 0',
  ].join('\n');
  const run = spawnSync('unshare', ['-n', 'sh', '-s'], { input: script, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`the namespace failed: ${run.error?.message ?? run.stderr}`);
  const parts = run.stdout.split(`${MARK}\n`).slice(1);
  const outputs = Object.fromEntries(OUTPUTS.map(([name], i) => [name, parts[i]!]));
  return { outputs, answers: parts.slice(OUTPUTS.length).map(answerOf) };
}

/** Why namespaces cannot be made here; undefined where they can. */
export function whyNoNamespaces(): string | undefined {
  const run = spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two'], {
    encoding: 'utf8',
  });
  return run.status === 0 ? undefined : `network namespaces cannot be made: ${run.error?.message ?? run.stderr}`;
}

/** The words of `ip route get` for a question. */
export function commandOf({ dst, src, iif, oif, mark }: RouteQuestion): string {
  const words = ['ip route get', dst];
  if (src !== undefined) words.push('from', src);
  if (iif !== undefined) words.push('iif', iif);
  if (oif !== undefined) words.push('oif', oif);
  if (mark !== 0) words.push('mark', String(mark));
  return words.join(' ');
}

const ERRORS: readonly [RegExp, KernelRoute['kind']][] = [
  [/Network is unreachable/, 'none'],
  [/No route to host/, 'unreachable'],
  [/Permission denied/, 'prohibit'],
  [/Invalid argument/, 'blackhole'],
];

function answerOf(text: string): KernelRoute {
  for (const [words, kind] of ERRORS) if (words.test(text)) return { kind, table: '', text };
  const words = text.split(/\s+/);
  const after = (key: string): string | undefined => {
    const at = words.indexOf(key);
    return at < 0 ? undefined : words[at + 1];
  };
  const first = words[0]!;
  const kind = first === 'local' || first === 'broadcast' ? first : 'unicast';
  const answer: KernelRoute = { kind, table: after('table') ?? 'main', text };
  const dev = after('dev');
  const via = after('via');
  const src = after('src');
  if (dev !== undefined) answer.dev = dev;
  if (via !== undefined) answer.via = via;
  if (src !== undefined) answer.src = src;
  return answer;
}
