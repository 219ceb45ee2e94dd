import { describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { readBlockYaml } from '../../../src/facts/parsers/block-yaml.js';

/** As `kubectl get -o yaml` and must-gather write it: lists not indented, long texts folded. */
const POD_LIST = `---
apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata:
    annotations:
      k8s.v1.cni.cncf.io/network-status: |-
        [{
            "name": "openshift-sdn",
            "default": true
        }]
      note: 'it''s a text that is folded because it is longer than the eighty characters
        of a line'
      quoted: "a tab\\there, a very long line that goes on and on and on and on \\
        \\ and on"
    creationTimestamp: "2024-05-01T10:00:00Z"
    labels:
      "true": "1"
    managedFields:
    - fieldsV1:
        f:spec:
          k:{"containerPort":8080,"protocol":"TCP"}:
            .: {}
    name: web-0
    namespace: shop
  spec:
    containers:
    - args:
      - --flag=a b
      - |
        set -e

        exec web
      - ""
      image: example.com/web:1.2
      ports:
      - containerPort: 8080
    nodeSelector: {}
    tolerations: []
    terminationGracePeriodSeconds: 30
  status:
    conditions:
    - lastProbeTime: null
      message: 'containers with unready status: [web]'
      status: "False"
- apiVersion: v1
  kind: Pod
  metadata:
    name: web-1
kind: PodList
metadata:
  resourceVersion: ""
`;

const valuesOf = (text: string) => readBlockYaml(text)?.map(({ value }) => value);
const byPackage = (text: string) =>
  parseAllDocuments(text, { uniqueKeys: false }).map((document) => document.toJS() as unknown);

describe('YAML of Kubernetes’ tools', () => {
  test('is read as the whole language reads it', () => {
    expect(valuesOf(POD_LIST)).toEqual(byPackage(POD_LIST));
  });

  test('tells at which line each object begins', () => {
    const [document] = readBlockYaml(POD_LIST) ?? [];
    const { items } = document!.value as { items: object[] };
    const lines = document!.lines as Map<unknown, number>;
    const starts = POD_LIST.split('\n').flatMap((line, i) => (line === '- apiVersion: v1' ? [i + 1] : []));
    expect(items.map((item) => lines.get(item))).toEqual(starts);
    const second = readBlockYaml('kind: A\n---\n# said\nkind: B\n')?.[1];
    expect(second?.lines.get(second.value)).toBe(4);
  });

  test.each([
    'a: 1\nb: -2.5\nc: 1e3\nd: true\ne: ~\nf:\ng: 010.1.2.3\nh: 1.2.3\ni: 2024-05-01\n',
    'a:\n  b:\n    - c: 1\n      d: 2\n    -\n      e: 3\n    - - 1\n      - 2\n',
    'a: plain text\n  that goes on\n\n  after a gap\nb: x # remark\n# remark\nc: http://x/#y\n',
    'a: |\n  one\n   two\n\n  three\n\nb: |+\n  kept\n\nc: |2-\n    indented\nd: |-\n  - no list\n',
    "'quoted key': 1\n\"other \\u00e9\": 2\n'': 3\n",
    '- 1\n- two\n-\n- a: b\n',
    'a: "x\n\n  y"\nb: \'x\n\n  y\'\n',
    '',
    '# nothing\n---\n',
  ])('reads %j', (text) => {
    expect(valuesOf(text)).toEqual(byPackage(text).filter((value) => value !== null));
  });

  test.each([
    ['anchors and aliases', 'a: &x [1]\nb: *x\n'],
    ['tags', 'a: !!binary aGk=\n'],
    ['flow style', 'a: {b: 1}\n'],
    ['complex keys', '? a\n: b\n'],
    ['folded blocks', 'a: >\n  x\n'],
    ['tabs', 'a:\n\tb: 1\n'],
    ['a text at the top', 'hello\n'],
    ['lines that fit nowhere', 'a: 1\n   b: 2\n'],
    ['an open quote', 'a: "x\n'],
    ['hundreds of levels', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a list of lists of lists', '- '.repeat(100_000)],
  ])('leaves %s to a reader of the whole language', (_, text) => expect(readBlockYaml(text)).toBeUndefined());

  test('is read the same for objects of any shape', () => {
    let state = 42;
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % below;
    };
    const texts = [
      'a',
      'two words',
      'x: y',
      '- z',
      '#1',
      'null',
      '12',
      ' lead',
      'trail ',
      'l1\nl2',
      '',
      '"',
      "it's",
      '中文',
      'é'.repeat(60),
    ];
    const value = (depth: number): unknown => {
      const kind = depth > 4 ? random(4) : random(6);
      if (kind === 0) return texts[random(texts.length)]!.repeat(1 + random(12));
      if (kind === 1) return random(1000) - 500;
      if (kind === 2) return random(2) === 0;
      if (kind === 3) return null;
      const many = random(4);
      if (kind === 4) return Array.from({ length: many }, () => value(depth + 1));
      return Object.fromEntries(
        Array.from({ length: many }, (_, i) => [`${texts[random(texts.length)]}${i}`, value(depth + 1)]),
      );
    };
    let read = 0;
    for (let round = 0; round < 500; round += 1) {
      const object = { a: value(0), b: value(0) };
      const text = stringify(object, { indentSeq: round % 2 === 0, lineWidth: 20 + random(80), blockQuote: 'literal' });
      const got = valuesOf(text);
      if (got === undefined) continue;
      read += 1;
      expect(got, text).toEqual([object]);
    }
    expect(read).toBeGreaterThan(300);
  });

  test('costs time of its length, whatever it holds', () => {
    const started = performance.now();
    for (const piece of ['a: "x\n', '- ', 'a: |\n\n', '\n', "a: 'b\n  c\n", 'a:\n', '# \n', ':', 'a: b\\\n "']) {
      readBlockYaml(piece.repeat(Math.ceil(2_000_000 / piece.length)));
      readBlockYaml(`a: "${piece.repeat(Math.ceil(2_000_000 / piece.length))}`);
      readBlockYaml(`a: |\n  ${piece.replaceAll('\n', '\n  ').repeat(200_000)}`);
    }
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
