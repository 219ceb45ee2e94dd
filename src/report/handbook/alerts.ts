import type { Alert, Lang, Rulebook, Step } from '../../engine/rulebook/types.js';

/** An alert of a cause as Prometheus names and annotates it. */
export interface AlertRule extends Alert {
  /** `ConntrackTableFull`; the cause's second alert ends in 2. */
  name: string;
  cause: string;
  summary: string;
}

/** The alert of a step; `steps` are all of the list that it stands in, so that a cause's alerts have different names. */
export function alertRule(cause: string, steps: readonly Step[], index: number, lang: Lang): AlertRule {
  const before = steps.slice(0, index).filter(({ alert }) => alert !== undefined).length;
  const step = steps[index]!;
  const name = cause.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return { ...step.alert!, name: before === 0 ? name : `${name}${before + 1}`, cause, summary: step.do[lang] };
}

/** Lines of a rule as an item of Prometheus' `rules` list. JSON's strings are YAML's. */
export function ruleLines({ name, expr, for: lasting, cause, summary }: AlertRule): string[] {
  const lines = expr.trim().split(/\r?\n/);
  return [
    `- alert: ${name}`,
    ...(lines.length === 1 && !/: | #|^[&*!|>'"%@`[{-]/.test(lines[0]!)
      ? [`  expr: ${lines[0]}`]
      : ['  expr: |-', ...lines.map((line) => `    ${line}`)]),
    ...(lasting === undefined ? [] : [`  for: ${lasting}`]),
    '  labels:',
    `    cause: ${cause}`,
    '  annotations:',
    `    summary: ${JSON.stringify(summary.replace(/\s+/g, ' ').trim())}`,
  ];
}

/** Every alert of the rulebook as one Prometheus rule file, a group a category. */
export function alertsFile(rulebook: Rulebook): string {
  const lines = ['groups:'];
  for (const { id } of rulebook.categories) {
    const rules = rulebook.causes
      .filter(({ category }) => category === id)
      .flatMap((cause) =>
        cause.prevent.flatMap((step, index) =>
          step.alert === undefined ? [] : [alertRule(cause.id, cause.prevent, index, 'en')],
        ),
      );
    if (rules.length === 0) continue;
    lines.push(`  - name: pod-network-${id}`, '    rules:');
    for (const rule of rules) lines.push(...ruleLines(rule).map((line) => `      ${line}`));
  }
  return lines.length === 1 ? 'groups: []\n' : `${lines.join('\n')}\n`;
}
