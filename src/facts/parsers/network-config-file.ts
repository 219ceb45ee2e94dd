import { CLUSTER } from '../model.js';
import { dottedPathOf } from './command-words.js';
import type { Command, Parser } from './parser.js';

/**
 * Files that Kubernetes mounts out of ConfigMaps, by the ConfigMap and key that they are mounted from: whoever reads the
 * ConfigMap reads the file alike.
 */
const FILES: readonly { path: RegExp; content: RegExp; name: string; key: string }[] = [
  { path: /(?:^|[./])Corefile$/, content: /^\.?[\w.:-]{0,60} ?\{\s*$/, name: 'coredns', key: 'Corefile' },
  {
    path: /(?:^|\.)kube-proxy\.(?:config\.conf|config\.ya?ml)$|(?:^|[./])kube-proxy(?:-config)?\.(?:conf|ya?ml)$/,
    content: /^kind: "?KubeProxyConfiguration/,
    name: 'kube-proxy',
    key: 'config.conf',
  },
  {
    path: /(?:^|[./])net-conf\.json$/,
    content: /"Backend"\s*:\s*\{/,
    name: 'kube-flannel-cfg',
    key: 'net-conf.json',
  },
];
const MAX_TEXT = 256 * 1024;

function fileOf(command: Command) {
  const path = dottedPathOf(command) ?? command.program;
  return FILES.find((file) => file.path.test(path));
}

/** Words that a Corefile has and other files with braces have not. */
const COREDNS_PLUGIN = /^\s+(?:kubernetes \S+|forward \. |cache(?: \d+)?$|errors$)/;

function fileWith(head: readonly string[]) {
  return FILES.find(
    (file) =>
      head.some((line) => file.content.test(line)) &&
      (file.name !== 'coredns' || head.some((line) => COREDNS_PLUGIN.test(line))) &&
      (file.name !== 'kube-flannel-cfg' || head.some((line) => /"Network"\s*:/.test(line))),
  );
}

/** A Corefile, kube-proxy's configuration, Flannel's net-conf.json: records `configmap-object`, on the cluster. */
export const networkConfigFile: Parser = {
  id: 'network-config-file',
  provides: [],
  reads: (command) => fileOf(command) !== undefined,
  recognises: (head) => fileWith(head) !== undefined,
  parse(input, sink) {
    const file = fileOf(input.command) ?? fileWith(input.lines.slice(0, 40));
    if (file === undefined) return;
    const namespace = file.name === 'kube-flannel-cfg' ? 'kube-flannel' : 'kube-system';
    const data = { [file.key]: input.text.slice(0, MAX_TEXT) };
    sink.record('configmap-object', { namespace, name: file.name, data }, 1, { subject: CLUSTER });
  },
};
