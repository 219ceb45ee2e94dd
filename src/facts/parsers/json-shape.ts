/** Reads of values of unknown shape: dumps come from strangers, so no field is what it should be until it is looked at. */

export type JsonObject = Readonly<Record<string, unknown>>;

const EMPTY: JsonObject = Object.freeze({});

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY;
}

/** The objects of a list; what is none is left out. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list that are not empty. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one !== '') : [];
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A port, which some dumps quote. */
export function portOf(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : numberOf(value);
  return port !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Labels and the like: entries whose value is a text. */
export function textMapOf(value: unknown): Record<string, string> {
  const map: Record<string, string> = {};
  for (const [key, one] of Object.entries(objectOf(value)))
    if (typeof one === 'string' && key !== '__proto__') map[key] = one;
  return map;
}
