import { expect, test } from 'vitest';
import { factsFile } from '../../../src/facts/parsers/facts-file.js';
import { kubeObjects } from '../../../src/facts/parsers/kube-objects.js';
import { whyNotYaml } from '../../../src/facts/parsers/yaml-limits.js';
import { readFile } from './read-file.js';

const HOSTILE: [string, string][] = [
  ['brackets that are not closed', '{'.repeat(5000)],
  ['mixed ones', '{['.repeat(2000)],
  ['brackets that were not opened', '{}}'.repeat(60_000)],
  ['anchors', '&a '.repeat(200_000)],
  ['tags', '!a '.repeat(200_000)],
  ['aliases', '*a '.repeat(200_000)],
];

test.each(HOSTILE)('%s are refused before they cost anything', (_what, text) => {
  const yaml = `apiVersion: v1\nkind: Pod\nmetadata: ${text}`;
  expect(whyNotYaml(yaml)).toBeDefined();
  const start = process.cpuUsage().user;
  for (const parser of [kubeObjects, factsFile]) {
    const read = readFile(parser, 'kubectl get pods -o yaml', yaml);
    expect(read.problems).toHaveLength(1);
    expect(read.records).toEqual([]);
  }
  expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(2);
});

test('objects as kubectl prints them pass, with scripts and JSON in literal blocks', () => {
  const yaml = `apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel, labels: {a: "*b", c: !!str d}}
data:
  net-conf.json: |
    {"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan"}}
  run.sh: |
    [[ -n "$x" ]] && echo "\${y[@]}" * & wait
`;
  expect(whyNotYaml(yaml.repeat(1000))).toBeUndefined();
  expect(readFile(kubeObjects, 'kubectl get cm -o yaml', yaml).of('configmap-object')).toHaveLength(1);
});
