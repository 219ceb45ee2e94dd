import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WALK_SCHEMA } from '../../src/report/schema.js';
import { displayWidth } from '../../src/report/wrap.js';
import { build, EXAMPLE, main, type Outcome, podnet } from './podnet.js';
import { writeWalkBundle } from './walk-bundle.js';

const ajv = new Ajv2020.Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(WALK_SCHEMA);

interface Walk {
  verdict: string;
  at: string | null;
  by: string | null;
  from: string;
  to: string;
  reason?: string;
  asked?: { file?: string; line?: number };
  happened?: { state: string; error?: string; asPredicted: boolean | null };
  malformed?: boolean;
  missing: { on: string; what: string }[];
  steps: { on: string; kind: string; packet: string; source?: { file: string; line: number } }[];
  reply: { verdict: string; steps: unknown[] } | null;
  branches?: { label: string; verdict: string }[];
}

let scratch: string;
/** All is well; n2 drops what it forwards; n2 rejects what goes to pod c. */
let healthy: string;
let dropping: string;
let halfRejecting: string;

const FACTS = [
  'version: 1',
  'reachability:',
  '  - {from: pod/default/a, to: 10.96.0.20:80, proto: tcp, ok: false, error: timeout}',
  '  - {from: pod/default/a, to: pod/default/b, proto: icmp, ok: true}',
  '',
].join('\n');

beforeAll(() => {
  build();
  scratch = mkdtempSync(join(tmpdir(), 'podnet-walk-'));
  healthy = join(scratch, 'healthy');
  dropping = join(scratch, 'dropping');
  halfRejecting = join(scratch, 'half-rejecting');
  writeWalkBundle(healthy, { facts: FACTS });
  writeWalkBundle(dropping, { forward: 'DROP' });
  writeWalkBundle(halfRejecting, {
    rules: ['-A FORWARD -d 10.244.2.3/32 -j REJECT --reject-with icmp-port-unreachable'],
  });
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true }));

const ends = (from: string, to: string): string[] => ['--from', from, '--to', to];

function walks({ stdout }: Outcome): Walk[] {
  const parsed = JSON.parse(stdout) as Walk[];
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
  return parsed;
}

const json = (bundle: string, from: string, to: string, ...more: string[]): Walk => {
  const all = walks(podnet(['walk', bundle, ...ends(from, to), '--format', 'json', ...more]));
  expect(all).toHaveLength(1);
  return all[0]!;
};

function listOf(name: string, text: string): string {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
}

describe('one flow', () => {
  test('what is dropped is status 1, and the first line says where and by which rule', () => {
    const { status, stdout, stderr } = podnet(['walk', dropping, ...ends('pod/default/a', 'pod/default/b:8080/tcp')]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout.split('\n')[0]).toBe('DROPPED at node/n2: filter FORWARD policy DROP (nodes/n2/iptables-save:3)');
  });

  test('what to look at comes before the path', () => {
    const { stdout } = podnet(['walk', dropping, ...ends('pod/default/a', 'pod/default/b:8080/tcp')]);
    expect(stdout).toContain('iptables-save -c');
    expect(stdout.indexOf('What to look at next')).toBeLessThan(stdout.indexOf('The way there'));
  });

  test('what is delivered is status 0, and the way back is shown too', () => {
    const { status, stdout } = podnet(['walk', healthy, ...ends('pod/default/b', 'pod/default/c:8080/tcp')]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^DELIVERED at pod\/default\/c, and the reply comes back\n/);
    expect(stdout).toContain('The way back');
  });

  test('across the network between nodes it is delivered only as far as the state shows', () => {
    const { stdout } = podnet(['walk', healthy, ...ends('pod/default/a', 'pod/default/b:8080/tcp')]);
    expect(stdout).toMatch(/^DELIVERED as far as the state shows, at pod\/default\/b/);
  });

  test('backends that end differently vary: status 1, each with its verdict', () => {
    const { status, stdout } = podnet(['walk', halfRejecting, ...ends('pod/default/a', 'service/default/web')]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^VARIES: 1 of 2 ways are dropped; one at node\/n2/);
    expect(stdout).toMatch(/1 of 2: dropped at node\/n2[\s\S]*10\.244\.2\.3:8080/);
    expect(stdout).toMatch(/1 of 2: delivered\n\s+10\.244\.2\.2:8080/);
  });

  test('backends that end alike are one line', () => {
    const { stdout } = podnet(['walk', healthy, ...ends('pod/default/a', 'web.default:80')]);
    expect(stdout).toMatch(/2 of 2: delivered\n\s+10\.244\.2\.3:8080, 10\.244\.2\.2:8080/);
  });

  test('what is not known is status 4, with the command that would tell', () => {
    const { status, stdout } = podnet(['walk', EXAMPLE, ...ends('node/n1', 'pod/default/api-7b9d6c4f5d-m8t2z')]);
    expect(status).toBe(4);
    expect(stdout).toMatch(/^UNKNOWN /);
    expect(stdout).toMatch(/What is missing\n[\s\S]*\n {6}\S/);
  });

  test('chains that merely pass are one faint line, and steps of their own with --verbose', () => {
    const flow = ends('pod/default/a', 'pod/default/b:8080/tcp');
    const folded = podnet(['walk', healthy, ...flow]).stdout;
    const whole = podnet(['walk', healthy, ...flow, '--verbose']).stdout;
    expect(folded).not.toMatch(/\d\. passes/);
    expect(whole).toMatch(/\d\. passes filter FORWARD/);
  });

  test('the page holds on 80 columns', () => {
    const { stdout } = podnet(['walk', halfRejecting, ...ends('pod/default/a', 'service/default/web')]);
    expect(stdout.split('\n').filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  test('Chinese for who wants it', () => {
    const { status, stdout } = podnet([
      ...['walk', dropping, '--lang', 'zh'],
      ...ends('pod/default/a', 'pod/default/b:8080/tcp'),
    ]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^丢弃于 node\/n2：filter FORWARD policy DROP/);
    expect(stdout).toContain('去程');
    expect(stdout).not.toMatch(/The way|dropped|routed/);
  });

  test('NO_COLOR and a pipe are plain text', () => {
    const { stdout } = podnet(['walk', healthy, ...ends('a', 'b')], { env: { NO_COLOR: '1' } });
    expect(stdout).not.toContain('\u001b');
  });
});

describe('JSON', () => {
  test('has verdict, place, what decided, and steps with file and line', () => {
    const walk = json(dropping, 'pod/default/a', 'pod/default/b:8080/tcp');
    expect(walk).toMatchObject({
      verdict: 'dropped',
      at: 'node/n2',
      reason: 'netfilter-drop',
      by: 'filter FORWARD policy DROP (nodes/n2/iptables-save:3)',
      reply: null,
    });
    expect(walk.steps.map(({ kind }) => kind)).toContain('crossed-fabric');
    expect(walk.steps.some(({ source }) => source?.file === 'nodes/n1/ip_route' && source.line === 4)).toBe(true);
  });

  test('begins each walk with the same keys in the same order', () => {
    for (const to of ['pod/default/b:8080/tcp', 'nowhere.example:80']) {
      const walk = json(healthy, 'pod/default/a', to);
      expect(Object.keys(walk).slice(0, 5)).toEqual(['verdict', 'at', 'by', 'from', 'to']);
    }
  });

  test('has every way where there are several', () => {
    const walk = json(halfRejecting, 'pod/default/a', 'service/default/web');
    expect(walk.verdict).toBe('varies');
    expect(walk.branches?.map(({ label, verdict }) => [label, verdict])).toEqual([
      ['10.244.2.3:8080', 'dropped'],
      ['10.244.2.2:8080', 'delivered'],
    ]);
  });

  test('is the same to the byte, whatever the locale', () => {
    const args = ['walk', healthy, ...ends('a', 'web.default'), '--format', 'json'];
    expect(podnet(args, { env: { PODNET_LANG: 'zh' } }).stdout).toBe(podnet(args).stdout);
  });
});

describe('ends', () => {
  test.each([
    ['a', '10.244.2.2', 'pod/default/a (10.244.1.2)', 'pod/default/b (10.244.2.2)/icmp'],
    ['10.244.1.2', 'b:8080', 'pod/default/a (10.244.1.2)', 'pod/default/b (10.244.2.2:8080/tcp)'],
    ['default/a', 'service/default/web:http', 'pod/default/a (10.244.1.2)', 'service/default/web (10.96.0.20:80/tcp)'],
    ['pod/default/a', 'web', 'pod/default/a (10.244.1.2)', 'service/default/web (10.96.0.20:80/tcp)'],
    ['n1', '10.0.0.2:53/udp', 'node/n1 (10.0.0.1)', 'node/n2 (10.0.0.2:53/udp)'],
    ['external', 'node/n2:22', '203.0.113.1', 'node/n2 (10.0.0.2:22/tcp)'],
    ['a', 'http://web.default/path', 'pod/default/a (10.244.1.2)', 'service/default/web (10.96.0.20:80/tcp)'],
    ['a', '10.0.0.2/dns', 'pod/default/a (10.244.1.2)', 'node/n2 (10.0.0.2:53/udp)'],
  ])('%s to %s', (from, to, source, target) => {
    expect(json(healthy, from, to)).toMatchObject({ from: source, to: target });
  });

  test('a name that nothing resolves is unknown: status 4', () => {
    const { status, stdout } = podnet(['walk', healthy, ...ends('a', 'example.org:443')]);
    expect(status).toBe(4);
    expect(stdout).toMatch(/^UNKNOWN: nothing here resolves the name example\.org/);
  });

  test.each([
    [ends('pod/default/x', 'b'), 'pod/default/x is not in the input; those that are most alike: pod/default/'],
    [ends('a', 'node/n9'), 'node/n9 is not in the input; those that are most alike: node/n1, node/n2'],
    [ends('a', 'service/default/web:81x'), 'service/default/web:81x has no such port; it has 80/tcp'],
    [ends('nobody', 'b'), 'nobody is no pod, node or address'],
    [ends('a', 'b/tcp'), 'b/tcp needs a port: TARGET:PORT/PROTOCOL'],
    [ends('a', 'b:80/icmp'), 'icmp has no port'],
    [ends('a:80', 'b'), 'a:80: a sender is given without a port'],
    [['--from', 'a'], '--from and --to belong together: --to is missing'],
    [[...ends('a', 'b'), '--flows', 'x'], 'give --from and --to, or --flows, not both'],
    [[...ends('a', 'b'), '--all'], '--all takes the flows of the bundle'],
    [['--size', '1500'], '--size goes with --from and --to'],
    [[...ends('a', 'b'), '--size', '9'], 'option --size takes bytes from 20 to 65535, not 9'],
    [['--flows', '/nowhere/flows.yaml'], '/nowhere/flows.yaml: cannot be read (ENOENT)'],
  ])('%j is refused with what to do: status 2', (args, message) => {
    const { status, stdout, stderr } = podnet(['walk', healthy, ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('a list of flows', () => {
  const LIST = [
    '- {from: pod/default/a, to: pod/default/b, proto: icmp, ok: false}',
    '- {from: pod/default/a, proto: icmp}',
    '- {from: {kind: pod, ip: 10.244.1.2}, to: {kind: clusterip, ip: 10.96.0.20, port: 80}, proto: tcp}',
    '- nonsense',
    '- {from: pod/default/a, to: "http://web.default/", ok: true}',
    '',
  ].join('\n');

  test('is answered in its order and length; what is malformed is unknown in its place, and told with its line', () => {
    const file = listOf('list.yaml', LIST);
    const outcome = podnet(['walk', healthy, '--flows', file, '--format', 'json']);
    const all = walks(outcome);
    expect(all.map(({ verdict, malformed }) => [verdict, malformed])).toEqual([
      ['delivered', undefined],
      ['unknown', true],
      ['delivered', undefined],
      ['unknown', true],
      ['delivered', undefined],
    ]);
    expect(all[1]).toMatchObject({ by: `${file}:2: the entry has no \`to\``, steps: [], asked: { file, line: 2 } });
    expect(outcome.stderr).toContain(`${file}:2: the entry has no \`to\``);
    expect(outcome.stderr).toContain(`${file}:4: the entry is no flow`);
    expect(outcome.status).toBe(4);
  });

  test.each([
    ['a mapping', 'reachability:\n  - {from: a1, to: 10.244.2.2, proto: icmp}\n'],
    ['a whole facts.yaml', FACTS],
    ['JSON', '[{"from": "pod/default/a", "to": "10.244.2.2", "proto": "icmp", "ok": "unknown"}]'],
    ['JSON with reachability', '{"reachability": [{"from": "pod/default/a", "to": "10.244.2.2", "proto": "icmp"}]}'],
  ])('may be %s', (name, text) => {
    const all = walks(podnet(['walk', healthy, '--flows', listOf(`${name}.txt`, text), '--format', 'json', '-q']));
    expect(all.length).toBeGreaterThan(0);
    expect(all.every(({ malformed }) => malformed !== true)).toBe(true);
  });

  test('comes from standard input as well', () => {
    const outcome = podnet(['walk', healthy, '--flows', '-', '--format', 'json', '-q'], { stdin: LIST });
    expect(walks(outcome)).toHaveLength(5);
  });

  test('as text is grouped by what ends the flows, the dropped first', () => {
    const { status, stdout } = podnet(['walk', dropping, '--flows', listOf('grouped.yaml', LIST), '-q']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^5 flows: 3 dropped, 2 unknown\n/);
    expect(stdout).toContain('Dropped at node/n2: filter FORWARD policy DROP (nodes/n2/iptables-save:3) (3)');
    expect(stdout).toContain('Step by step: pod/default/a');
  });

  test('that is no list is refused', () => {
    for (const text of ['just words\n', '{"flows": []}', '']) {
      const { status, stderr } = podnet(['walk', healthy, '--flows', listOf('none.txt', text)]);
      expect({ text, status }).toEqual({ text, status: 2 });
      expect(stderr).toMatch(/none\.txt(?::\d+)?: /);
    }
  });
});

describe('the flows of the bundle', () => {
  test('those that failed are walked without being named, beside what happened', () => {
    const [walk, ...more] = walks(podnet(['walk', healthy, '--format', 'json']));
    expect(more).toEqual([]);
    expect(walk).toMatchObject({
      verdict: 'delivered',
      happened: { state: 'failing', error: 'timeout', asPredicted: false },
      asked: { file: 'facts.yaml', line: 3 },
    });
  });

  test('what failed although the state delivers it points outside of what was collected', () => {
    const { stdout } = podnet(['walk', healthy]);
    expect(stdout).toContain('What happened: it failed (timeout), which is not what the state predicts');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('fails for a reason outside of what was collected');
  });

  test('--all takes those that worked as well', () => {
    expect(walks(podnet(['walk', healthy, '--all', '--format', 'json']))).toHaveLength(2);
  });

  test('where all that was tried worked there is nothing to explain: status 0', () => {
    const facts = FACTS.split('\n')
      .filter((line) => !line.includes('ok: false'))
      .join('\n');
    const folder = join(scratch, 'all-well');
    writeWalkBundle(folder, { facts });
    const { status, stdout } = podnet(['walk', folder]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^None of the 1 flows that were tried failed/);
  });

  test('where nothing was tried it is too little to tell: status 4', () => {
    expect(podnet(['walk', dropping])).toMatchObject({ status: 4, stderr: '' });
    expect(podnet(['walk', dropping, '--format', 'json']).stdout).toBe('[]\n');
  });

  test('an example that is shipped is predicted', () => {
    const all = walks(podnet(['walk', EXAMPLE, '--format', 'json']));
    expect(all.length).toBeGreaterThan(0);
    expect(all.every(({ happened }) => happened?.asPredicted === true)).toBe(true);
  });
});

describe('hostile input', () => {
  test('control characters reach no terminal', () => {
    const list = '- {from: "pod/default/a", to: {name: "x\\e]0;y\\a\\u202e", port: 80}, proto: tcp}\n- "\\e[2J"\n';
    for (const format of ['text', 'json']) {
      const { stdout, stderr } = podnet(['walk', healthy, '--flows', listOf('esc.yaml', list), '--format', format]);
      expect(stdout + stderr).not.toMatch(/[\u001b\u0007\u202e]/);
    }
    const { stderr } = podnet(['walk', healthy, ...ends('pod/default/\u001b[2J', 'b')]);
    expect(stderr).not.toContain('\u001b');
  });

  test('a long list is answered whole', () => {
    const flows = Array.from({ length: 5000 }, (_, i) => ({
      from: 'pod/default/a',
      to: `10.244.${i % 256}.${(i >> 8) % 256}:8080`,
      proto: 'tcp',
    }));
    const file = listOf('long.json', JSON.stringify(flows));
    const args = [main, 'walk', healthy, '--flows', file, '--format', 'json'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1024 * 1024 * 1024 });
    expect(JSON.parse(stdout)).toHaveLength(5000);
  }, 60_000);

  test('aliases do not multiply, and deep nesting is refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...Array.from(
        { length: 20 },
        (_, i) =>
          `b${i}: &b${i} [${Array(9)
            .fill(i === 0 ? '*a' : `*b${i - 1}`)
            .join()}]`,
      ),
      'reachability: [*b19, *b19, {from: pod/default/a, to: 10.244.2.2, proto: icmp}]',
    ].join('\n');
    const outcome = podnet(['walk', healthy, '--flows', listOf('bomb.yaml', bomb), '--format', 'json', '-q']);
    expect(walks(outcome).map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown', 'delivered']);
    const deep = podnet(['walk', healthy, '--flows', listOf('deep.yaml', '['.repeat(100_000))]);
    expect(deep.status).toBe(2);
  });
});

test('help teaches: examples, how ends are written, how to read it, statuses', () => {
  const { status, stdout, stderr } = podnet(['walk', '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatchSnapshot();
});
