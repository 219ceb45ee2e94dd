import { CLUSTER } from '../model.js';
import { shortOptions } from './command-words.js';
import type { Command, Parser } from './parser.js';

/** What a program says of its version, and the fact that it makes known; each has the version in its first group. */
interface Banner {
  program: RegExp;
  line: RegExp;
  fact: string;
  /** On the cluster, whoever asked. */
  cluster?: true;
}

const VERSION = String.raw`v?(\d{1,4}(?:\.\d{1,6}){0,3}[\w.+~-]{0,60})`;

const BANNERS: readonly Banner[] = [
  // iptables v1.8.7 (nf_tables)
  {
    program: /^(?:ip6?tables(?:-legacy|-nft)?|xtables-(?:legacy|nft)-multi)$/,
    line: /^ip6?tables v(\d+\.\d+(?:\.\d+){0,2})/,
    fact: 'iptables.version',
  },
  // systemd 249 (249.11-0ubuntu3.12), systemd 219
  {
    program: /^(?:systemctl|systemd|networkctl|udevadm)$/,
    line: /^systemd (\d{1,4}(?:[.-]\d{1,6}){0,3})(?= |$|~|-)/,
    fact: 'systemd.version',
  },
  // containerd containerd.io 1.6.33 d2d58213…, containerd github.com/containerd/containerd v1.7.2 0cae528…
  {
    program: /^containerd$/,
    line: new RegExp(String.raw`^containerd \S{1,80} ${VERSION}(?: |$)`),
    fact: 'containerd.version',
  },
  { program: /^kubelet$/, line: new RegExp(`^Kubernetes ${VERSION}$`), fact: 'kubelet.version' },
  { program: /^kube-proxy$/, line: new RegExp(`^Kubernetes ${VERSION}$`), fact: 'kube-proxy.version' },
  // Of `calicoctl version` only the cluster's is Calico's own, the client's is calicoctl's.
  {
    program: /^(?:kubectl-)?calico(?:ctl)?$/,
    line: new RegExp(String.raw`^Cluster Version:\s{1,20}${VERSION}$`),
    fact: 'cni.version',
    cluster: true,
  },
  // The agent's `cilium version` tells the daemon's; the command-line tool's `cilium image (running): 1.14.2`.
  {
    program: /^cilium(?:-dbg)?$/,
    line: new RegExp(String.raw`^(?:Daemon: |cilium image \(running\): (?:\S{1,200}:)?)${VERSION}(?: |@|$)`),
    fact: 'cni.version',
    cluster: true,
  },
  {
    program: /^antctl$/,
    line: new RegExp(`^(?:agent|controller)Version: ${VERSION}$`),
    fact: 'cni.version',
    cluster: true,
  },
];

function asksVersion({ program, args }: Command): boolean {
  return (
    args.includes('--version') ||
    args[0] === 'version' ||
    (shortOptions(args).has('V') && /^ip6?tables/.test(program)) ||
    (program === 'containerd' && args[0] === '-v')
  );
}

/**
 * What programs print when asked for their version: `iptables.version` with `iptables.backend` (`nf_tables`, `legacy`, where
 * the program says it), `systemd.version`, `containerd.version`, `kubelet.version`, `kube-proxy.version`, and the CNI's own
 * as `cni.version` of the cluster.
 */
export const programVersion: Parser = {
  id: 'program-version',
  provides: [],
  reads: (command) => asksVersion(command) && BANNERS.some(({ program }) => program.test(command.program)),
  recognises: (head) => /^(?:iptables v\d|systemd \d{3} \()/.test(head[0] ?? ''),
  parse({ lines, command }, sink) {
    for (const { program, line: pattern, fact, cluster } of BANNERS) {
      if (command.program !== '' && !program.test(command.program)) continue;
      for (let i = 0; i < Math.min(lines.length, 200); i += 1) {
        const line = lines[i]!.slice(0, 500).trim();
        const version = pattern.exec(line)?.[1];
        if (version === undefined) continue;
        sink.fact(fact, version, i + 1, cluster ? { subject: CLUSTER } : {});
        const backend = fact === 'iptables.version' ? /\((nf_tables|legacy)\)/.exec(line)?.[1] : undefined;
        if (backend !== undefined) sink.fact('iptables.backend', backend, i + 1);
        break;
      }
    }
  },
};
