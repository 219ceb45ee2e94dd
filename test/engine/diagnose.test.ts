import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/engine/diagnose.js';
import type { Rulebook } from '../../src/engine/rulebook/types.js';
import { deriveAll } from '../../src/facts/derive/derive-all.js';
import type { EndpointHint, FlowError, FlowPattern, Probe } from '../../src/facts/model.js';
import { FactStore } from '../../src/facts/store.js';
import { breaks, cause, evidence, type FactRow, fact, rulebook } from './small-rulebook.js';

const NODES = ['n1', 'n2', 'n3'];
const podOn = (node: string): EndpointHint => ({ kind: 'pod', node, ip: `10.0.${node.slice(1)}.5` });

interface Attempt {
  from: EndpointHint;
  to: EndpointHint;
  proto?: Probe['proto'];
  ok: boolean;
  error?: FlowError;
  at?: string;
  origin?: Probe['origin'];
  pattern?: FlowPattern;
}

/** Pings between a pod of every node and a pod of every other, all but those that `fails` says. */
function mesh(fails: (from: string, to: string) => boolean): Attempt[] {
  const attempts: Attempt[] = [];
  for (const from of NODES) {
    for (const to of NODES) if (from !== to) attempts.push({ from: podOn(from), to: podOn(to), ok: !fails(from, to) });
  }
  return attempts;
}

/** With a leg besides those of the mesh: what works on one leg alone does not make a cluster healthy. */
function withExternal(attempts: Attempt[]): Attempt[] {
  return [...attempts, { from: podOn('n1'), to: { kind: 'external', ip: '192.0.2.1' }, ok: true }];
}

function storeOf(attempts: Attempt[], rows: FactRow[] = []): FactStore {
  const store = new FactStore();
  for (const [subject, name, value] of rows) store.add({ subject, name, value, source: { file: 'facts', line: 1 } });
  attempts.forEach((attempt, index) => {
    const probe: Probe = {
      from: attempt.from,
      to: attempt.to,
      proto: attempt.proto ?? 'icmp',
      state: attempt.ok ? 'ok' : 'failing',
      origin: attempt.origin ?? 'report',
    };
    if (!attempt.ok) probe.error = attempt.error ?? 'timeout';
    if (attempt.pattern !== undefined) probe.pattern = attempt.pattern;
    const source = { file: 'probes', line: index + 1 };
    store.add({
      subject: 'cluster',
      name: 'probe',
      value: probe,
      source,
      ...(attempt.at === undefined ? {} : { at: attempt.at }),
    });
  });
  return store;
}

async function run(book: Rulebook, store: FactStore) {
  const { topology, flows, timeline, paths } = deriveAll(store);
  return diagnose({
    store,
    topology,
    flows,
    timeline,
    paths,
    input: { recognised: 1, unrecognised: [], problems: [] },
    rulebook: book,
    lang: 'en',
  });
}

const FACTS = [fact('off', 'boolean'), fact('odd', 'boolean'), fact('restarted', 'boolean')];
const cutsNode = cause('cuts-node', {
  signature: { breaks: [breaks('pod>pod@cross-node/*', { roles: ['source', 'target'], as: ['timeout'] })], spares: [] },
  evidence: [{ id: 'is-off', shows: 'always', direct: true }],
});
const cutsAll = cause('cuts-all', {
  scope: 'cluster',
  signature: { breaks: [breaks('pod>pod@cross-node/*', { as: ['timeout'] })], spares: [] },
});
const harmless = cause('harmless', {
  signature: { breaks: [breaks('node>external/*', { roles: ['source'] })], spares: [] },
  evidence: [{ id: 'is-odd', shows: 'always', direct: true }],
});
const isOff = evidence('is-off', { fact: 'off', operator: 'equal', value: true });
const isOdd = evidence('is-odd', { fact: 'odd', operator: 'equal', value: true });
const BOOK = rulebook({ facts: FACTS, evidence: [isOff, isOdd], causes: [cutsNode, cutsAll, harmless] });

const causesOf = (diagnosis: Awaited<ReturnType<typeof run>>): string[] => diagnosis.diagnoses.map((one) => one.cause);

test('the cause is put on the node that every failing flow passes', async () => {
  const diagnosis = await run(BOOK, storeOf(mesh((from, to) => from === 'n2' || to === 'n2')));
  expect(diagnosis.outcome).toBe('diagnosed');
  expect(diagnosis.diagnoses[0]).toMatchObject({
    cause: 'cuts-node',
    subjects: ['node/n2'],
    confidence: 'likely',
    explains: { symptoms: 4, of: 4 },
  });
});

test('what works speaks against a cause that would always break it', async () => {
  const diagnosis = await run(BOOK, storeOf(mesh((from, to) => from === 'n2' || to === 'n2')));
  const cluster = diagnosis.diagnoses.find((one) => one.cause === 'cuts-all');
  expect(cluster?.probability ?? 0).toBeLessThan(0.1);
  const everywhere = await run(BOOK, storeOf(mesh(() => true)));
  expect(everywhere.diagnoses.find((one) => one.cause === 'cuts-all')!.probability).toBeGreaterThan(0.3);
});

test('direct evidence on the node confirms, and its absence sinks the cause there', async () => {
  const attempts = mesh((from, to) => from === 'n2' || to === 'n2');
  const seen = await run(BOOK, storeOf(attempts, [['node/n2', 'off', true]]));
  expect(seen.diagnoses[0]).toMatchObject({ cause: 'cuts-node', confidence: 'confirmed' });
  expect(seen.diagnoses[0]!.evidence[0]).toMatchObject({
    id: 'is-off',
    verdict: 'for',
    facts: [{ subject: 'node/n2', name: 'off', value: true, source: { file: 'facts', line: 1 } }],
  });
  const unseen = await run(BOOK, storeOf(attempts));
  const denied = await run(
    BOOK,
    storeOf(
      attempts,
      NODES.map((node): FactRow => [`node/${node}`, 'off', false]),
    ),
  );
  const probability = (diagnosis: typeof seen) =>
    diagnosis.diagnoses.find((one) => one.cause === 'cuts-node')?.probability ?? 0;
  expect(probability(unseen)).toBeLessThan(probability(seen));
  expect(probability(denied)).toBeLessThan(probability(unseen));
});

test('evidence that nobody looked for counts neither for nor against', async () => {
  const diagnosis = await run(BOOK, storeOf(mesh((from, to) => from === 'n2' || to === 'n2')));
  expect(diagnosis.diagnoses[0]!.evidence).toMatchObject([
    { id: 'is-off', verdict: 'unknown', weight: 0, collect: 'look is-off' },
  ]);
});

test('a thousand flows that no hypothesis tells apart count once', async () => {
  const once = await run(BOOK, storeOf(mesh((from, to) => from === 'n2' || to === 'n2')));
  const attempts: Attempt[] = [];
  for (let index = 0; index < 200; index++) {
    for (const attempt of mesh((from, to) => from === 'n2' || to === 'n2')) {
      attempts.push({ ...attempt, from: { ...attempt.from, ip: `10.0.${attempt.from.node!.slice(1)}.${index + 5}` } });
    }
  }
  const often = await run(BOOK, storeOf(attempts));
  expect(often.diagnoses.map((one) => [one.cause, one.probability])).toEqual(
    once.diagnoses.map((one) => [one.cause, one.probability]),
  );
});

test('two faults are both named, and neither is blamed for the symptoms of the other', async () => {
  const dns = cause('cuts-external', {
    signature: { breaks: [breaks('pod>external/*', { roles: ['source'] })], spares: [] },
    evidence: [{ id: 'is-odd', shows: 'always', direct: true }],
  });
  const book = rulebook({ facts: FACTS, evidence: [isOff, isOdd], causes: [cutsNode, dns] });
  const attempts = [
    ...mesh((from, to) => from === 'n2' || to === 'n2'),
    { from: podOn('n3'), to: { kind: 'external', ip: '8.8.8.8' } as const, ok: false },
    { from: podOn('n1'), to: { kind: 'external', ip: '8.8.8.8' } as const, ok: true },
  ];
  const diagnosis = await run(
    book,
    storeOf(attempts, [
      ['node/n2', 'off', true],
      ['node/n3', 'odd', true],
    ]),
  );
  expect(diagnosis.diagnoses.slice(0, 2).map((one) => [one.cause, one.subjects, one.explains.symptoms])).toEqual([
    ['cuts-external', ['node/n3'], 1],
    ['cuts-node', ['node/n2'], 4],
  ]);
  expect(diagnosis.diagnoses.every((one) => one.probability > 0.9)).toBe(true);
});

test('a misconfiguration that touches no symptom is also found, never ranked', async () => {
  const diagnosis = await run(
    BOOK,
    storeOf(
      mesh((from, to) => from === 'n2' || to === 'n2'),
      [['node/n1', 'odd', true]],
    ),
  );
  expect(causesOf(diagnosis)).not.toContain('harmless');
  expect(diagnosis.alsoFound).toEqual([
    { cause: 'harmless', title: 'harmless', subjects: ['node/n1'], why: 'touches no symptom' },
  ]);
});

test('where everything works the cluster is healthy and misconfigurations are risks', async () => {
  const attempts = [...mesh(() => false), { from: podOn('n1'), to: { kind: 'node', node: 'n2' } as const, ok: true }];
  const diagnosis = await run(BOOK, storeOf(attempts, [['node/n2', 'off', true]]));
  expect(diagnosis.outcome).toBe('healthy');
  expect(diagnosis.diagnoses).toEqual([]);
  expect(diagnosis.alsoFound).toMatchObject([{ cause: 'cuts-node', subjects: ['node/n2'] }]);
});

test('no facts at all are insufficient, never healthy', async () => {
  const diagnosis = await run(BOOK, new FactStore());
  expect(diagnosis.outcome).toBe('insufficient');
  expect(diagnosis.diagnoses).toEqual([]);
});

describe('what people complain of though no flow is known to fail', () => {
  const stuck = evidence(
    'stuck',
    { fact: 'node.stuck', operator: 'equal', value: true },
    { elsewhere: 'sometimes', symptom: true },
  );
  const proof = evidence('proof', { fact: 'node.empty', operator: 'equal', value: true });
  const book = rulebook({
    facts: [fact('node.stuck', 'boolean'), fact('node.empty', 'boolean')],
    evidence: [stuck, proof],
    causes: ['one', 'another'].map((id) =>
      cause(id, {
        signature: { breaks: [breaks('pod>pod@cross-node/*', { how: 'sometimes' })], spares: [] },
        evidence: [
          { id: 'stuck', shows: 'often', direct: false },
          ...(id === 'one' ? [{ id: 'proof', shows: 'often' as const, direct: true }] : []),
        ],
      }),
    ),
  });

  test('names the causes that can have brought it about where nothing proves one', async () => {
    const diagnosis = await run(book, storeOf([], [['node/n2', 'node.stuck', true]]));
    expect(diagnosis.outcome).toBe('insufficient');
    expect(diagnosis.diagnoses.map(({ cause: id, subjects }) => [id, subjects])).toEqual([
      ['another', ['node/n2']],
      ['one', ['node/n2']],
    ]);
    expect(diagnosis.verdict).toContain('2 causes can have brought about what is seen');
    expect(diagnosis.next.map(({ id }) => id)).toEqual(['proof']);
  });

  test('is diagnosed where one is proven, even though everything that was tried works', async () => {
    const rows: FactRow[] = [
      ['node/n2', 'node.stuck', true],
      ['node/n2', 'node.empty', true],
    ];
    const diagnosis = await run(book, storeOf(withExternal(mesh(() => false)), rows));
    expect(diagnosis.outcome).toBe('diagnosed');
    expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'one', subjects: ['node/n2'] });
  });

  test('does not make a cluster ill in which everything that was tried works', async () => {
    const diagnosis = await run(book, storeOf(withExternal(mesh(() => false)), [['node/n2', 'node.stuck', true]]));
    expect([diagnosis.outcome, diagnosis.diagnoses]).toEqual(['healthy', []]);
  });

  test('keeps a cluster from being called healthy where it is hardly seen without a fault', async () => {
    const rare = { ...book, evidence: [{ ...stuck, elsewhere: 'rare' as const }, proof] };
    const diagnosis = await run(rare, storeOf(withExternal(mesh(() => false)), [['node/n2', 'node.stuck', true]]));
    expect([diagnosis.outcome, diagnosis.diagnoses[0]?.cause]).toEqual(['insufficient', 'another']);
  });

  test('names nobody for what was looked for and is not there', async () => {
    const diagnosis = await run(book, storeOf([], [['node/n2', 'node.stuck', false]]));
    expect([diagnosis.outcome, diagnosis.diagnoses]).toEqual(['insufficient', []]);
  });
});

test('what comes and goes on one way is hardly blamed on what stands in the way', async () => {
  const always = [breaks('pod>pod@cross-node/*', { as: ['timeout'], how: 'often' })];
  const atTimes = [breaks('pod>pod@cross-node/*', { as: ['timeout', 'lossy'], how: 'often' })];
  const book = rulebook({
    causes: [
      cause('a-wall', { signature: { breaks: always, spares: [] } }),
      cause('overload', { signature: { breaks: atTimes, spares: [] } }),
    ],
  });
  const leaderOf = async (pattern?: FlowPattern): Promise<string[]> => {
    const attempt = { from: podOn('n1'), to: podOn('n2'), ok: false };
    const { diagnoses } = await run(book, storeOf([pattern === undefined ? attempt : { ...attempt, pattern }]));
    return diagnoses.filter(({ probability }) => probability === diagnoses[0]!.probability).map(({ cause: id }) => id);
  };
  expect(await leaderOf()).toEqual(['a-wall', 'overload']);
  expect(await leaderOf('intermittent')).toEqual(['overload']);
  expect(await leaderOf('under-load')).toEqual(['overload']);
});

test('misconfigurations rank by themselves where no flow is known, and the verdict says that no symptom was given', async () => {
  const diagnosis = await run(BOOK, storeOf([], [['node/n2', 'off', true]]));
  expect(diagnosis.outcome).toBe('diagnosed');
  expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'cuts-node', subjects: ['node/n2'] });
  expect(diagnosis.verdict).toContain('No symptom was given');
});

test('a symptom that no cause breaks is unexplained', async () => {
  const diagnosis = await run(
    BOOK,
    storeOf([{ from: { kind: 'node', node: 'n1' }, to: { kind: 'node', node: 'n2' }, ok: false }]),
  );
  expect(diagnosis.outcome).toBe('unexplained');
  expect(diagnosis.unexplained).toMatchObject([
    { leg: 'node>node@cross-node/icmp', error: 'timeout', source: { file: 'probes', line: 1 } },
  ]);
});

test('evidence of one group counts once', async () => {
  const again = evidence('off-again', { fact: 'off', operator: 'equal', value: true }, { group: 'off' });
  const grouped = rulebook({
    facts: FACTS,
    evidence: [{ ...isOff, group: 'off' }, again],
    causes: [
      { ...cutsNode, evidence: [...cutsNode.evidence, { id: 'off-again', shows: 'always', direct: false }] },
      cutsAll,
    ],
  });
  const store = () =>
    storeOf(
      mesh((from, to) => from === 'n2' || to === 'n2'),
      [['node/n2', 'off', true]],
    );
  const twice = await run(grouped, store());
  const once = await run(BOOK, store());
  expect(twice.diagnoses[0]!.probability).toBe(once.diagnoses[0]!.probability);
  expect(twice.diagnoses[0]!.evidence.map((item) => item.weight).sort((a, b) => b - a)[1]).toBe(0);
});

test('a cause that leads to another is told as its reason, not as a rival', async () => {
  const tool = cause('tool', { evidence: [{ id: 'restarted', shows: 'often', direct: true }], leadsTo: ['cuts-node'] });
  const restarted = evidence('restarted', { fact: 'restarted', operator: 'equal', value: true });
  const book = rulebook({ facts: FACTS, evidence: [isOff, restarted], causes: [cutsNode, cutsAll, tool] });
  const diagnosis = await run(
    book,
    storeOf(
      mesh((from, to) => from === 'n2' || to === 'n2'),
      [['node/n2', 'restarted', true]],
    ),
  );
  expect(causesOf(diagnosis)).not.toContain('tool');
  expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'cuts-node', because: [{ cause: 'tool' }] });
});

test('after the fault has gone, what works and what is set now does not speak against what failed then', async () => {
  const failing = mesh((from, to) => from === 'n2' || to === 'n2').map((attempt) => ({
    ...attempt,
    at: '2022-02-11T09:50:00Z',
  }));
  const healed = mesh(() => false).map((attempt) => ({ ...attempt, at: '2022-02-11T11:00:00Z' }));
  const rows: FactRow[] = NODES.map((node) => [`node/${node}`, 'off', false]);
  const diagnosis = await run(BOOK, storeOf([...failing, ...healed], rows));
  expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'cuts-node', subjects: ['node/n2'], when: 'past' });
  expect(diagnosis.diagnoses[0]!.evidence[0]).toMatchObject({
    verdict: 'unknown',
    reason: 'collected after the fault had gone',
  });
});

test('a symptom whose node is not known may be of a cause on any node', async () => {
  const diagnosis = await run(
    BOOK,
    storeOf([{ from: { kind: 'pod' }, to: { kind: 'pod' }, ok: false }], [['node/n2', 'off', true]]),
  );
  expect(causesOf(diagnosis)).toContain('cuts-node');
});

test('the next step asks for the evidence that parts the leading causes', async () => {
  const diagnosis = await run(BOOK, storeOf(mesh((from, to) => from !== 'n1' || to !== 'n3')));
  expect(diagnosis.next[0]).toMatchObject({ id: 'is-off', collect: 'look is-off', cost: 'look' });
  expect(diagnosis.next[0]!.gain).toBeGreaterThan(0);
});

test('a value of the dump reaches a fix command quoted, and control characters do not', async () => {
  const evil = "n2; reboot '$(reboot)' \u001b[2J";
  const fixed = { ...cutsNode, fix: [{ do: { en: 'fix', zh: 'fix' }, run: 'ssh {node} true' }] };
  const attempts: Attempt[] = [
    { from: { kind: 'pod', node: evil, ip: '10.0.0.1' }, to: { kind: 'pod', node: 'n1', ip: '10.0.1.1' }, ok: false },
  ];
  const diagnosis = await run(
    rulebook({ facts: FACTS, evidence: [isOff], causes: [fixed] }),
    storeOf(attempts, [[`node/${evil}`, 'off', true]]),
  );
  expect(diagnosis.diagnoses[0]!.fix[0]!.run).toBe("ssh 'n2; reboot '\\''$(reboot)'\\'' \\x1b[2J' true");
});

test('the same facts in another order give the same answer', async () => {
  const attempts = mesh((from, to) => from === 'n2' || to === 'n2');
  const rows: FactRow[] = [
    ['node/n2', 'off', true],
    ['node/n1', 'odd', true],
  ];
  const forward = await run(BOOK, storeOf(attempts, rows));
  const backward = await run(BOOK, storeOf(attempts, [...rows].reverse()));
  expect(JSON.stringify(backward)).toBe(JSON.stringify(forward));
});

test('where nothing is known, the answer says what to collect first', async () => {
  const looks = [
    { id: 'flows', text: { en: 'flows', zh: 'flows' }, collect: 'ping', cost: 'access' as const, unless: ['probe'] },
    {
      id: 'sysctls',
      text: { en: 'sysctls', zh: 'sysctls' },
      collect: 'sysctl',
      cost: 'look' as const,
      unless: ['odd'],
    },
  ];
  const diagnosis = await run({ ...BOOK, firstLooks: looks }, storeOf([], [['node/n1', 'odd', false]]));
  expect(diagnosis.outcome).toBe('insufficient');
  expect(diagnosis.next).toMatchObject([{ id: 'flows', collect: 'ping' }]);
});

test('where the outcome of many attempts is not known, what works does not make the cluster healthy', async () => {
  const store = storeOf([...mesh(() => false), { from: podOn('n1'), to: { kind: 'node', node: 'n2' }, ok: true }]);
  for (let line = 1; line <= 3; line++) {
    store.addUnknown({ subject: 'node/n1', name: 'probe.outcome', reason: 'cut', source: { file: 'ping', line } });
  }
  expect((await run(BOOK, store)).outcome).toBe('insufficient');
});
