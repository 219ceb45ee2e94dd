import { nodeSubject, podSubject } from '../model.js';
import { containerLogPlace, NO_COMMAND, objectsNamed, type Place, type Surroundings, UNNAMED_NODE } from './place.js';

/** The folder that the collector `clusterResources`, on by default, writes. */
export const CLUSTER_RESOURCES = 'cluster-resources';

/**
 * A support bundle of troubleshoot.sh: `cluster-resources/<resource>[/<ns>].json`, logs and outputs of the collectors, each
 * below a folder that whoever wrote the specification named: `<name>/<ns>/<pod>/<container>.log`,
 * `<name>/<ns>/<pod>/<command>-stdout.txt`, and `host-collectors/` for those that ran on a host.
 */
export function supportBundle(path: string, around: Surroundings): Place | undefined {
  const root = around.rootOf(CLUSTER_RESOURCES, path);
  if (root === undefined) return undefined;
  const parts = path.slice(root.length).split('/');
  if (parts[0] === CLUSTER_RESOURCES) return clusterResource(parts.slice(1));
  if (parts[0] === 'host-collectors' || parts[0] === 'remote-host-collectors') return hostCollector(parts.slice(1));
  const name = parts[parts.length - 1]!;
  const log = containerLog(parts);
  if (log !== undefined) return log;
  if (parts.length >= 4 && /-(?:stdout|stderr)\.txt$/.test(name)) {
    const subject = podSubject(parts[parts.length - 3]!, parts[parts.length - 2]!);
    return { kind: 'loose', subject, command: NO_COMMAND };
  }
  return undefined;
}

/** `pods/logs/<ns>/<pod>/<container>[-previous].log`, `<resource>.json`, `<resource>/<ns>.json`. */
function clusterResource(rest: readonly string[]): Place | undefined {
  const name = rest[rest.length - 1]!;
  if (rest[0] === 'pods' && rest[1] === 'logs') {
    return rest.length === 5 && name.endsWith('.log')
      ? containerLogPlace(rest[2]!, rest[3]!, containerOf(name))
      : undefined;
  }
  const format = /\.(json|ya?ml)$/.exec(name);
  if (format === null) return undefined;
  if (rest[0] === 'custom-resources' && rest.length > 1) {
    return objectsNamed(rest.length === 2 ? name.slice(0, format.index) : rest[1]!, format[1]!);
  }
  return objectsNamed(rest.length === 1 ? name.slice(0, format.index) : rest[0]!, format[1]!);
}

/** Below a folder of any name that ends in `logs`: `<ns>/<pod>/<container>.log`. */
function containerLog(parts: readonly string[]): Place | undefined {
  const name = parts[parts.length - 1]!;
  if (!name.endsWith('.log') || parts.length < 4) return undefined;
  const namespace = parts[parts.length - 3]!;
  return containerLogPlace(namespace, parts[parts.length - 2]!, containerOf(name));
}

function containerOf(name: string): string {
  return name.replace(/\.log$/, '').replace(/-previous$/, '');
}

/** A host's: those that ran on nodes have the node's name as their folder; of the others nobody knows which host it was. */
function hostCollector(rest: readonly string[]): Place {
  const node = rest.length === 3 ? rest[1]! : UNNAMED_NODE;
  return { kind: 'loose', subject: nodeSubject(node), command: NO_COMMAND };
}
