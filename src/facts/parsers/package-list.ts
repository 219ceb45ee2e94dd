import { kindOf } from '../model.js';
import type { Parser } from './parser.js';

/** Packages whose versions decide faults, and the facts that they make known. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['systemd', 'systemd.version'],
  ['iptables', 'iptables.version'],
  ['iptables-nft', 'iptables.version'],
  ['iptables-legacy', 'iptables.version'],
  ['containerd', 'containerd.version'],
  ['containerd.io', 'containerd.version'],
  ['kubelet', 'kubelet.version'],
]);

/** `systemd-219-78.el7_9.7.x86_64`, with what follows in sos's list, a date. */
const RPM =
  /^([a-z][\w.+-]{0,80}?)-(?:\d{1,4}:)?(\d[\w.~^]{0,60}-\d[\w.~^+]{0,60})\.(?:x86_64|aarch64|i[3-6]86|ppc64le|s390x|noarch)(?:\s|$)/;
/** `ii  systemd  249.11-0ubuntu3.12  amd64  system and service manager`: installed ones alone, `rc` are remains. */
const DPKG = /^[ih]i {1,4}([a-z][\w.+-]{0,80})(?::\w{2,10})?\s{1,60}(?:\d{1,4}:)?(\d\S{0,80})\s/;

/**
 * `rpm -qa`, `dpkg -l`, sos's `installed-rpms` and `installed-debs`: versions of the few packages that faults depend on. A
 * pod's own are its image's.
 */
export const packageList: Parser = {
  id: 'package-list',
  provides: [],
  reads: ({ program, args }) =>
    (program === 'rpm' && args.some((arg) => /^-\w*q\w*a|^-\w*a\w*q/.test(arg))) ||
    (program === 'dpkg' && (args.includes('-l') || args.includes('--list'))) ||
    /^installed-(?:rpms|debs)$/.test(program),
  recognises: (head) =>
    head.filter((line) => RPM.test(line.slice(0, 300)) || DPKG.test(line.slice(0, 300))).length >= 5,
  parse({ lines, subject }, sink) {
    if (kindOf(subject) === 'pod') return;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 300);
      const [, name, version] = RPM.exec(line) ?? DPKG.exec(line) ?? [];
      const fact = name === undefined ? undefined : PACKAGES.get(name);
      if (fact !== undefined) sink.fact(fact, version!, i + 1);
    }
  },
};
