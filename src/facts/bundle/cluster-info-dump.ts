import { containerLogPlace, objectsPlace, type Place, resourceNamed, type Surroundings, unreadPlace } from './place.js';

/** Files that `kubectl cluster-info dump` writes for each namespace besides those whose objects are read. */
const OTHER_RESOURCES = /^(?:replication-controllers|replicasets)$/;

/**
 * `kubectl cluster-info dump --output-directory`: `nodes.json`, `<ns>/{events,services,daemonsets,pods,…}.json` and
 * `<ns>/<pod>/logs.txt`. Lists of objects that people save under a resource's name are the same thing.
 */
export function clusterInfoDump(path: string, around: Surroundings): Place | undefined {
  const parts = path.split('/');
  const name = parts[parts.length - 1]!;
  if (name === 'logs.txt' && parts.length >= 3) {
    const folder = parts.slice(0, -2).join('/');
    const isDumps = around.has(`${folder}/pods.json`) || around.has(`${folder}/pods.yaml`);
    // The containers of a pod follow one another: which line is whose is told within.
    return isDumps ? containerLogPlace(parts[parts.length - 3]!, parts[parts.length - 2]!, '') : undefined;
  }
  const file = /^(.+)\.(json|ya?ml)$/i.exec(name);
  if (file === null) return undefined;
  const resource = file[1]!.includes('.') ? undefined : resourceNamed(file[1]!);
  if (resource !== undefined) return objectsPlace(resource, file[2]!);
  return OTHER_RESOURCES.test(file[1]!) ? unreadPlace('objects of a kind that podnet does not look at') : undefined;
}
