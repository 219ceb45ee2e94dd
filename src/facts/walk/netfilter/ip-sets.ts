import type { Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import { MAYBE, type Matcher } from './match.js';

/** The sets of a namespace, for `-m set --match-set`. */
export interface IpSets {
  /** @param flags what each part of a member is compared with: `src`, `src,dst`. */
  matcher(name: string, flags: string): Matcher;
}

export function ipSetsOf(_store: FactStore, _subject: Subject): IpSets {
  return { matcher: () => MAYBE };
}
