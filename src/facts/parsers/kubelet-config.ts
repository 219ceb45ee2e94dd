import { dottedPathOf } from './command-words.js';
import type { FactSink, Parser } from './parser.js';

const KIND = /^kind: "?KubeletConfiguration"?\s*$/;
/** Fields with one value (kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1) to facts. */
const FIELDS: Readonly<Record<string, string>> = {
  clusterDomain: 'kubelet.cluster-domain',
  resolvConf: 'kubelet.resolv-conf',
  podCIDR: 'kubelet.pod-cidr',
  hairpinMode: 'kubelet.hairpin-mode',
};

function unquoted(text: string): string {
  return text
    .replace(/\s+#.*$/, '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
}

/**
 * Kubelet's configuration file: `kubelet.cluster-dns` (a list), `kubelet.cluster-domain`, `kubelet.resolv-conf`,
 * `kubelet.pod-cidr`, `kubelet.hairpin-mode`. Only top-level fields are looked at, so it is read line by line.
 */
export const kubeletConfig: Parser = {
  id: 'kubelet-config',
  provides: ['kubelet.*'],
  reads: (command) =>
    /^var\.lib\.kubelet\.config\.ya?ml$|^etc\.kubernetes\.kubelet(?:-config)?\.(?:ya?ml|conf)$/.test(
      dottedPathOf(command) ?? '',
    ),
  recognises: (head) => head.some((line) => KIND.test(line)),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const field = /^([A-Za-z]{1,60}):(?:\s+(.{1,500}))?$/.exec(lines[i]!);
      if (field === null) continue;
      const value = unquoted(field[2] ?? '');
      if (field[1] === 'clusterDNS') readServers(lines, i, value, sink);
      else if (Object.hasOwn(FIELDS, field[1]!) && value !== '') sink.fact(FIELDS[field[1]!]!, value, i + 1);
    }
  },
};

/** `clusterDNS:` with its servers on the lines below, or `clusterDNS: [10.96.0.10]`. */
function readServers(lines: readonly string[], at: number, value: string, sink: FactSink): void {
  const servers: string[] = [];
  if (value.startsWith('[')) {
    for (const one of value.replace(/[[\]]/g, '').split(',')) if (unquoted(one) !== '') servers.push(unquoted(one));
  }
  for (let i = at + 1; i < lines.length && servers.length < 20; i += 1) {
    const item = /^\s*- (.{1,100})$/.exec(lines[i]!);
    if (item === null) break;
    servers.push(unquoted(item[1]!));
  }
  if (servers.length > 0) sink.fact('kubelet.cluster-dns', servers, at + 1);
}
