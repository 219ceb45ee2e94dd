import type { Cause, Position, Rulebook, Text } from './types.js';
import { NOT_A_FAULT } from './words.js';

const HAN = /\p{Script=Han}/u;

/** Warns of what a reader of a cause's page would miss: whole parts, or a language. */
export function lintCompleteness(rulebook: Rulebook, warn: (at: Position, message: string) => void): void {
  for (const cause of rulebook.causes) {
    if (cause.category !== NOT_A_FAULT) {
      for (const part of ['evidence', 'persist', 'prevent'] as const)
        if (cause[part].length === 0) warn(cause.at, `"${cause.id}" has no "${part}"`);
      for (const step of cause.fix)
        if (step.run !== undefined && step.risk === undefined)
          warn(cause.at, `"${cause.id}" does not say at what risk \`${step.run}\` is run ("risk")`);
    }
    if (cause.references.length === 0) warn(cause.at, `"${cause.id}" has no "references"`);
    for (const step of [...cause.fix, ...cause.persist, ...cause.verify])
      if (step.alert !== undefined) warn(cause.at, `"${cause.id}" has an alert outside of "prevent"`);
    for (const [what, text] of textsOf(cause))
      if (!HAN.test(text.zh)) warn(cause.at, `"${cause.id}" has a "${what}" whose "zh" holds no Chinese: ${text.zh}`);
  }
  for (const { id, statement, at } of rulebook.evidence)
    if (!HAN.test(statement.zh)) warn(at, `evidence "${id}" has a "statement" whose "zh" holds no Chinese`);
}

function textsOf(cause: Cause): [string, Text][] {
  const steps = [...cause.fix, ...cause.persist, ...cause.verify, ...cause.prevent];
  return [
    ['title', cause.title],
    ['mechanism', cause.mechanism],
    ...steps.map((step): [string, Text] => ['do', step.do]),
  ];
}
