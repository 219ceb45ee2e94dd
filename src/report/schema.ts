import schema from './diagnosis.schema.json' with { type: 'json' };

/** JSON Schema 2020-12 of what `renderJson` writes. */
export const DIAGNOSIS_SCHEMA: Readonly<Record<string, unknown>> = schema;
