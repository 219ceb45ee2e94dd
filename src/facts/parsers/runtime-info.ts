import { objectOf, objectsOf, textOf } from './json-shape.js';
import { LogScan, patternsFor } from './log-scan.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

/** Warnings of `docker info` about kernel parameters (moby, daemon/info_unix.go). */
const WARNINGS: readonly (readonly [RegExp, string])[] = [
  [/^\s*WARNING: IPv4 forwarding is disabled/, 'sysctl.net.ipv4.ip_forward'],
  [/^\s*WARNING: bridge-nf-call-iptables is disabled/, 'sysctl.net.bridge.bridge-nf-call-iptables'],
  [/^\s*WARNING: bridge-nf-call-ip6tables is disabled/, 'sysctl.net.bridge.bridge-nf-call-ip6tables'],
];

function isInfo({ program, args }: Command): boolean {
  return /^(?:docker|podman|crictl|nerdctl)$/.test(program) && args.some((arg) => arg === 'info' || arg === 'system');
}

function readCrictl(input: ParserInput, sink: FactSink): void {
  let value: unknown;
  try {
    value = JSON.parse(input.text.slice(input.text.indexOf('{')));
  } catch {
    sink.problem(1, 'not the JSON that crictl info prints');
    return;
  }
  const lineOf = (word: string): number => Math.max(1, input.lines.findIndex((line) => line.includes(word)) + 1);
  const scan = new LogScan(sink);
  const patterns = patternsFor(input.logPatterns, ['containerd']);
  const info = objectOf(value);
  for (const condition of objectsOf(objectOf(info.status).conditions)) {
    if (condition.type !== 'NetworkReady' || typeof condition.status !== 'boolean') continue;
    sink.fact('node.network-not-ready', !condition.status, lineOf('NetworkReady'));
    const message = textOf(condition.message);
    if (message !== undefined)
      scan.read(message, { line: lineOf('NetworkReady'), patterns, subject: input.subject, component: 'containerd' });
  }
  const load = textOf(info.lastCNILoadStatus);
  if (load !== undefined && load !== 'OK')
    scan.read(load, { line: lineOf('lastCNILoadStatus'), patterns, subject: input.subject, component: 'containerd' });
  scan.finish();
}

/**
 * `docker info` and `crictl info`: what they warn of. Docker names kernel parameters that are 0; CRI says whether the
 * network is ready (`node.network-not-ready`), with a reason that is searched like a log line.
 */
export const runtimeInfo: Parser = {
  id: 'runtime-info',
  provides: ['runtime.*'],
  reads: isInfo,
  recognises: (head) =>
    head.some((line) => /^\s*Server Version: \S/.test(line)) &&
    head.some((line) => /^\s*Storage Driver: \S/.test(line)),
  parse(input, sink) {
    if (/^\s*\{/.test(input.text.slice(0, 4000))) {
      readCrictl(input, sink);
      return;
    }
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.slice(0, 500);
      for (const [warning, fact] of WARNINGS) if (warning.test(line)) sink.fact(fact, 0, i + 1);
      const version = /^\s*Server Version: (\S{1,60})/.exec(line);
      if (version !== null) sink.fact('runtime.version', version[1]!, i + 1);
    }
  },
};
