/**
 * Label selectors as the API reference defines `LabelSelector` (meta/v1): matchLabels and matchExpressions are ANDed, and
 * the empty selector selects everything.
 */

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

interface Requirement {
  key: string;
  operator: Operator;
  values: ReadonlySet<string>;
}

export interface LabelSelector {
  requirements: readonly Requirement[];
  /** It holds something that Kubernetes would not accept: what is malformed may require anything. */
  malformed: boolean;
}

/** An object's labels; where not `whole`, it may bear others than those that are known. */
export interface KnownLabels {
  values: Readonly<Record<string, string>>;
  whole: boolean;
}

/** Reads a selector; one that is absent (undefined or null) is for the caller to tell from the empty one. */
export function parseSelector(value: unknown): LabelSelector {
  if (value === undefined || value === null) return { requirements: [], malformed: false };
  if (typeof value !== 'object' || Array.isArray(value)) return { requirements: [], malformed: true };
  const { matchLabels, matchExpressions, ...others } = value as Record<string, unknown>;
  const requirements: Requirement[] = [];
  let malformed = Object.keys(others).length > 0;
  if (matchLabels !== undefined && matchLabels !== null) {
    if (typeof matchLabels !== 'object' || Array.isArray(matchLabels)) malformed = true;
    else {
      for (const [key, one] of Object.entries(matchLabels)) {
        if (typeof one === 'string') requirements.push({ key, operator: 'In', values: new Set([one]) });
        else malformed = true;
      }
    }
  }
  if (matchExpressions !== undefined && matchExpressions !== null) {
    if (!Array.isArray(matchExpressions)) malformed = true;
    else {
      for (const expression of matchExpressions) {
        const requirement = requirementOf(expression);
        if (requirement === undefined) malformed = true;
        else requirements.push(requirement);
      }
    }
  }
  return { requirements, malformed };
}

/** The selector of a plain label map, such as a Service's or the one that a table shows. */
export function selectorOfLabels(labels: Readonly<Record<string, string>>): LabelSelector {
  return parseSelector({ matchLabels: labels });
}

/** Undefined for what the API server's validation refuses: In and NotIn need values, the others must have none. */
function requirementOf(expression: unknown): Requirement | undefined {
  if (typeof expression !== 'object' || expression === null) return undefined;
  const { key, operator, values } = expression as { key?: unknown; operator?: unknown; values?: unknown };
  if (typeof key !== 'string' || key === '') return undefined;
  const list = values === undefined || values === null ? [] : values;
  if (!Array.isArray(list) || !list.every((one): one is string => typeof one === 'string')) return undefined;
  switch (operator) {
    case 'In':
    case 'NotIn':
      return list.length === 0 ? undefined : { key, operator, values: new Set(list) };
    case 'Exists':
    case 'DoesNotExist':
      return list.length > 0 ? undefined : { key, operator, values: new Set() };
    default:
      return undefined;
  }
}

/**
 * Whether the selector selects what bears the labels; undefined where that hangs on a label that is not known, or on a
 * part of the selector that is malformed.
 */
export function selects(selector: LabelSelector, labels: KnownLabels): boolean | undefined {
  let decided = !selector.malformed;
  for (const requirement of selector.requirements) {
    const holds = requirementHolds(requirement, labels);
    if (holds === false) return false;
    if (holds === undefined) decided = false;
  }
  return decided ? true : undefined;
}

function requirementHolds({ key, operator, values }: Requirement, labels: KnownLabels): boolean | undefined {
  const known = Object.hasOwn(labels.values, key);
  if (!known && !labels.whole) return undefined;
  switch (operator) {
    case 'In':
      return known && values.has(labels.values[key]!);
    case 'NotIn':
      return !known || !values.has(labels.values[key]!);
    case 'Exists':
      return known;
    case 'DoesNotExist':
      return !known;
  }
}

/** A label that everything that is selected bears, where the selector names one: an index goes by it. */
export function requiredLabel(selector: LabelSelector): { key: string; value: string } | undefined {
  for (const { key, operator, values } of selector.requirements) {
    if (operator !== 'In' || values.size !== 1) continue;
    for (const value of values) return { key, value };
  }
  return undefined;
}
