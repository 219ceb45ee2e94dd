import { CLUSTER, podSubject, type Subject } from '../model.js';
import type { Command } from '../parsers/parser.js';

/**
 * What a file is, by its path:
 * - `output`: what a command printed, or a copy of a file of the machine (`cat`);
 * - `objects`: Kubernetes objects;
 * - `facts`: facts given directly;
 * - `index`: what the other files are;
 * - `interview`: the answers from which a saved interview goes on; what they say is in other files;
 * - `log`: a component's log, whose subject is found among the names that the bundle knows (`logSubject`);
 * - `loose`: nothing that the path explains, so the content must tell;
 * - `unread`: known to hold nothing that podnet looks at: it is not even opened.
 */
export type FileKind = 'output' | 'objects' | 'facts' | 'index' | 'interview' | 'log' | 'loose' | 'unread';

/** A file of a bundle, by its path. */
export interface Place {
  kind: FileKind;
  subject: Subject;
  command: Command;
  /**
   * Outputs: the tool that made the tree names every file after its command, so what no parser reads by name need not be
   * opened.
   */
  named?: true;
  /** Logs: what wrote it: `kubelet`, `coredns`. */
  component?: string;
  /** Logs: the file's name without `.log`: a node's, a pod's or neither. Without one `subject` is whose log it is. */
  owner?: string;
  /** Outputs taken in a pod on the node's network: the pod. The subject is the node on which it turns out to run. */
  onNodeOf?: string;
  /** Outputs of a pod whose name nobody knows: the node on which it runs. */
  node?: string;
  /** `unread`: why. */
  reason?: string;
}

/** What a layout may ask of the rest of the bundle. */
export interface Surroundings {
  has(path: string): boolean;
  /**
   * The folder in which a tree of this kind begins, with its slash (`''` at the top), where the path lies in one. A tree
   * is known by a folder that only it has: `sos_commands`, `cluster-resources`.
   */
  rootOf(tree: string, path: string): string | undefined;
  /** The host whose sosreport begins in a folder. */
  hostOf(root: string): string;
}

/** One layout: what a path means in it, or undefined where the path is none of its own. */
export type Layout = (path: string, around: Surroundings) => Place | undefined;

export const NO_COMMAND: Command = { program: '', args: [], exact: false };

/** Where a loose file was taken, when nothing names a node. */
export const UNNAMED_NODE = 'input';

/** The namespace of pods of which only an address, a container or a network namespace is known. */
export const UNNAMED_NAMESPACE = '-';

/** Objects of one resource (`pods`, `networkpolicies`), in JSON or YAML. */
export function objectsPlace(resource: string, format: string): Place {
  const args = ['get', resource, '-A', '-o', format.toLowerCase() === 'json' ? 'json' : 'yaml'];
  return { kind: 'objects', subject: CLUSTER, command: { program: 'kubectl', args, exact: false } };
}

/** A log of which the layout tells whose it is. */
export function logPlace(subject: Subject, component: string): Place {
  return { kind: 'log', subject, command: NO_COMMAND, component };
}

/** A log of one container of a pod. */
export function containerLogPlace(namespace: string, pod: string, container: string): Place {
  return logPlace(podSubject(namespace, pod), componentOfContainer(pod, container));
}

/** A file that the layout knows to hold nothing of use, with the reason. */
export function unreadPlace(reason: string): Place {
  return { kind: 'unread', subject: CLUSTER, command: NO_COMMAND, reason };
}

/** What generated pod names end in: a ReplicaSet's hash and five characters, or those alone (apimachinery rand.go). */
const GENERATED = /(?:-[a-f0-9]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** The workload of which a pod is: its name without what a controller added. */
export function workloadOfPod(pod: string): string {
  return pod.replace(GENERATED, '');
}

/** Containers whose logs are searched by their own name, whatever their pods are called. */
const COMPONENT =
  /^(?:coredns|kube-proxy|kube-flannel|flannel|calico-node|cilium|antrea|weave|kube-router|aws-node|bird|speaker|frr|kubelet)/;

/** What a container's log is a log of: the container where its name tells, else the workload of its pod. */
export function componentOfContainer(pod: string, container: string): string {
  return COMPONENT.test(container) ? container : workloadOfPod(pod);
}

/** Resources of Kubernetes, by their plural, whose objects podnet reads. */
const RESOURCES: ReadonlySet<string> = new Set([
  ...['nodes', 'pods', 'services', 'endpoints', 'endpointslices', 'networkpolicies', 'events', 'configmaps'],
  ...['daemonsets', 'deployments', 'statefulsets', 'ippools', 'globalnetworkpolicies'],
  ...['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies', 'adminnetworkpolicies'],
  ...['baselineadminnetworkpolicies', 'namespaces'],
]);

/** Other spellings of them, in names of files. */
const SPELLINGS: Readonly<Record<string, string>> = {
  namespace: 'namespaces',
  node: 'nodes',
  pod: 'pods',
  service: 'services',
  event: 'events',
  configmap: 'configmaps',
  daemonset: 'daemonsets',
  deployment: 'deployments',
  endpointslice: 'endpointslices',
  networkpolicy: 'networkpolicies',
  'network-policy': 'networkpolicies',
  'network-policies': 'networkpolicies',
  ippool: 'ippools',
};

/** The resource that a name means (`network-policy`, `ippools.crd.projectcalico.org`); undefined for those not read. */
export function resourceNamed(name: string): string | undefined {
  const lower = name.toLowerCase();
  const plural = SPELLINGS[lower] ?? (lower.includes('.') ? lower.slice(0, lower.indexOf('.')) : lower);
  return RESOURCES.has(plural) ? plural : undefined;
}

const OTHER_OBJECTS = 'objects of a kind that podnet does not look at';

/** Objects of a resource by the name of their file or folder; `unread` for resources that are not looked at. */
export function objectsNamed(name: string, format: string): Place {
  const resource = resourceNamed(name);
  return resource === undefined ? unreadPlace(OTHER_OBJECTS) : objectsPlace(resource, format);
}
