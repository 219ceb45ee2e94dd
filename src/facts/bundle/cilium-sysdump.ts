import { CLUSTER, nodeSubject } from '../model.js';
import { commandOfName } from './command.js';
import { containerLogPlace, NO_COMMAND, objectsNamed, type Place, UNNAMED_NODE, unreadPlace } from './place.js';

/** `-20240501-120000`: the time that every file's name ends in. */
const STAMP = String.raw`(?:-\d{8}-\d{6})?`;

const OBJECTS = new RegExp(String.raw`^(?:k8s-|cilium-)?([a-z0-9]+)${STAMP}\.(ya?ml|json)$`);
const CILIUM_OBJECTS = new RegExp(String.raw`^cilium-[a-z-]*?(configmap|daemonset|deployment)${STAMP}\.(ya?ml|json)$`);
const LOG = new RegExp(String.raw`^logs-([a-z0-9.-]+?)${STAMP}(?:-prev)?\.log$`);
const HUBBLE = new RegExp(String.raw`^hubble-flows-[a-z0-9.-]+?${STAMP}\.json$`);

/** The folder of one pod's `cilium-bugtool`, or of what it packed. */
const BUGTOOL = new RegExp(String.raw`^(?:cilium-)?bugtool-(cilium-[a-z0-9]{5})${STAMP}(?:\.tar)?$`);

/** What a cilium-sysdump's folder may be called besides: any name that has it. */
const SYSDUMP = /(?:^|\/)(?:cilium-sysdump[^/]*|[^/]*-sysdump[^/]*)\//;

/**
 * A sysdump of `cilium sysdump`, all its files side by side: `k8s-<resource>-<time>.yaml`, `logs-<pod>-<container>-<time>.log`,
 * `cilium-configmap-<time>.yaml`, `hubble-flows-<pod>-<time>.json`, and the archive of each agent's `cilium-bugtool`, whose
 * `cmd/*.md` are outputs under a heading with the command. The agent lives in its node's network.
 */
export function ciliumSysdump(path: string): Place | undefined {
  const parts = path.split('/');
  const name = parts[parts.length - 1]!;
  const bugtool = parts.findIndex((part) => BUGTOOL.test(part));
  if (bugtool >= 0 && bugtool < parts.length - 1) return bugtoolFile(parts, BUGTOOL.exec(parts[bugtool]!)![1]!);
  if (HUBBLE.test(name)) {
    return {
      kind: 'output',
      subject: CLUSTER,
      command: { program: 'hubble', args: ['observe', '-o', 'json'], exact: false },
    };
  }
  const log = LOG.exec(name);
  if (log !== null) return agentLog(log[1]!);
  const own = CILIUM_OBJECTS.exec(name);
  if (own !== null) return objectsNamed(`${own[1]}s`, own[2]!);
  const objects = OBJECTS.exec(name);
  if (objects !== null && (name.startsWith('k8s-') || SYSDUMP.test(path) || /-\d{8}-\d{6}\./.test(name))) {
    return objectsNamed(objects[1]!, objects[2]!);
  }
  return undefined;
}

/** Sysdumps take logs of Cilium's own pods; its namespace is not in the name, and nearly always this one. */
const NAMESPACE = 'kube-system';

/** `cilium-x7k2p-cilium-agent`: where the pod's name ends its generated part does. */
function agentLog(podAndContainer: string): Place {
  const pod = /^.*?-[bcdfghjklmnpqrstvwxz2456789]{5}(?=-)/.exec(podAndContainer)?.[0];
  if (pod === undefined) return { ...containerLogPlace(NAMESPACE, podAndContainer, ''), subject: CLUSTER };
  return {
    ...containerLogPlace(NAMESPACE, pod, podAndContainer.slice(pod.length + 1)),
    subject: CLUSTER,
    owner: pod,
  };
}

function bugtoolFile(parts: readonly string[], pod: string): Place {
  const name = parts[parts.length - 1]!;
  if (parts[parts.length - 2] !== 'cmd') return unreadPlace('the agent’s own state, which podnet does not look at');
  const command = name.endsWith('.md') ? NO_COMMAND : commandOfName(name.replaceAll('-', '_'));
  return { kind: 'loose', subject: nodeSubject(UNNAMED_NODE), command, onNodeOf: pod };
}
