import { isIP } from 'node:net';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { FieldFault } from './problem.js';
import type { Word } from './words.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const MAX_FAULTS = 20;

// Strict: a misspelt keyword of a schema is a mistake of ours. Nothing is coerced or removed.
const ajv = new Ajv2020({
  allErrors: false,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  ownProperties: true,
});
ajv.addFormat('date-time', { type: 'string', validate: isTime });
ajv.addFormat('ip', { type: 'string', validate: (text: string) => isIP(text) !== 0 });
ajv.addKeyword('example');

/** ISO 8601, a date alone too. */
export function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

const compiled = new WeakMap<JsonSchema, ReturnType<typeof ajv.compile>>();

/** What is wrong with a value, empty where nothing is. `under` is what fields of the value are named after. */
export function faultsOf(schema: JsonSchema, value: unknown, under = ''): FieldFault[] {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = ajv.compile(schema);
    compiled.set(schema, check);
  }
  if (check(value)) return [];
  return (check.errors ?? []).slice(0, MAX_FAULTS).map((error) => faultOf(error, under));
}

const TYPES: Readonly<Record<string, Word>> = {
  object: 'typeObject',
  array: 'typeArray',
  string: 'typeString',
  number: 'typeNumber',
  integer: 'typeInteger',
  boolean: 'typeBoolean',
  null: 'typeNull',
};

function faultOf(error: ErrorObject, under: string): FieldFault {
  const params = error.params as Readonly<Record<string, unknown>>;
  const at = (name?: string): string => {
    const path = error.instancePath + (name === undefined ? '' : `/${pointerPart(name)}`);
    return under === '' ? path || '/' : under + path.replace(/^\//, '');
  };
  const limit = String(params.limit);
  switch (error.keyword) {
    case 'required':
      return { field: at(String(params.missingProperty)), word: 'missing' };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return {
        field: at(String(params.additionalProperty ?? params.unevaluatedProperty).slice(0, 60)),
        word: 'unknown-field',
      };
    case 'type': {
      const types = Array.isArray(params.type) ? params.type.map(String) : String(params.type).split(',');
      const only = types.length === 1 ? TYPES[types[0]!] : undefined;
      if (only !== undefined) return { field: at(), word: 'wrong-type', ofType: only };
      return { field: at(), word: 'not-one-of', slots: { what: types.join(', ') } };
    }
    case 'enum':
      return { field: at(), word: 'not-one-of', slots: { what: (params.allowedValues as unknown[]).join(', ') } };
    case 'const':
      return { field: at(), word: 'not-const', slots: { what: String(params.allowedValue) } };
    case 'pattern':
      return { field: at(), word: 'wrong-form', slots: { what: String(params.pattern) } };
    case 'format':
      return { field: at(), word: params.format === 'ip' ? 'not-an-address' : 'not-a-time' };
    case 'maxLength':
      return { field: at(), word: 'too-long', slots: { limit } };
    case 'minLength':
      return { field: at(), word: 'too-short', slots: { limit } };
    case 'maxItems':
    case 'maxProperties':
      return { field: at(), word: 'too-many', slots: { limit } };
    case 'minItems':
    case 'minProperties':
      return { field: at(), word: 'too-few', slots: { limit } };
    case 'maximum':
      return { field: at(), word: 'too-great', slots: { limit } };
    case 'minimum':
      return { field: at(), word: 'too-small', slots: { limit } };
    default:
      return { field: at(), word: 'wrong-shape' };
  }
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
