/** A selector as the objects write it: `matchLabels` and `matchExpressions`. */
interface LabelSelector {
  matchLabels?: unknown;
  matchExpressions?: unknown;
}

/** Whether each label of a plain selector is there with its value. The empty selector selects everything. */
export function labelsMatch(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const [key, value] of Object.entries(selector)) if (labels[key] !== value) return false;
  return true;
}

/**
 * Whether a LabelSelector with expressions selects a pod; undefined where it holds what Kubernetes would not accept.
 */
export function selectorMatches(selector: unknown, labels: Readonly<Record<string, string>>): boolean | undefined {
  if (typeof selector !== 'object' || selector === null) return undefined;
  const { matchLabels, matchExpressions } = selector as LabelSelector;
  if (typeof matchLabels === 'object' && matchLabels !== null) {
    for (const [key, value] of Object.entries(matchLabels)) if (labels[key] !== value) return false;
  }
  if (matchExpressions === undefined || matchExpressions === null) return true;
  if (!Array.isArray(matchExpressions)) return undefined;
  for (const expression of matchExpressions) {
    const holds = expressionHolds(expression, labels);
    if (holds !== true) return holds;
  }
  return true;
}

function expressionHolds(expression: unknown, labels: Readonly<Record<string, string>>): boolean | undefined {
  if (typeof expression !== 'object' || expression === null) return undefined;
  const { key, operator, values } = expression as { key?: unknown; operator?: unknown; values?: unknown };
  if (typeof key !== 'string') return undefined;
  const value = labels[key];
  const listed = Array.isArray(values) && value !== undefined && values.includes(value);
  switch (operator) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return undefined;
  }
}
