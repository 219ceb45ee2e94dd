import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findCases } from './cases.js';

/** How many cases prove a cause, and how many show that it is not mistaken for what looks like it. */
export interface CaseCounts {
  hits: number;
  nearMisses: number;
}

/** The cases of a checkout; a package that was installed has none. */
export const OWN_CASES = fileURLToPath(new URL('../../test/cases', import.meta.url));

/**
 * Cases below some folders by the cause that they name: a hit names it in `causes`, a near miss in `notCauses`; where an
 * explanation is expected (`not-a-fault`), its case is its hit. A case that cannot be read counts for nothing: `rules test`
 * tells of it. Undefined where a folder is not there.
 */
export async function countCases(
  folders: readonly string[],
  notFaults: ReadonlySet<string>,
): Promise<((cause: string) => CaseCounts) | undefined> {
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) return undefined;
  }
  const { cases } = await findCases(folders, notFaults);
  const counts = new Map<string, CaseCounts>();
  const of = (cause: string): CaseCounts => counts.get(cause) ?? { hits: 0, nearMisses: 0 };
  for (const { expected } of cases) {
    if (expected.kind === 'hit' || expected.kind === 'not-a-fault') {
      for (const cause of new Set(expected.causes)) counts.set(cause, { ...of(cause), hits: of(cause).hits + 1 });
    }
    if (expected.kind === 'near-miss') {
      for (const cause of new Set(expected.notCauses))
        counts.set(cause, { ...of(cause), nearMisses: of(cause).nearMisses + 1 });
    }
  }
  return of;
}
