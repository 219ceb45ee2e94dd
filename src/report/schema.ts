import captureSchema from './capture.schema.json' with { type: 'json' };
import schema from './diagnosis.schema.json' with { type: 'json' };
import walkSchema from './walk.schema.json' with { type: 'json' };

/** JSON Schema 2020-12 of what `renderJson` writes. */
export const DIAGNOSIS_SCHEMA: Readonly<Record<string, unknown>> = schema;

/** JSON Schema 2020-12 of what `renderCaptureJson` writes. */
export const CAPTURE_SCHEMA: Readonly<Record<string, unknown>> = captureSchema;

/** JSON Schema 2020-12 of what `renderWalkJson` writes. */
export const WALK_SCHEMA: Readonly<Record<string, unknown>> = walkSchema;
