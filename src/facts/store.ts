import { type Cnis, NO_CNIS } from './cnis.js';
import type { Fact, RecordName, Records, Scalar, Subject, SubjectKind, Unknown } from './model.js';
import { kindOf } from './model.js';

const NONE: readonly Fact[] = [];

/**
 * All facts of one diagnosis, by subject and name. Parsers and derivations add, nobody removes.
 * The order of facts of one name is the order in which they were added; bundle readers sort their files, so it does not
 * depend on the order in which a folder or an archive lists them.
 */
export class FactStore {
  /** What is known of CNIs, whatever the input holds: what names of devices, pods and files mean. */
  readonly cnis: Cnis;
  readonly #bySubject = new Map<Subject, Map<string, Fact[]>>();
  readonly #byName = new Map<string, Fact[]>();
  readonly #unknowns = new Map<Subject, Unknown[]>();
  #size = 0;

  constructor(cnis: Cnis = NO_CNIS) {
    this.cnis = cnis;
  }

  get size(): number {
    return this.#size;
  }

  add<N extends RecordName>(fact: Fact<Records[N]> & { name: N }): void;
  add(fact: Fact<Scalar>): void;
  add(fact: Fact): void {
    let names = this.#bySubject.get(fact.subject);
    if (names === undefined) {
      names = new Map();
      this.#bySubject.set(fact.subject, names);
    }
    const same = names.get(fact.name);
    if (same === undefined) names.set(fact.name, [fact]);
    else same.push(fact);
    const everywhere = this.#byName.get(fact.name);
    if (everywhere === undefined) this.#byName.set(fact.name, [fact]);
    else everywhere.push(fact);
    this.#size += 1;
  }

  addUnknown(unknown: Unknown): void {
    const list = this.#unknowns.get(unknown.subject);
    if (list === undefined) this.#unknowns.set(unknown.subject, [unknown]);
    else list.push(unknown);
  }

  /** Records of one name on one subject, oldest first; empty where there are none. */
  records<N extends RecordName>(subject: Subject, name: N): readonly Fact<Records[N]>[] {
    return (this.#bySubject.get(subject)?.get(name) ?? NONE) as readonly Fact<Records[N]>[];
  }

  /** Records of one name on every subject. */
  all<N extends RecordName>(name: N): readonly Fact<Records[N]>[] {
    return (this.#byName.get(name) ?? NONE) as readonly Fact<Records[N]>[];
  }

  /** Every fact of one name, scalars included. */
  named(name: string): readonly Fact[] {
    return this.#byName.get(name) ?? NONE;
  }

  /**
   * The one fact of a scalar name. Where several inputs disagree the one with the latest time wins, else the last read.
   */
  scalar(subject: Subject, name: string): Fact<Scalar> | undefined {
    const facts = this.#bySubject.get(subject)?.get(name);
    if (facts === undefined) return undefined;
    let best = facts[0]!;
    for (const fact of facts) if (fact.at === undefined || best.at === undefined || fact.at >= best.at) best = fact;
    return best as Fact<Scalar>;
  }

  value(subject: Subject, name: string): Scalar | undefined {
    return this.scalar(subject, name)?.value;
  }

  /** All facts of a subject, by name. */
  of(subject: Subject): ReadonlyMap<string, readonly Fact[]> {
    return this.#bySubject.get(subject) ?? new Map();
  }

  /** Why a fact is not known, where somebody tried to learn it. */
  whyUnknown(subject: Subject, name: string): Unknown | undefined {
    return this.#unknowns
      .get(subject)
      ?.find(
        (u) => u.name === name || u.name === '*' || (u.name.endsWith('.*') && name.startsWith(u.name.slice(0, -1))),
      );
  }

  unknowns(): Unknown[] {
    return [...this.#unknowns.values()].flat();
  }

  /** Subjects that have facts, sorted. */
  subjects(kind?: SubjectKind): Subject[] {
    const all = [...this.#bySubject.keys()];
    return (kind === undefined ? all : all.filter((subject) => kindOf(subject) === kind)).sort();
  }

  has(subject: Subject): boolean {
    return this.#bySubject.has(subject);
  }
}
