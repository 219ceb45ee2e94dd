import { CLUSTER, nodeSubject, podSubject, type Subject } from '../model.js';

/** Names that the bundle knows, to tell whose a log is. */
export interface Names {
  isNode(name: string): boolean;
  /** Namespaces in which a pod of that name is known. */
  namespacesOf(pod: string): readonly string[];
}

/** Components of which each node runs one, outside pods or in a DaemonSet: their logs are a node's. */
const NODE_COMPONENT =
  /^(?:system|messages|dmesg|journal|kernel|syslog|kubelet|kube-proxy|containerd|cri-?o|docker|dockerd|kube-flannel|flannel|calico-node|cilium|weave|antrea-agent|ovn|aws-node|terway|multus)/i;

/** A pod of a ReplicaSet or DaemonSet: its name ends in five characters of Kubernetes' own alphabet (apimachinery rand.go). */
const GENERATED_NAME = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** Names as the kubelet gives them to container logs: `<pod>_<namespace>_<container>-<id>`. */
const CONTAINER_LOG = /^([a-z0-9][a-z0-9.-]*)_([a-z0-9][a-z0-9-]*)_/;

/**
 * Whose a log is: a node's, a pod's, or `cluster` where the name tells neither (a pod whose namespace is not known is
 * not given one).
 */
export function logSubject(component: string, owner: string, names: Names): Subject {
  if (names.isNode(owner)) return nodeSubject(owner);
  const namespaces = names.namespacesOf(owner);
  if (namespaces.length === 1) return podSubject(namespaces[0]!, owner);
  const container = CONTAINER_LOG.exec(owner);
  if (container !== null) return podSubject(container[2]!, container[1]!);
  const perNode = NODE_COMPONENT.test(component) && owner !== component && !GENERATED_NAME.test(owner);
  return perNode && namespaces.length === 0 ? nodeSubject(owner) : CLUSTER;
}
