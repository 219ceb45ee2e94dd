import { kindOf, nodeSubject, type PodObject, partsOf, podSubject, type Subject } from '../model.js';
import type { FactStore } from '../store.js';
import { logSubject } from './log-subject.js';
import { type Place, UNNAMED_NAMESPACE } from './place.js';
import type { Section } from './section.js';

/** Names of nodes and pods that a bundle makes known, and what places mean by them. */
export class KnownNames {
  /** Nodes that have folders of their own, or objects. */
  readonly #nodes = new Set<string>();
  /** Namespaces by pod, of pods that have folders of their own, or objects. */
  readonly #namespaces = new Map<string, Set<string>>();
  readonly #pods = new Map<Subject, PodObject>();

  /** Learns from where a file lies. */
  learnPlace({ kind, subject }: Place): void {
    const [subjectKind] = subject.split('/', 1);
    const [first, second] = partsOf(subject);
    if (kind !== 'output' || first === undefined) return;
    if (subjectKind === 'pod' && second !== undefined) this.#learnPod(first, second);
    else this.#nodes.add(first);
  }

  learnObjects(store: FactStore): void {
    for (const { value } of store.all('pod-object')) {
      if (value.namespace === UNNAMED_NAMESPACE) continue;
      this.#learnPod(value.namespace, value.name);
      this.#pods.set(podSubject(value.namespace, value.name), value);
    }
    for (const { value } of store.all('node-object')) this.#nodes.add(value.name);
  }

  #learnPod(namespace: string, name: string): void {
    if (namespace === UNNAMED_NAMESPACE) return;
    const namespaces = this.#namespaces.get(name);
    if (namespaces === undefined) this.#namespaces.set(name, new Set([namespace]));
    else namespaces.add(namespace);
  }

  /** A place with the subject that names of the rest of the bundle give it. */
  settled(place: Place): Place {
    if (place.onNodeOf !== undefined) {
      const node = this.#podNamed(place.onNodeOf)?.node;
      return { ...place, subject: nodeSubject(node ?? place.onNodeOf) };
    }
    if (place.owner === undefined) return place;
    const subject = logSubject(place.component ?? '', place.owner, {
      isNode: (name) => this.#nodes.has(name),
      namespacesOf: (pod) => [...(this.#namespaces.get(pod) ?? [])],
    });
    return { ...place, subject };
  }

  /**
   * A pod is called as its host is, whose namespace a collector may not be able to tell: the only pod of that name is meant,
   * where it runs on the same node.
   */
  withNamespace(place: Place): Place {
    const [namespace, name] = partsOf(place.subject);
    if (kindOf(place.subject) !== 'pod' || namespace !== UNNAMED_NAMESPACE || name === undefined) return place;
    const known = this.#podNamed(name);
    if (known === undefined || known.hostNetwork) return place;
    if (known.node !== undefined && place.node !== undefined && !isSameHost(known.node, place.node)) return place;
    return { ...place, subject: podSubject(known.namespace, known.name) };
  }

  /** The place of a part of a file. */
  placeOf(section: Section, file: Place): Place {
    const { kind, command, pod, component } = section;
    let subject = section.subject ?? file.subject;
    const known = pod === undefined ? undefined : this.#podNamed(pod);
    if (known !== undefined) subject = podSubject(known.namespace, known.name);
    const object = this.#pods.get(subject);
    // A pod in its node's network sees what the node sees.
    if (object?.hostNetwork === true && object.node !== undefined) subject = nodeSubject(object.node);
    const place: Place = { kind, subject, command };
    if (component !== undefined) place.component = component;
    if (section.node !== undefined) place.node = section.node;
    return place;
  }

  /** The only pod of that name that has an object. */
  #podNamed(name: string): PodObject | undefined {
    const namespaces = [...(this.#namespaces.get(name) ?? [])];
    return namespaces.length === 1 ? this.#pods.get(podSubject(namespaces[0]!, name)) : undefined;
  }
}

/** A node may be called by its host's name or by the full one. */
function isSameHost(a: string, b: string): boolean {
  const short = (name: string): string => name.split('.')[0]!.toLowerCase();
  return a === b || short(a) === short(b);
}
