import { describe, expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import { edited, files, SMALL } from './small-rulebook.js';

const QUESTIONS = 'questions.yaml';
const LEG = '    from: pod@here\n    to: pod@there\n    proto: icmp\n';
const FLOW = '{from: pod@here, to: pod@there, proto: icmp, error: timeout}';

/** `line:column: message` of the mistakes in questions.yaml. */
function problemsOf(from: string, to: string): string[] {
  return checkRulebook(edited(QUESTIONS, from, to)).problems.map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );
}

describe('the questionnaire', () => {
  it('has symptoms with what they say', () => {
    expect(checkRulebook(files()).rulebook?.symptoms).toEqual([
      {
        id: 'pods-unreachable',
        class: 'unreachable',
        text: { en: 'Pods do not answer', zh: 'Pod 没有回应' },
        flows: [
          {
            from: { kind: 'pod', place: 'here' },
            to: { kind: 'pod', place: 'there' },
            proto: 'icmp',
            large: false,
            state: 'failing',
            error: 'timeout',
          },
          {
            from: { kind: 'pod', place: 'here' },
            to: { kind: 'node', place: 'here' },
            proto: 'icmp',
            large: false,
            state: 'ok',
          },
        ],
      },
    ]);
  });

  it('has questions about what works', () => {
    expect(checkRulebook(files()).rulebook?.legQuestions).toEqual([
      {
        id: 'ping-pod',
        text: {
          en: 'Can a pod on {here} ping one on {there}?',
          zh: '{here} 上的 Pod 能 ping 通 {there} 上的 Pod 吗？',
        },
        why: { en: 'It needs forwarding', zh: '需要转发' },
        from: { kind: 'pod', place: 'here' },
        to: { kind: 'pod', place: 'there' },
        proto: 'icmp',
        large: false,
        run: 'kubectl exec POD -- ping -c 3 ADDRESS',
        cost: 'look',
      },
    ]);
  });

  it.each([
    ['service', { kind: 'service' }],
    ['service@there', { kind: 'service', place: 'there' }],
    ['self', { kind: 'self' }],
    ['nodeport@third', { kind: 'nodeport', place: 'third' }],
    ['external', { kind: 'external' }],
  ])('asks about %s', (written, end) => {
    const rules = edited(QUESTIONS, LEG, `    from: pod@here\n    to: ${written}\n    proto: tcp\n    large: true\n`);
    expect(checkRulebook(rules).rulebook?.legQuestions[0]).toMatchObject({ to: end, proto: 'tcp', large: true });
  });

  it('may lack both', () => {
    const text = SMALL[QUESTIONS]!.slice(0, SMALL[QUESTIONS]!.indexOf('symptoms:'));
    expect(checkRulebook(files({ [QUESTIONS]: text })).rulebook).toMatchObject({ symptoms: [], legQuestions: [] });
  });
});

const leg = (from: string, to: string, proto: string): string =>
  `    from: ${from}\n    to: ${to}\n    proto: ${proto}\n`;

it.each([
  [
    'an unknown end',
    'to: pod@there\n',
    'to: pot@there\n',
    '18:9: unknown end "pot": expected pod, node, service, self, nodeport, external, dns-internal or dns-external; did you mean "pod"?',
  ],
  [
    'an unknown place',
    'to: pod@there\n',
    'to: pod@ther\n',
    '18:9: unknown place "ther": expected here, there or third; did you mean "there"?',
  ],
  [
    'an end without its place',
    'to: pod@there\n',
    'to: pod\n',
    '18:9: "pod" needs a place: pod@here, pod@there, pod@third',
  ],
  [
    'a place where there is none',
    'to: pod@there\n',
    'to: external@there\n',
    '18:9: "external" has no place: write it without "@"',
  ],
  [
    'a number for an end',
    'to: pod@there\n',
    'to: 7\n',
    '18:9: expected an end such as pod@here or external, found the number 7',
  ],
  [
    'an unknown protocol',
    LEG,
    leg('pod@here', 'pod@there', 'tpc'),
    '19:12: unknown protocol "tpc": expected icmp, tcp, udp, dns or http; did you mean "tcp"?',
  ],
  [
    'a start in what cannot start',
    LEG,
    leg('service', 'pod@there', 'tcp'),
    '17:11: nothing starts at "service": expected a pod, a node or external',
  ],
  [
    'an inner address from outside',
    LEG,
    leg('external', 'service', 'tcp'),
    '18:9: "service" is not reached from outside: expected a pod, a node or a nodeport',
  ],
  [
    'an own Service of a node',
    LEG,
    leg('node@here', 'self', 'tcp'),
    '18:9: "self" is a Service of the asking pod: "from" must be a pod',
  ],
  [
    'a node that reaches itself',
    LEG,
    leg('node@here', 'node@here', 'icmp'),
    '18:9: a node reaches itself without a network',
  ],
  [
    'a ping to a Service',
    LEG,
    leg('pod@here', 'service', 'icmp'),
    '19:12: "service" answers no ping, working or not: expected tcp, udp or http',
  ],
  [
    'a lookup by another protocol',
    LEG,
    leg('pod@here', 'dns-internal', 'udp'),
    '19:12: "dns-internal" is a lookup: expected the protocol dns',
  ],
  [
    'a lookup of a pod',
    LEG,
    leg('pod@here', 'pod@there', 'dns'),
    '19:12: a lookup goes to dns-internal or dns-external, not to "pod@there"',
  ],
  [
    'braces around what is no place',
    'en: It needs forwarding',
    'en: "It needs forwarding on {heer}"',
    '16:10: unknown place in braces "heer": expected here, there or third; did you mean "here"?',
  ],
  ['a question without reason', 'why: {en: It needs forwarding, zh: 需要转发}\n    ', '', '14:5: missing key "why"'],
  [
    'an unknown key of a question',
    '    run: kubectl',
    '    runs: kubectl',
    '20:5: unknown key "runs": expected id, text, why, from, to, proto, large, run or cost; did you mean "run"?',
  ],
  [
    'an unknown class',
    'class: unreachable',
    'class: unreachabel',
    '8:12: unknown class "unreachabel": expected unreachable; did you mean "unreachable"?',
  ],
  ['an unknown state', 'state: ok', 'state: fine', '12:61: unknown state "fine": expected failing, ok, slow or lossy'],
  [
    'an unknown error',
    'error: timeout',
    'error: timeuot',
    '11:61: unknown error "timeuot": expected timeout, refused, reset, no-route, host-unreachable, nxdomain, servfail, stalled, message-too-long, certificate or http-error; did you mean "timeout"?',
  ],
  [
    'an error of what works',
    'state: ok',
    'state: ok, error: timeout',
    '12:72: an error beside the state "ok": only what fails has one',
  ],
  [
    'a symptom of which all works',
    FLOW,
    '{from: pod@here, to: pod@there, proto: icmp, state: ok}',
    '11:7: a symptom of which everything works: at least one flow must not be "ok"',
  ],
  [
    'an id that evidence has',
    'id: ping-pod',
    'id: ip-forward-off',
    '14:9: duplicate evidence or question "ip-forward-off": first at evidence/kernel.yaml:1:7',
  ],
  [
    'an id that two questions have',
    'id: ping-pod',
    'id: restart-helps',
    '14:9: duplicate evidence or question "restart-helps": first at questions.yaml:2:9',
  ],
])('%s is told with its place', (_, from, to, problem) => {
  expect(problemsOf(from, to)).toContain(problem);
  expect(checkRulebook(edited(QUESTIONS, from, to)).rulebook).toBeUndefined();
});
