import { bilingual } from './bilingual.js';
import { placeholdersOf } from './placeholder.js';
import { promqlFault } from './promql.js';
import { object, optional, required, type Shape, text, unknownWord, word } from './schema.js';
import type { Alert, Step } from './types.js';
import { RISKS, STEP_PLACES } from './words.js';

const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;

const duration: Shape<string> = (node, reading) => {
  const written = text(node, reading);
  if (written === undefined || DURATION.test(written)) return written;
  return reading.fail(node, `"${written}" is no duration: expected one as Prometheus writes it, such as "5m"`);
};

const expression: Shape<string> = (node, reading) => {
  const written = text(node, reading);
  const fault = written === undefined ? undefined : promqlFault(written);
  return fault === undefined ? written : reading.fail(node, `not PromQL of an alert: ${fault}`);
};

const alertFields = object({ expr: required(expression), for: optional(duration) });
const alert: Shape<Alert> = (node, reading) => {
  const read = alertFields(node, reading);
  return read === undefined ? undefined : { expr: read.expr, ...(read.for === undefined ? {} : { for: read.for }) };
};

/** A step of fix, persist, verify or prevent. `names`: what its commands may hold in braces. */
export function step(names: readonly string[]): Shape<Step> {
  const command: Shape<string> = (node, reading) => {
    const written = text(node, reading);
    if (written === undefined) return undefined;
    const unknown = placeholdersOf(written).filter((name) => !names.includes(name));
    for (const name of unknown) reading.fail(node, unknownWord('placeholder', name, names));
    return unknown.length > 0 ? undefined : written;
  };
  const fields = object({
    do: required(bilingual),
    on: optional(word('place', STEP_PLACES)),
    run: optional(command),
    risk: optional(word('risk', RISKS)),
    undo: optional(command),
    expect: optional(bilingual),
    alert: optional(alert),
  });
  return (node, reading) => {
    const read = fields(node, reading);
    if (read === undefined) return undefined;
    const { on, run, risk, undo, expect, alert } = read;
    return {
      do: read.do,
      ...(on === undefined ? {} : { on }),
      ...(run === undefined ? {} : { run }),
      ...(risk === undefined ? {} : { risk }),
      ...(undo === undefined ? {} : { undo }),
      ...(expect === undefined ? {} : { expect }),
      ...(alert === undefined ? {} : { alert }),
    };
  };
}
