import type { Parser } from './parser.js';

const HEADER = /^DEVICE\s+TYPE\s+STATE\s+CONNECTION/;
/** Interfaces that a CNI makes and that no one else is to touch. */
const CNI_DEVICE =
  /^(?:cali[0-9a-f]{6,}|veth\w{1,20}|cni\d{1,3}|cbr\d{1,3}|flannel[.\w-]{1,10}|tunl\d|vxlan[.-]\w{1,20}|cilium_\w{1,20}|lxc\w{4,20}|kube-\w{1,20}|weave|vethwe\w{0,20}|antrea-\w{1,20}|genev_sys_\d{1,6}|ovn\S{1,20}|nodelocaldns)$/;

/**
 * `nmcli device [status]`, also `-t`: `networkmanager.manages`, the CNI's interfaces that NetworkManager manages. One that
 * is `connected (externally)` it only watches.
 */
export const nmcli: Parser = {
  id: 'nmcli',
  provides: ['networkmanager.manages'],
  reads: ({ program, args }) =>
    program === 'nmcli' && args.some((arg) => /^d(?:e(?:v(?:i(?:c(?:e)?)?)?)?)?$/.test(arg)) && !args.includes('show'),
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse({ lines }, sink) {
    const managed: string[] = [];
    let seen: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500).trim();
      if (line === '' || HEADER.test(line)) continue;
      // Long states hold blanks: `connected (externally)`, `connecting (getting IP configuration)`.
      const row =
        /^(\S{1,40}) +[\w-]{2,20} +([a-z]{4,14}(?: \([^)]{1,60}\))?)(?: {2,}|$| --)/.exec(line) ??
        /^([^:\s]{1,40}):[\w-]{2,20}:([a-z]{4,14}(?: \([^)]{1,60}\))?)(?::|$)/.exec(line);
      if (row === null) {
        sink.problem(i + 1, 'not a device of nmcli');
        continue;
      }
      seen ??= i + 1;
      const isManaged = !/^(?:unmanaged|unavailable)|externally/.test(row[2]!);
      if (isManaged && CNI_DEVICE.test(row[1]!)) managed.push(row[1]!);
    }
    if (seen !== undefined) sink.fact('networkmanager.manages', managed.sort(), seen);
  },
};
