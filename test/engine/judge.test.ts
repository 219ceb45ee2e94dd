import { expect, test } from 'vitest';
import { judge, type Kinship } from '../../src/engine/judge.js';
import type { Condition, Evidence } from '../../src/engine/rulebook/types.js';
import type { Subject, SubjectKind } from '../../src/facts/model.js';
import { FactStore } from '../../src/facts/store.js';
import { evidence, type FactRow, fact, rulebook } from './small-rulebook.js';

const CATALOGUE = [
  fact('off', 'boolean'),
  fact('value', 'number'),
  fact('names', 'list'),
  fact('mode', 'string'),
  fact('cni', 'string', 'cluster'),
];

function storeOf(rows: FactRow[]): FactStore {
  const store = new FactStore();
  for (const [subject, name, value] of rows) store.add({ subject, name, value, source: { file: 'x', line: 1 } });
  return store;
}

async function verdicts(rows: FactRow[], items: Evidence[], kinship: Partial<Kinship> = {}) {
  const store = storeOf(rows);
  const subjects = (kind: SubjectKind): Subject[] => store.subjects(kind);
  const judgement = await judge(rulebook({ facts: CATALOGUE, evidence: items }), store, subjects, {
    children: () => [],
    failing: () => undefined,
    ...kinship,
  });
  return (id: string, subject: Subject) => judgement.verdict(id, subject);
}

async function verdict(when: Condition, rows: FactRow[]) {
  return (await verdicts([['node/n1', 'mode', 'x'], ...rows], [evidence('e', when)]))('e', 'node/n1');
}

test('a condition over a known fact is present or absent', async () => {
  expect(await verdict({ fact: 'off', operator: 'equal', value: true }, [['node/n1', 'off', true]])).toBe('present');
  expect(await verdict({ fact: 'off', operator: 'equal', value: true }, [['node/n1', 'off', false]])).toBe('absent');
});

test.each<[string, Condition]>([
  ['equal', { fact: 'value', operator: 'equal', value: 1 }],
  ['notEqual', { fact: 'value', operator: 'notEqual', value: 1 }],
  ['notIn', { fact: 'value', operator: 'notIn', value: [1, 2] }],
  ['not', { not: { fact: 'value', operator: 'equal', value: 1 } }],
  ['lessThan', { fact: 'value', operator: 'lessThan', value: 5 }],
  ['notEmpty: false', { fact: 'names', operator: 'notEmpty', value: false }],
  ['doesNotContain', { fact: 'names', operator: 'doesNotContain', value: 'a' }],
])('%s over a fact that is not known is unknown', async (_, when) => {
  expect(await verdict(when, [])).toBe('unknown');
});

test('an unknown fact does not hide what the other parts decide', async () => {
  const all: Condition = {
    all: [
      { fact: 'value', operator: 'equal', value: 1 },
      { fact: 'off', operator: 'equal', value: true },
    ],
  };
  expect(await verdict(all, [['node/n1', 'off', false]])).toBe('absent');
  expect(await verdict(all, [['node/n1', 'off', true]])).toBe('unknown');
  const any: Condition = { any: all.all };
  expect(await verdict(any, [['node/n1', 'off', true]])).toBe('present');
  expect(await verdict({ not: any }, [['node/n1', 'off', true]])).toBe('absent');
});

test('a value of another type than the catalogue gives is unknown, not compared', async () => {
  expect(await verdict({ fact: 'value', operator: 'greaterThan', value: 5 }, [['node/n1', 'value', '10']])).toBe(
    'unknown',
  );
});

test('lists are asked whether they hold anything, or a thing', async () => {
  expect(await verdict({ fact: 'names', operator: 'notEmpty', value: true }, [['node/n1', 'names', ['a']]])).toBe(
    'present',
  );
  expect(await verdict({ fact: 'names', operator: 'notEmpty', value: true }, [['node/n1', 'names', []]])).toBe(
    'absent',
  );
  expect(await verdict({ fact: 'names', operator: 'notEmpty', value: false }, [['node/n1', 'names', []]])).toBe(
    'present',
  );
  expect(await verdict({ fact: 'names', operator: 'contains', value: 'a' }, [['node/n1', 'names', ['a', 'b']]])).toBe(
    'present',
  );
});

test('a fact of the cluster holds for its nodes unless a node has its own', async () => {
  const rows: FactRow[] = [
    ['cluster', 'cni', 'flannel'],
    ['node/n1', 'off', true],
    ['node/n2', 'cni', 'calico'],
  ];
  const of = await verdicts(rows, [evidence('flannel', { fact: 'cni', operator: 'equal', value: 'flannel' })]);
  expect(of('flannel', 'node/n1')).toBe('present');
  expect(of('flannel', 'node/n2')).toBe('absent');
});

test('quantifiers judge a thing that a subject has many of', async () => {
  const rows: FactRow[] = [
    ['node/n1', 'mode', 'x'],
    ['pod/a/1', 'off', true],
    ['pod/a/2', 'off', false],
    ['pod/a/3', 'mode', 'x'],
  ];
  const when: Condition = { fact: 'off', operator: 'equal', value: true };
  const items = (['some', 'every', 'only-failing'] as const).map((how) =>
    evidence(how, when, { quantifier: { how, of: 'pod' } }),
  );
  const children = (pods: string[]): Partial<Kinship> => ({
    children: () => pods,
    failing: (pod) => pod === 'pod/a/1',
  });
  const both = await verdicts(rows, items, children(['pod/a/1', 'pod/a/2']));
  expect(both('some', 'node/n1')).toBe('present');
  expect(both('every', 'node/n1')).toBe('absent');
  expect(both('only-failing', 'node/n1')).toBe('present');
  const unknown = await verdicts(rows, items, children(['pod/a/1', 'pod/a/3']));
  expect(unknown('some', 'node/n1')).toBe('present');
  expect(unknown('every', 'node/n1')).toBe('unknown');
  expect(unknown('only-failing', 'node/n1')).toBe('unknown');
  const none = await verdicts(rows, items, children([]));
  expect(none('some', 'node/n1')).toBe('unknown');
});

test('subjects with equal facts get equal verdicts, and their order does not matter', async () => {
  const rows: FactRow[] = Array.from({ length: 40 }, (_, index) => [`node/n${index}`, 'value', index % 2]);
  const item = evidence('one', { fact: 'value', operator: 'equal', value: 1 });
  const forward = await verdicts(rows, [item]);
  const backward = await verdicts([...rows].reverse(), [item]);
  for (let index = 0; index < 40; index++) {
    expect(forward('one', `node/n${index}`)).toBe(index % 2 === 1 ? 'present' : 'absent');
    expect(backward('one', `node/n${index}`)).toBe(forward('one', `node/n${index}`));
  }
});
