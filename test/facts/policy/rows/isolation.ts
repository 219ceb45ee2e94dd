import type { Row } from '../cluster.js';

const DENY_INGRESS = 'podSelector: {}\npolicyTypes: [Ingress]';
const DENY_EGRESS = 'podSelector: {}\npolicyTypes: [Egress]';
const DENY_ALL = 'podSelector: {}\npolicyTypes: [Ingress, Egress]';
const IN = { from: 'back/api', to: 'shop/web' };
const OUT = { from: 'shop/web', to: 'back/api' };

/** Which pods are isolated, in which directions, and how policies add up. */
export const ISOLATION: readonly Row[] = [
  { name: 'without any policy every connection is allowed', policies: {}, ...IN, verdict: 'allowed' },
  {
    name: 'default deny of ingress: an empty podSelector selects every pod of the namespace',
    policies: { 'shop/deny': DENY_INGRESS },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'a pod without labels is selected by the empty podSelector too',
    policies: { 'shop/deny': DENY_INGRESS },
    from: 'back/api',
    to: 'shop/bare',
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'a policy has no say over pods of another namespace',
    policies: { 'ops/deny': DENY_ALL },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'a pod that is isolated for ingress alone may connect to whomever it wants',
    policies: { 'shop/deny': DENY_INGRESS },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'a pod that is isolated for egress alone takes connections from whomever',
    policies: { 'shop/deny': DENY_EGRESS },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'default deny of egress: policyTypes Egress without egress rules',
    policies: { 'shop/deny': DENY_EGRESS },
    ...OUT,
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'default deny of both directions denies ingress',
    policies: { 'shop/deny': DENY_ALL },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'default deny of both directions denies egress',
    policies: { 'shop/deny': DENY_ALL },
    ...OUT,
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'without policyTypes a policy isolates for ingress',
    policies: { 'shop/p': 'podSelector: {}' },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'without policyTypes and without egress rules a policy does not isolate for egress',
    policies: { 'shop/p': 'podSelector: {}' },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'an empty list of policyTypes is none',
    policies: { 'shop/p': 'podSelector: {}\npolicyTypes: []' },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'without policyTypes a policy with an egress rule isolates for egress',
    policies: { 'shop/p': 'podSelector: {}\negress:\n- to:\n  - podSelector: {}' },
    ...OUT,
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'without policyTypes a policy with egress rules alone isolates for ingress all the same',
    policies: { 'shop/p': 'podSelector: {}\negress:\n- {}' },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'without policyTypes an empty list of egress rules does not isolate for egress',
    policies: { 'shop/p': 'podSelector: {}\negress: []' },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'ingress rules of a policy whose policyTypes name Egress alone isolate nothing for ingress',
    policies: { 'shop/p': 'podSelector: {}\npolicyTypes: [Egress]\ningress:\n- from:\n  - podSelector: {}' },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'egress rules of a policy whose policyTypes name Ingress alone isolate nothing for egress',
    policies: { 'shop/p': 'podSelector: {}\npolicyTypes: [Ingress]\negress:\n- to:\n  - podSelector: {}' },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'an empty list of ingress rules allows nothing',
    policies: { 'shop/p': 'podSelector: {}\ningress: []' },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'allow all ingress: one empty rule',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- {}\npolicyTypes: [Ingress]' },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'allow all egress: one empty rule',
    policies: { 'shop/p': 'podSelector: {}\negress:\n- {}\npolicyTypes: [Egress]' },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'policies do not conflict, they are additive: an allow-all beside a deny-all allows',
    policies: { 'shop/deny': DENY_INGRESS, 'shop/allow': 'podSelector: {}\ningress:\n- {}' },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'the order of policies does not matter',
    policies: { 'shop/allow': 'podSelector: {}\ningress:\n- {}', 'shop/zz-deny': DENY_INGRESS },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'what each of two policies denies is denied',
    policies: {
      'shop/a': 'podSelector: {}\ningress:\n- from:\n  - podSelector:\n      matchLabels:\n        app: db',
      'shop/b': 'podSelector: {}\ningress:\n- from:\n  - podSelector:\n      matchLabels:\n        app: web',
    },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'a policy that selects other pods neither isolates nor allows',
    policies: {
      'shop/deny': DENY_INGRESS,
      'shop/db': 'podSelector:\n  matchLabels:\n    app: db\ningress:\n- {}',
    },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'the labels of a podSelector are ANDed',
    policies: { 'shop/p': 'podSelector:\n  matchLabels:\n    app: web\n    role: backend' },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'both ends must allow: the source’s egress does not suffice',
    policies: { 'shop/out': 'podSelector: {}\negress:\n- {}\npolicyTypes: [Egress]', 'back/in': DENY_INGRESS },
    ...OUT,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'both ends must allow: the destination’s ingress does not suffice',
    policies: { 'shop/out': DENY_EGRESS, 'back/in': 'podSelector: {}\ningress:\n- {}' },
    ...OUT,
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'where both ends allow, the connection is allowed',
    policies: {
      'shop/out':
        'podSelector: {}\npolicyTypes: [Egress]\negress:\n- to:\n  - namespaceSelector:\n      matchLabels:\n        team: b',
      'back/in': 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector:\n      matchLabels:\n        team: a',
    },
    ...OUT,
    verdict: 'allowed',
  },
  {
    name: 'a pod cannot block access to itself',
    policies: { 'shop/deny': DENY_ALL },
    from: 'shop/web',
    to: 'shop/web',
    verdict: 'allowed',
  },
  {
    name: 'a pod that reaches itself by its address is itself',
    policies: { 'shop/deny': DENY_ALL },
    from: 'shop/web',
    to: '10.244.1.2',
    verdict: 'allowed',
  },
  {
    name: 'a podSelector that is not written is the empty one',
    policies: { 'shop/p': 'policyTypes: [Ingress]' },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
];
