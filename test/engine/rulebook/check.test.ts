import { describe, expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import type { RuleFile } from '../../../src/engine/rulebook/document.js';
import { edited, files, SMALL } from './small-rulebook.js';

const FACTS = 'facts.yaml';
const TAXONOMY = 'taxonomy.yaml';
const QUESTIONS = 'questions.yaml';
const KERNEL = 'evidence/kernel.yaml';
const CAUSE = 'causes/unreachable/ip-forward-disabled.yaml';
const LEAF = '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]';

/** `line:column: message` of all problems, their file named where it is another one. */
function problemsOf(rules: RuleFile[], path: string): string[] {
  return checkRulebook(rules).problems.map(
    ({ file, line, column, message }) => `${file === path ? '' : `${file}:`}${line}:${column}: ${message}`,
  );
}

describe('a rulebook without mistakes', () => {
  const { rulebook, problems } = checkRulebook(files());

  it('loads', () => {
    expect(problems).toEqual([]);
    expect(rulebook?.causes.map((cause) => cause.id)).toEqual(['ip-forward-disabled']);
    expect(rulebook?.evidence.map((evidence) => evidence.id)).toEqual([
      'ip-forward-off',
      'ip-forward-on',
      'pods-not-ready',
      'restart-heals',
    ]);
    expect(rulebook?.questions).toHaveLength(1);
    expect(rulebook?.facts).toHaveLength(7);
  });

  it('fills in what an evidence leaves out', () => {
    expect(rulebook?.evidence[0]).toEqual({
      id: 'ip-forward-off',
      subject: 'node',
      when: { all: [{ fact: 'sysctl.net.ipv4.ip_forward', operator: 'equal', value: 0 }] },
      elsewhere: 'rare',
      group: 'forwarding',
      statement: { en: 'The node does not route', zh: '节点不转发' },
      collect: 'sysctl net.ipv4.ip_forward',
      cost: 'look',
      facts: ['sysctl.net.ipv4.ip_forward'],
      at: { file: KERNEL, line: 1, column: 3 },
    });
    expect(rulebook?.evidence[2]).toMatchObject({
      quantifier: { how: 'some', of: 'pod' },
      collect: 'kubectl get pods -A -o wide',
    });
  });

  it('makes lists of single words and empty lists of what is left out', () => {
    const cause = rulebook?.causes[0];
    expect(cause?.signature.breaks[1]).toEqual({
      leg: { text: 'pod>external', from: 'pod', to: 'external' },
      roles: ['source'],
      as: [],
      how: 'often',
      peers: 'all',
      when: { podAttachment: ['routed'] },
    });
    expect(cause).toMatchObject({ leadsTo: [], explains: [], at: { file: CAUSE, line: 1, column: 1 } });
    expect(cause?.evidence[1]).toEqual({ id: 'pods-not-ready', shows: 'sometimes', direct: false });
  });

  it('has a digest that does not depend on the order of the files, and does on their text', () => {
    expect(rulebook?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(checkRulebook(files().reverse()).rulebook?.digest).toBe(rulebook?.digest);
    const changed = checkRulebook(edited(KERNEL, 'The node routes', 'The node forwards')).rulebook;
    expect(changed?.digest).not.toBe(rulebook?.digest);
  });

  it('takes numbers with a fraction in conditions only', () => {
    const rules = edited(KERNEL, `${LEAF}`, '{fact: sysctl.net.ipv4.ip_forward, operator: lessThan, value: 0.5}]');
    expect(checkRulebook(rules).problems).toEqual([]);
  });

  it('lets every subject see the facts of the cluster', () => {
    const rules = edited(
      KERNEL,
      LEAF,
      '{fact: sysctl.net.ipv4.ip_forward, operator: in, value: [0, 2]}, {fact: cni, operator: equal, value: ""}]',
    );
    expect(checkRulebook(rules).problems).toEqual([]);
  });
});

/** What is replaced by what in which file, and the place and words of the only problem that comes of it. */
const MISTAKES: [what: string, path: string, from: string, to: string, problem: string][] = [
  // YAML
  [
    'broken syntax',
    CAUSE,
    'classes: [unreachable]',
    'classes: [unreachable',
    '4:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'an unquoted colon',
    CAUSE,
    'run: sysctl net',
    'run: a: b net',
    '23:10: not YAML: Nested mappings are not allowed in compact mappings (a text with ": " in it needs quotes)',
  ],
  ['a duplicate key', CAUSE, 'scope: node', 'scope: node\nprior: rare', '7:1: duplicate key'],
  [
    'two documents',
    QUESTIONS,
    'questions:',
    '---\nquestions: []\n---\nquestions:',
    '3:1: a file holds one document: remove the `---`',
  ],
  ['an alias', KERNEL, 'zh: 节点转发', 'zh: *x', '11:40: aliases (*x) are refused: write the value out'],
  ['a tag', KERNEL, 'zh: 节点转发', 'zh: !x y', '11:43: tags (!x) are refused'],
  // Keys
  ['an unknown key', CAUSE, 'leadsTo: []', 'leadTo: []', '18:1: unknown key "leadTo": did you mean "leadsTo"?'],
  [
    'an unknown key of a short list',
    KERNEL,
    'some: pod',
    'sone: pod',
    '15:3: unknown key "sone": expected id, subject, some, every, only-failing, when, elsewhere, group, symptom, statement, collect or cost; did you mean "some"?',
  ],
  ['a missing key', CAUSE, 'prior: normal\n', '', '1:1: missing key "prior"'],
  ['a missing key in a list', CAUSE, ', shows: sometimes}', '}', '16:5: missing key "shows"'],
  ['a missing language', KERNEL, ', zh: 节点不转发}', '}', '6:14: missing key "zh"'],
  ['an empty text', KERNEL, 'en: The node routes', 'en: ""', '11:19: expected a text, found an empty text'],
  [
    'an unquoted comma',
    KERNEL,
    'en: The node routes',
    'en: It routes, alas',
    '11:30: unknown key "alas": expected en or zh (a text with a comma in it needs quotes here)',
  ],
  ['a key without value', KERNEL, 'group: forwarding', 'group:', '5:3: "group" has no value'],
  // Types
  [
    'a text for a list',
    CAUSE,
    'classes: [unreachable]',
    'classes: unreachable',
    '3:10: expected a list, found the text "unreachable"',
  ],
  [
    'a text for a map',
    KERNEL,
    'statement: {en: The node routes, zh: 节点转发}',
    'statement: It routes',
    '11:14: expected a map with en or zh, found the text "It routes"',
  ],
  [
    'a number for a text',
    CAUSE,
    'en: Forwarding is off',
    'en: 1.28',
    '7:13: expected a text, found the number 1.28 (quote it)',
  ],
  [
    'a number for a word',
    CAUSE,
    'prior: normal',
    'prior: 0.02',
    '6:8: expected a prior: common, normal or rare, found the number 0.02',
  ],
  ['a word for a truth', CAUSE, 'direct: true', 'direct: yes', '15:49: expected true or false, found the text "yes"'],
  // Words
  [
    'an unknown prior',
    CAUSE,
    'prior: normal',
    'prior: norml',
    '6:8: unknown prior "norml": expected common, normal or rare; did you mean "normal"?',
  ],
  [
    'an unknown elsewhere',
    KERNEL,
    'elsewhere: rare',
    'elsewhere: seldom',
    '4:14: unknown elsewhere "seldom": expected never, rare, sometimes or common',
  ],
  [
    'an unknown shows',
    CAUSE,
    'shows: sometimes',
    'shows: sometime',
    '16:33: unknown shows "sometime": expected always, often or sometimes; did you mean "sometimes"?',
  ],
  [
    'an unknown how',
    CAUSE,
    'how: often',
    'how: never',
    '12:48: unknown how "never": expected always, often or sometimes',
  ],
  [
    'an unknown cost',
    QUESTIONS,
    'cost: disturb',
    'cost: disrupt',
    '5:11: unknown cost "disrupt": expected look, access or disturb',
  ],
  [
    'an unknown risk',
    CAUSE,
    'risk: low',
    'risk: lo',
    '20:103: unknown risk "lo": expected none, low, medium or high; did you mean "low"?',
  ],
  [
    'an unknown place',
    CAUSE,
    'on: node',
    'on: host',
    '20:42: unknown place "host": expected node, pod, cluster or workstation',
  ],
  [
    'an unknown scope',
    CAUSE,
    'scope: node',
    'scope: nodes',
    '4:8: unknown scope "nodes": expected cluster, node, pod or service; did you mean "node"?',
  ],
  [
    'an unknown role',
    CAUSE,
    'role: [source, target]',
    'role: [source, taget]',
    '11:52: unknown role "taget": expected source, entry, target, resolver or path; did you mean "target"?',
  ],
  [
    'an unknown error',
    CAUSE,
    'as: [timeout]',
    'as: [time-out]',
    '11:66: unknown error "time-out": expected timeout, refused, reset, no-route, host-unreachable, nxdomain, servfail, stalled, message-too-long, certificate, http-error, slow or lossy; did you mean "timeout"?',
  ],
  [
    'an unknown subject kind',
    KERNEL,
    'some: pod',
    'some: pods',
    '15:9: unknown subject kind "pods": expected cluster, zone, node, interface, pod, service, node-pair, flow or capture; did you mean "pod"?',
  ],
  [
    'an unknown leg part',
    CAUSE,
    'pod>node@own-node/*',
    'pod>node@ownnode/*',
    '13:12: "ownnode" is not a nearness of a leg: expected self, own-node, same-node, cross-node, varies or *; did you mean "own-node"?',
  ],
  [
    'no leg at all',
    CAUSE,
    'pod>node@own-node/*',
    'pod to node',
    '13:12: "pod to node" is not a leg: expected from>to[@near][/protocol][+large]',
  ],
  [
    'an unknown class',
    CAUSE,
    'classes: [unreachable]',
    'classes: [unreachble]',
    '3:11: unknown class "unreachble": expected unreachable; did you mean "unreachable"?',
  ],
  [
    'an unknown fact type',
    FACTS,
    'type: number',
    'type: integer',
    '3:61: unknown fact type "integer": expected boolean, number, string or list',
  ],
  [
    'no id',
    KERNEL,
    'group: forwarding',
    'group: Forwarding Off',
    '5:10: "Forwarding Off" is not an id: expected lower-case words joined by hyphens',
  ],
  // Names
  [
    'an unknown fact',
    KERNEL,
    LEAF,
    '{fact: sysctl.net.ipv4.ip_foward, operator: equal, value: 0}]',
    '3:23: unknown fact "sysctl.net.ipv4.ip_foward": expected podAttachment, sysctl.net.ipv4.ip_forward, links.down, pod.ready, cni, log.tuned-restart or answer.restart-helps; did you mean "sysctl.net.ipv4.ip_forward"?',
  ],
  [
    'an unknown fact of a question',
    QUESTIONS,
    'fact: answer.restart-helps',
    'fact: answer.x',
    '4:11: unknown fact "answer.x": expected podAttachment, sysctl.net.ipv4.ip_forward, links.down, pod.ready, cni, log.tuned-restart or answer.restart-helps',
  ],
  [
    'an unknown fact under requires',
    CAUSE,
    'requires: {podAttachment:',
    'requires: {podAttachement:',
    '5:12: unknown fact "podAttachement": expected podAttachment, sysctl.net.ipv4.ip_forward, links.down, pod.ready, cni, log.tuned-restart or answer.restart-helps; did you mean "podAttachment"?',
  ],
  [
    'a list under requires',
    CAUSE,
    'requires: {podAttachment:',
    'requires: {links.down:',
    '5:24: "links.down" is a list: only facts of one value can stand here',
  ],
  [
    'an unknown evidence',
    CAUSE,
    'id: pods-not-ready',
    'id: pod-not-ready',
    '16:10: unknown evidence "pod-not-ready": expected ip-forward-off, ip-forward-on, pods-not-ready or restart-heals; did you mean "pods-not-ready"?',
  ],
  [
    'an unknown cause',
    CAUSE,
    'leadsTo: []',
    'leadsTo: [rp-filter]',
    '18:11: unknown cause "rp-filter": expected ip-forward-disabled',
  ],
  [
    'a class with an unknown cause',
    TAXONOMY,
    'causes: [ip-forward-disabled]',
    'causes: [ip-forward-disable]',
    '8:14: unknown cause "ip-forward-disable": expected ip-forward-disabled; did you mean "ip-forward-disabled"?',
  ],
  [
    'a cause in the wrong file',
    CAUSE,
    'id: ip-forward-disabled',
    'id: ip-forward-off',
    '1:5: "ip-forward-off" in ip-forward-disabled.yaml: a cause\'s file bears its id',
  ],
  [
    'a cause in the wrong folder',
    CAUSE,
    'category: unreachable',
    'category: not-a-fault',
    '2:11: "not-a-fault" in the folder unreachable: a cause\'s folder is its category',
  ],
  [
    'a placeholder that nothing fills',
    CAUSE,
    '# {node}',
    '# {fact.node}',
    '20:53: unknown placeholder "fact.node": expected node, pod, namespace, service, podAttachment, sysctl.net.ipv4.ip_forward, links.down, pod.ready, cni, log.tuned-restart or answer.restart-helps',
  ],
  // Conditions
  [
    'an unknown operator',
    KERNEL,
    LEAF,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equals, value: 0}]',
    '3:61: unknown operator "equals": expected equal, notEqual, lessThan, lessThanInclusive, greaterThan, greaterThanInclusive, in, notIn, contains, doesNotContain, notEmpty or versionWithin; did you mean "equal"?',
  ],
  [
    'an operator for another type',
    KERNEL,
    LEAF,
    '{fact: podAttachment, operator: lessThan, value: 1}]',
    '3:48: "lessThan" does not fit "podAttachment", a string: expected equal, notEqual, in, notIn or versionWithin',
  ],
  [
    'a range that is none',
    KERNEL,
    LEAF,
    '{fact: podAttachment, operator: versionWithin, value: "5.7"}]',
    '3:70: "5.7" is no range of versions: expected comparators such as "<5.7" or ">=1.16 <1.16.13 || >=1.17 <1.17.9"',
  ],
  [
    'equal on a list',
    KERNEL,
    LEAF,
    '{fact: links.down, operator: equal, value: []}]',
    '3:45: "equal" does not fit "links.down", a list: expected contains, doesNotContain or notEmpty',
  ],
  [
    'notEmpty with a text',
    KERNEL,
    LEAF,
    '{fact: links.down, operator: notEmpty, value: eth0}]',
    '3:62: expected true or false, found the text "eth0"',
  ],
  [
    'a value of another type',
    KERNEL,
    LEAF,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: "0"}]',
    '3:75: expected a number, found the text "0"',
  ],
  [
    'in without a list',
    KERNEL,
    LEAF,
    '{fact: sysctl.net.ipv4.ip_forward, operator: in, value: 0}]',
    '3:72: expected a list, found the number 0',
  ],
  [
    'an infinite value',
    KERNEL,
    LEAF,
    '{fact: sysctl.net.ipv4.ip_forward, operator: lessThan, value: .inf}]',
    '3:78: expected a number, found the number Infinity',
  ],
  [
    'a JSONPath',
    KERNEL,
    LEAF,
    '{fact: cni, operator: equal, value: x, path: $.a}]',
    '3:55: unknown key "path": expected fact, operator or value',
  ],
  [
    'an empty group',
    KERNEL,
    `all: [${LEAF}`,
    'all: []',
    '3:15: an empty group: it would hold, or fail, whatever is known',
  ],
  ['a group that is no list', KERNEL, `all: [${LEAF}`, 'any: {}', '3:15: expected a list of conditions, found a map'],
  [
    'all beside any',
    KERNEL,
    `all: [${LEAF}`,
    `all: [${LEAF}, any: [${LEAF}`,
    '3:80: "any" beside "all": only one of them would be judged',
  ],
  [
    'a misspelt group',
    KERNEL,
    `all: [${LEAF}`,
    `alle: [${LEAF}`,
    '3:10: unknown key "alle": expected all, any, not, fact, operator or value; did you mean "all"?',
  ],
  [
    'not with a list',
    KERNEL,
    'not: {fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}',
    'not: [{fact: cni, operator: equal, value: x}]',
    '9:15: "not" takes one condition, not a list',
  ],
  [
    'a fact of another subject',
    KERNEL,
    LEAF,
    '{fact: pod.ready, operator: equal, value: true}]',
    '3:23: "pod.ready" is about a pod, and this condition is judged on a node',
  ],
  [
    'a fact of the parent under a quantifier',
    KERNEL,
    '{fact: pod.ready, operator: equal, value: false}',
    '{fact: podAttachment, operator: equal, value: bridge}',
    '16:16: "podAttachment" is about a node, and this condition is judged on a pod',
  ],
  [
    'a quantifier with nothing to count',
    KERNEL,
    '{fact: pod.ready, operator: equal, value: false}',
    '{fact: cni, operator: equal, value: calico}',
    '16:9: no fact of the condition is about a pod: "some" has nothing to count',
  ],
  [
    'two quantifiers',
    KERNEL,
    'some: pod',
    'some: pod\n  every: pod',
    '16:3: "every" beside "some": expected one of some, every or only-failing',
  ],
  [
    'a quantifier over the subject itself',
    KERNEL,
    'subject: node\n  some: pod',
    'subject: pod\n  some: pod',
    '15:9: a pod does not have many of pod',
  ],
  // The catalogue
  [
    'a fact of no known origin',
    FACTS,
    'from: parser sysctl',
    'from: sysctl',
    '3:75: "sysctl" does not make facts: expected parser ID, derivation ID, log or answer',
  ],
  [
    'a pattern that does not compile',
    FACTS,
    "'tuned\\[\\d+\\]'",
    "'tuned(['",
    '7:103: not a regular expression: Invalid regular expression: /tuned([/: Unterminated character class',
  ],
  [
    'a pattern that may take for ever',
    FACTS,
    "'tuned\\[\\d+\\]'",
    "'tuned(?:a+)+$'",
    '7:103: (?:a+)+ repeats a repetition: it may take for ever on a hostile line',
  ],
  [
    'a pattern that always holds',
    FACTS,
    "'tuned\\[\\d+\\]'",
    "'(?:tuned)?'",
    '7:103: the pattern holds on an empty line, so on every one',
  ],
  ['a log fact without pattern', FACTS, ", pattern: 'tuned\\[\\d+\\]'", '', '7:5: a log fact needs a pattern'],
  [
    'a fact that stands twice',
    FACTS,
    'name: links.down',
    'name: podAttachment',
    '4:12: duplicate fact "podAttachment": first at facts.yaml:2:12',
  ],
  // Between names
  [
    'a duplicate evidence',
    KERNEL,
    'id: pods-not-ready',
    'id: ip-forward-on',
    '13:7: duplicate evidence or question "ip-forward-on": first at evidence/kernel.yaml:7:7',
  ],
  [
    'a question named like an evidence',
    QUESTIONS,
    'id: restart-helps',
    'id: ip-forward-off',
    '2:9: duplicate evidence or question "ip-forward-off": first at evidence/kernel.yaml:1:7',
  ],
  [
    'an evidence listed twice',
    CAUSE,
    'id: pods-not-ready',
    'id: ip-forward-off',
    '16:10: "ip-forward-off" is listed twice',
  ],
  [
    'a class listed twice',
    CAUSE,
    'classes: [unreachable]',
    'classes: [unreachable, unreachable]',
    '3:24: "unreachable" is listed twice',
  ],
  [
    'direct evidence that excludes',
    CAUSE,
    'excludes: [ip-forward-on, restart-heals]',
    'excludes: [ip-forward-off]',
    '17:12: "ip-forward-off" cannot rule the cause out: it is direct evidence of this cause',
  ],
  [
    'a fault without fix',
    CAUSE,
    SMALL[CAUSE]!.slice(SMALL[CAUSE]!.indexOf('fix:'), SMALL[CAUSE]!.indexOf('verify:')),
    'fix: []\n',
    '19:6: a fault needs a step that fixes it',
  ],
  [
    'explains of a fault',
    CAUSE,
    'leadsTo: []',
    'explains: [icmp-to-service]',
    '18:11: "explains" is for entries of not-a-fault',
  ],
  [
    'a cause that leads to itself',
    CAUSE,
    'leadsTo: []',
    'leadsTo: [ip-forward-disabled]',
    '1:1: leadsTo goes in a circle: ip-forward-disabled → ip-forward-disabled',
  ],
];

describe('a mistake is told with its place', () => {
  it.each(MISTAKES)('%s', (_, path, from, to, problem) => {
    const rules = edited(path, from, to);
    // Renaming an evidence or a cause leaves those that name it in the lurch: only the file itself is looked at.
    expect(problemsOf(rules, path).filter((line) => /^\d/.test(line))).toContain(problem);
    expect(checkRulebook(rules).rulebook).toBeUndefined();
  });
});

describe('several mistakes', () => {
  it('are all told, by place', () => {
    const text = SMALL[CAUSE]!.replace('prior: normal', 'prior: usual').replace('scope: node', 'scope: host');
    expect(problemsOf(files({ [CAUSE]: text }), CAUSE)).toEqual([
      '4:8: unknown scope "host": expected cluster, node, pod or service',
      '6:8: unknown prior "usual": expected common, normal or rare',
    ]);
  });

  it('do not make every mention of an evidence one more', () => {
    expect(problemsOf(edited(KERNEL, 'elsewhere: rare', 'elsewhere: 1'), KERNEL)).toHaveLength(1);
  });

  it('are told of sound files beside a cause whose YAML is broken, which other files may name', () => {
    const rules = files({
      'causes/unreachable/broken.yaml': 'id: [',
      [CAUSE]: SMALL[CAUSE]!.replace('leadsTo: []', 'leadsTo: [broken]').replace('scope: node', 'scope: host'),
    });
    expect(checkRulebook(rules).problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'causes/unreachable/broken.yaml:1',
      `${CAUSE}:4`,
    ]);
  });

  it('are left untold where the file of names is broken', () => {
    const rules = files({ [KERNEL]: '- id: [', [CAUSE]: SMALL[CAUSE]!.replace('scope: node', 'scope: host') });
    expect(checkRulebook(rules).problems.map(({ file }) => file)).toEqual([KERNEL]);
  });
});

describe('files', () => {
  it('that have no place in a rulebook are refused', () => {
    const [problem] = checkRulebook(files({ 'causes/lost.yml': 'id: lost' })).problems;
    expect(problem).toMatchObject({ file: 'causes/lost.yml', line: 1, column: 1, severity: 'error' });
    expect(problem?.message).toContain('no file of a rulebook');
  });

  it.each([FACTS, TAXONOMY])('without %s are no rulebook', (path) => {
    expect(problemsOf(files({ [path]: undefined }), path)).toEqual(['1:1: missing: a rulebook needs it']);
  });

  it('may lack questions', () => {
    expect(checkRulebook(files({ [QUESTIONS]: undefined })).rulebook?.questions).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['of comments alone', '# nothing\n'],
    ['of brackets', '['.repeat(50_000)],
    ['of dashes', '- '.repeat(50_000)],
    ['of a text', 'just words'],
    ['too long', `# ${'x'.repeat(1_000_001)}`],
    ['of control characters', '\u0000\u001b\ufffe'],
  ])('that are %s give a problem and nothing worse', (_, text) => {
    for (const path of [FACTS, TAXONOMY, QUESTIONS, KERNEL, CAUSE]) {
      const { rulebook, problems } = checkRulebook(files({ [path]: text }));
      expect(rulebook).toBeUndefined();
      expect(problems.map(({ file }) => file)).toContain(path);
    }
  });
});

describe('causes among each other', () => {
  const second = (id: string, change: (text: string) => string): RuleFile[] =>
    files({ [`causes/unreachable/${id}.yaml`]: change(SMALL[CAUSE]!.replace('id: ip-forward-disabled', `id: ${id}`)) });

  it('must not look the same', () => {
    const { problems } = checkRulebook(second('twin', (text) => text.replace('[source, target]', '[target, source]')));
    expect(problems).toEqual([
      {
        file: 'causes/unreachable/twin.yaml',
        line: 1,
        column: 1,
        severity: 'error',
        message: 'same signature and evidence as "ip-forward-disabled": nothing could tell them apart',
      },
    ]);
  });

  it('may look nearly the same', () => {
    const { rulebook } = checkRulebook(second('sibling', (text) => text.replace('shows: sometimes', 'shows: often')));
    expect(rulebook?.causes).toHaveLength(2);
  });

  it('must not lead to each other in a circle', () => {
    const rules = second('tool', (text) => text.replace('leadsTo: []', 'leadsTo: [ip-forward-disabled]')).map((file) =>
      file.path === CAUSE ? { ...file, text: file.text.replace('leadsTo: []', 'leadsTo: [tool]') } : file,
    );
    expect(checkRulebook(rules).problems.map(({ message }) => message)).toEqual([
      'leadsTo goes in a circle: ip-forward-disabled → tool → ip-forward-disabled',
    ]);
  });

  it('may break nothing themselves where they lead to one that does', () => {
    const noBreaks = (text: string): string => text.replace(/ {2}breaks:\n(?: {4}.*\n)+/, '  breaks: []\n');
    const alone = checkRulebook(second('tool', noBreaks));
    expect(alone.problems.map(({ line, column, message }) => [line, column, message])).toEqual([
      [10, 11, 'a fault breaks something or leads to a cause that does'],
    ]);
    const leading = second('tool', (text) => noBreaks(text).replace('leadsTo: []', 'leadsTo: [ip-forward-disabled]'));
    expect(checkRulebook(leading).problems).not.toContainEqual(expect.objectContaining({ severity: 'error' }));
  });
});
