import { CLUSTER } from '../model.js';
import { containerLogPlace, logPlace, objectsNamed, type Place, type Surroundings, unreadPlace } from './place.js';

/** Folders that may stand before the tree: the must-gather's own and the image's. */
const PREFIX_FOLDERS = 4;

const NOT_ITS = /^(?:sos_commands|cluster-resources)$/;

/**
 * An OpenShift must-gather (`oc adm must-gather`, `oc adm inspect`): below a folder named after the image
 * `cluster-scoped-resources/<group>/<resource>`, `namespaces/<ns>/<group>/<resource>.yaml`,
 * `namespaces/<ns>/pods/<pod>/<container>/<container>/logs/{current,previous}.log` and `host_service_logs/`.
 */
export function mustGather(path: string, around: Surroundings): Place | undefined {
  const parts = path.split('/');
  for (let at = 0; at < parts.length - 1 && at <= PREFIX_FOLDERS; at += 1) {
    const rest = parts.slice(at + 1);
    switch (parts[at]) {
      case 'cluster-scoped-resources':
        return clusterScoped(rest);
      case 'namespaces':
        return namespaced(rest, parts.slice(0, at + 1).join('/'), around);
      case 'host_service_logs':
        // Journals of several nodes, each line with its host.
        return logPlace(CLUSTER, 'journal');
      default:
        if (NOT_ITS.test(parts[at]!)) return undefined;
    }
  }
  return undefined;
}

/** `core/nodes.yaml`, `core/nodes/<node>.yaml`, `crd.projectcalico.org/ippools/<pool>.yaml`. */
function clusterScoped(rest: readonly string[]): Place | undefined {
  if (rest.length < 2 || rest.length > 3) return undefined;
  const name = withoutYaml(rest[rest.length - 1]!);
  if (name === undefined) return undefined;
  return objectsNamed(rest.length === 2 ? name : rest[1]!, 'yaml');
}

function namespaced(rest: readonly string[], folder: string, around: Surroundings): Place | undefined {
  const [namespace, group, third] = rest;
  if (namespace === undefined || group === undefined) return undefined;
  const name = rest[rest.length - 1]!;
  if (group === 'pods' && third !== undefined) {
    // pods/<pod>/<container>/<container>/logs/current.log
    if (rest.length === 7 && rest[5] === 'logs') {
      return /^(?:current|previous)\.log$|^\d+\.log/.test(name)
        ? containerLogPlace(namespace, third, rest[3]!)
        : unreadPlace('the same log, fetched another way');
    }
    if (rest.length === 4 && withoutYaml(name) === third) {
      return around.has(`${folder}/${namespace}/core/pods.yaml`)
        ? unreadPlace('the same object stands in core/pods.yaml')
        : objectsNamed('pods', 'yaml');
    }
    return undefined;
  }
  const yaml = withoutYaml(name);
  if (yaml === undefined) return undefined;
  if (rest.length === 2) return unreadPlace('the namespace itself');
  // Groups with a file a resource, or a folder a resource with a file an object.
  return objectsNamed(rest.length === 3 ? yaml : third!, 'yaml');
}

function withoutYaml(name: string): string | undefined {
  return /\.(?:ya?ml|json)$/.test(name) ? name.replace(/\.\w+$/, '') : undefined;
}
