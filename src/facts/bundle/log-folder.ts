import { CLUSTER } from '../model.js';
import { podLogOfKubelet } from './machine-file.js';
import { NO_COMMAND, type Place } from './place.js';

/** Names of what writes logs of the pod network and its machine, as people name files after it. */
const COMPONENT =
  /^(kubelet|kube-?proxy|coredns|kube-dns|containerd|dockerd?|cri-?o|(?:kube-)?flanneld?|calico-(?:node|typha|kube-controllers)|cilium(?:-agent|-operator)?|antrea-(?:agent|controller)|weave(?:-net)?|kube-router|aws-node|ipamd|multus|bird6?|metallb|speaker|messages|syslog|dmesg|kern|journal(?:ctl)?|kube-(?:apiserver|controller-manager|scheduler))(?=[-_. ]|$)/i;

const LOG_FILE = /(?:\.(?:log|txt|out)(?:\.\d{1,3})?|^[^.]+)$/i;

/** The kubelet's own trees, wherever they begin: `pods/<ns>_<pod>_<uid>/<container>/0.log`, `containers/<pod>_<ns>_….log`. */
export function kubeletLogs(path: string): Place | undefined {
  if (!/\.log$/.test(path)) return undefined;
  const parts = path.split('/');
  const at = parts.findIndex((part) => part === 'pods' || part === 'containers');
  return at < 0 || at === parts.length - 1 ? undefined : podLogOfKubelet(parts.slice(at + 1));
}

/**
 * Logs in folders of any name: files named after a component (`kubelet-worker1.log`, `n2/kube-proxy.log`). Whose it is the rest of the name or its folder says.
 */
export function logFolder(path: string): Place | undefined {
  const parts = path.split('/');
  const name = parts[parts.length - 1]!;
  if (parts.includes('nodes') || parts.includes('logs')) return undefined;
  const component = COMPONENT.exec(name);
  if (component === null || !LOG_FILE.test(name)) return undefined;
  // `journalctl_-u_kubelet` is a command, and its words say more.
  if (/^[^.]*_-/.test(name) || /\.(?:json|ya?ml|conf)/i.test(name)) return undefined;
  const rest = name.slice(component[0].length).replace(/\.(?:log|txt|out)(?:\.\d{1,3})?$/i, '');
  const owner = rest.replace(/^[-_. ]+/, '') || (parts.length > 1 ? parts[parts.length - 2]! : component[0]);
  // `coredns-565d847f94-8k2vq.log` is a pod's whole name.
  const pod = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(rest) ? component[0] + rest : owner;
  return { kind: 'log', subject: CLUSTER, command: NO_COMMAND, component: component[1]!.toLowerCase(), owner: pod };
}
