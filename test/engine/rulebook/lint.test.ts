import { describe, expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import { edited, files, SMALL } from './small-rulebook.js';

const CAUSE = 'causes/unreachable/ip-forward-disabled.yaml';
const KERNEL = 'evidence/kernel.yaml';

it.each([
  [
    'a fault that says nothing of how the fix lasts',
    CAUSE,
    'persist:\n  - {do: {en: Write it down, zh: 写入配置}}\n',
    '',
    `${CAUSE}:1:1: "ip-forward-disabled" has no "persist"`,
  ],
  [
    'a command that is run at a risk that nobody tells',
    CAUSE,
    ', risk: low',
    '',
    `${CAUSE}:1:1: "ip-forward-disabled" does not say at what risk \`sysctl -w net.ipv4.ip_forward=1 # {node}\` is run ("risk")`,
  ],
  [
    'a text that was never translated',
    CAUSE,
    'zh: 转发关闭',
    'zh: Forwarding is off',
    `${CAUSE}:1:1: "ip-forward-disabled" has a "title" whose "zh" holds no Chinese: Forwarding is off`,
  ],
  [
    'an evidence that was never translated',
    'evidence/told.yaml',
    'zh: 重启后恢复',
    'zh: A restart heals it',
    'evidence/told.yaml:1:3: evidence "restart-heals" has a "statement" whose "zh" holds no Chinese',
  ],
  [
    'an alert where nobody looks for one',
    CAUSE,
    'Write it down, zh: 写入配置}',
    'Write it down, zh: 写入配置}, alert: {expr: up == 0}',
    `${CAUSE}:1:1: "ip-forward-disabled" has an alert outside of "prevent"`,
  ],
  [
    'a cause without references',
    CAUSE,
    'references: ["https://docs.kernel.org/networking/ip-sysctl.html"]',
    'references: []',
    `${CAUSE}:1:1: "ip-forward-disabled" has no "references"`,
  ],
  [
    'an evidence that no cause uses',
    CAUSE,
    '  - {id: pods-not-ready, shows: sometimes}\n',
    '',
    `${KERNEL}:13:3: evidence "pods-not-ready" is used by no cause`,
  ],
  [
    'direct evidence that is common',
    KERNEL,
    'elsewhere: rare',
    'elsewhere: common',
    `${CAUSE}:1:1: direct evidence "ip-forward-off" is common elsewhere: it cannot prove "ip-forward-disabled"`,
  ],
  [
    'a check without its result',
    CAUSE,
    '    expect: {en: "1", zh: "1"}\n',
    '',
    `${CAUSE}:1:1: "ip-forward-disabled" does not say what \`sysctl net.ipv4.ip_forward\` must show ("expect")`,
  ],
  [
    'a class that its cause does not name',
    CAUSE,
    'classes: [unreachable]',
    'classes: []',
    `${CAUSE}:1:1: class "unreachable" of taxonomy.yaml lists "ip-forward-disabled", which does not name that class`,
  ],
  [
    'a cause that its class does not list',
    'taxonomy.yaml',
    'causes: [ip-forward-disabled]',
    'causes: []',
    `${CAUSE}:1:1: "ip-forward-disabled" names the class "unreachable", which does not list it in taxonomy.yaml`,
  ],
  [
    'an answer that nobody asks for',
    'questions.yaml',
    'fact: answer.restart-helps',
    'fact: cni',
    'facts.yaml:1:1: "answer.restart-helps" comes from an answer, and no question asks for it',
  ],
  [
    'facts that nothing collects',
    KERNEL,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]',
    '{fact: podAttachment, operator: equal, value: bridge}]',
    `${KERNEL}:1:3: evidence "ip-forward-off" has no "collect", and its facts have none`,
  ],
  [
    'a group of one beside a group of nearly that name',
    KERNEL,
    '  cost: access',
    '  cost: access\n  group: forwardin',
    `${KERNEL}:1:3: group "forwarding" has no other evidence: did you mean "forwardin"?`,
  ],
  [
    'an answer that no cause reads',
    CAUSE,
    'excludes: [ip-forward-on, restart-heals]',
    'excludes: [ip-forward-on]',
    'questions.yaml:1:1: no cause has evidence that reads "answer.restart-helps": the answer to "restart-helps" tells nothing',
  ],
  [
    'a question about what no cause breaks',
    'questions.yaml',
    '    from: pod@here\n    to: pod@there',
    '    from: node@here\n    to: node@there',
    'questions.yaml:1:1: no cause breaks what "ping-pod" asks about: its answer tells nothing',
  ],
  [
    'a class that nobody can open with',
    'taxonomy.yaml',
    '    causes: [ip-forward-disabled]\n',
    '    causes: [ip-forward-disabled]\n  - {id: other, title: {en: Other, zh: 其他}, symptom: {en: It is odd, zh: 异常}, causes: []}\n',
    'taxonomy.yaml:1:1: class "other" has no symptom in questions.yaml: nobody can open with it',
  ],
])('%s is warned of, and loads', (_, path, from, to, warning) => {
  const { rulebook, problems } = checkRulebook(edited(path, from, to));
  expect(rulebook).toBeDefined();
  expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
  expect(problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)).toContain(warning);
});

it('does not ask for a command that reads logs', () => {
  const rules = edited(
    KERNEL,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]',
    '{fact: log.tuned-restart, operator: equal, value: true}]',
  );
  expect(checkRulebook(rules).problems).toEqual([]);
});

describe('two causes', () => {
  const TWIN = 'causes/unreachable/twin.yaml';
  const separated = (change: (cause: string) => string, legs = SMALL['questions.yaml']!): string[] => {
    const twin = change(SMALL[CAUSE]!.replace('id: ip-forward-disabled', 'id: twin'));
    const taxonomy = SMALL['taxonomy.yaml']!.replace(
      'causes: [ip-forward-disabled]',
      'causes: [ip-forward-disabled, twin]',
    );
    const { rulebook, problems } = checkRulebook(
      files({ [TWIN]: twin, 'taxonomy.yaml': taxonomy, 'questions.yaml': legs }),
    );
    expect(rulebook).toBeDefined();
    return problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  };
  const NOT_SEPARATED = [
    `${CAUSE}:1:1: no question separates "ip-forward-disabled" from "twin": they need an evidence or a leg question that parts them`,
  ];

  it('of the same evidence that break alike what is asked about are not separated', () => {
    expect(separated((cause) => cause.replace('how: always', 'how: often'))).toEqual(NOT_SEPARATED);
  });

  it('are separated by evidence that one of them has', () => {
    expect(separated((cause) => cause.replace('  - {id: pods-not-ready, shows: sometimes}\n', ''))).toEqual([]);
  });

  it('are separated by evidence that rules one of them out', () => {
    expect(
      separated((cause) =>
        cause.replace('[ip-forward-on, restart-heals]', '[ip-forward-on]').replace('always', 'often'),
      ),
    ).toEqual([]);
  });

  it('are separated by a question about what one breaks and the other spares', () => {
    expect(separated((cause) => cause.replace('["pod>node@own-node/*"]', '["pod>pod@cross-node/icmp"]'))).toEqual([]);
  });

  it('are not separated by what one breaks perhaps only', () => {
    const legs = SMALL['questions.yaml']!.replace(
      '    from: pod@here\n    to: pod@there\n    proto: icmp',
      '    from: pod@here\n    to: service\n    proto: tcp',
    );
    expect(separated((cause) => cause.replace('["pod>node@own-node/*"]', '["pod>pod@cross-node/tcp"]'), legs)).toEqual(
      NOT_SEPARATED,
    );
  });
});
