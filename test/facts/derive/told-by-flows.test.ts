import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import { CLUSTER } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';

const SERVICES = `{"kind": "List", "items": [
  {"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"clusterIP": "10.43.7.1", "ports": [{"port": 80}]}},
  {"kind": "Service", "metadata": {"name": "db", "namespace": "shop"}, "spec": {"clusterIP": "10.43.7.2", "ports": [{"port": 5432}]}},
  {"kind": "Endpoints", "metadata": {"name": "web", "namespace": "shop"}, "subsets": [{"addresses": [{"ip": "10.42.1.9", "nodeName": "w1", "targetRef": {"kind": "Pod", "name": "web-0", "namespace": "shop"}}], "ports": [{"port": 80}]}]},
  {"kind": "Endpoints", "metadata": {"name": "db", "namespace": "shop"}, "subsets": [{"addresses": [{"ip": "10.42.2.9", "nodeName": "w2", "targetRef": {"kind": "Pod", "name": "db-0", "namespace": "shop"}}], "ports": [{"port": 5432}]}]}
]}`;
const from = 'from: {kind: pod, node: w1, ip: 10.42.1.5}';
const serviceFails = `  - {${from}, to: {kind: clusterip, ip: 10.43.7.1, port: 80}, proto: tcp, ok: false, error: timeout}\n`;
const podAnswers = `  - {${from}, to: {kind: pod, ip: 10.42.1.9, port: 80}, proto: tcp, ok: true}\n`;
const podPings = `  - {${from}, to: {kind: pod, ip: 10.42.1.9}, proto: icmp, ok: true}\n`;
const otherAnswers = `  - {${from}, to: {kind: clusterip, ip: 10.43.7.2, port: 5432}, proto: tcp, ok: true}\n`;

function reasons(reachability: string, answers = ''): (string | undefined)[] {
  const facts = `version: 1\nreachability:\n${reachability}${answers}`;
  const entries = [
    { path: 'cluster/all.json', bytes: new TextEncoder().encode(SERVICES) },
    { path: 'facts.yaml', bytes: new TextEncoder().encode(facts) },
  ];
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  deriveAll(store);
  return ['answer.pod-address-works', 'answer.same-node-backend-only'].map(
    (name) => store.whyUnknown(CLUSTER, name)?.reason,
  );
}

test('the answer at the backend tells whether its own address works', () => {
  const [pod, near] = reasons(serviceFails + podAnswers);
  expect(pod).toMatch(/tells it already/);
  expect(near).toBeUndefined();
});

test('a ping to the backend says nothing of its port', () => {
  expect(reasons(serviceFails + podPings)).toEqual([undefined, undefined]);
});

test('Services with a near and a far backend tell whether only the near ones fail', () => {
  const [pod, near] = reasons(serviceFails + otherAnswers);
  expect(pod).toBeUndefined();
  expect(near).toMatch(/tells it already/);
});

test('an answer that was given stands', () => {
  const answers = 'answers: {pod-address-works: yes}\n';
  expect(reasons(serviceFails + podAnswers, answers)[0]).toBeUndefined();
});
