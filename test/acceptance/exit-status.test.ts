import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, main, podnet } from '../cli/podnet.js';
import { FAULTS, filesOf, HEALTHY, isProbe, keep, recordingOf, writeFiles } from './bundle-files.js';

/** Before it listens to interrupts, one ends the process: a module that says when it does. */
const TELLS_THAT_IT_LISTENS = `data:text/javascript,process.on('newListener',(name)=>{
  if (name === 'SIGINT') process.nextTick(() => process.stderr.write('listens'));
})`;

let work: string;

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

function facts(text: string): { status: number | null; stdout: string; stderr: string } {
  return podnet(['diagnose', writeFiles(new Map([['facts.yaml', text]]), mkdtempSync(path.join(work, 'facts-')))]);
}

describe('the exit status is', () => {
  test('0 for a healthy cluster', () => {
    expect(podnet(['diagnose', HEALTHY.archive]).status).toBe(0);
  });

  test('0 for what was reported and is no fault: a ping to a Service address', () => {
    const { status, stdout } = facts(
      'version: 1\ncluster: {kubeProxyMode: iptables, serviceCIDR: 10.96.0.0/12}\nreachability:\n' +
        '  - {from: {kind: pod, node: n1, ip: 10.244.1.5}, to: {kind: clusterip, ip: 10.96.10.10}, proto: icmp, ok: false, error: timeout}\n',
    );
    expect({ status, outcome: stdout.split(':')[0] }).toEqual({ status: 0, outcome: 'Not a fault of the network' });
  });

  test.each(FAULTS)('1 for the fault of $name', ({ archive }) => {
    expect(podnet(['diagnose', '--top', '1', archive]).status).toBe(1);
  });

  test.each<[string, string[]]>([
    ['no bundle', ['diagnose']],
    ['a bundle that is not there', ['diagnose', '/nonexistent']],
    ['a device', ['diagnose', '/dev/null']],
    ['an unknown option', ['diagnose', '--frmat=json', '.']],
    ['an empty argument', ['diagnose', '']],
    ['no command', []],
  ])('2 for %s', (_, args) => {
    const { status, stdout, stderr } = podnet(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/\S/);
  });

  test('3 for a symptom that no known cause fits', async () => {
    const { status, stdout } = facts(
      'version: 1\nreachability:\n' +
        '  - {from: {kind: external, ip: 198.51.100.7}, to: {kind: external, ip: 203.0.113.9, port: 443}, proto: http, ok: false, error: reset, stage: request}\n',
    );
    expect(stdout).toMatch(/^Unexplained: /);
    expect(status).toBe(3);
  });

  test('4 for too little', () => {
    expect(podnet(['diagnose', mkdtempSync(path.join(work, 'empty-'))]).status).toBe(4);
    expect(facts('version: 1\ncomplaint: nothing works\n').status).toBe(4);
  });

  test('130 for an interrupt while files are read', async () => {
    // Enough to be read for seconds.
    const probes = keep(await filesOf(recordingOf('route-missing')), isProbe);
    const many = new Map<string, Buffer>();
    for (let copy = 0; copy < 60; copy += 1)
      for (const [name, bytes] of probes) many.set(name.replace(/^(\w+)\/([^/]+)/, `$1/$2-${copy}`), bytes);
    const folder = writeFiles(many, path.join(work, 'many'));
    const child = spawn(process.execPath, ['--import', TELLS_THAT_IT_LISTENS, main, 'diagnose', folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const [status, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (code, by) => resolve([code, by])),
    );
    expect({ status, signal }).toEqual({ status: 130, signal: null });
  });
});

describe('a reader that has seen enough', () => {
  test.each(['text', 'json', 'markdown'])('ends it without a word, in %s', (format) => {
    const { stdout, stderr } = spawnSync(
      'sh',
      [
        '-c',
        '"$0" "$@" | head -n 1',
        process.execPath,
        main,
        'diagnose',
        '--format',
        format,
        recordingOf('mtu-mismatch').archive,
      ],
      { encoding: 'utf8' },
    );
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });

  test('that has gone before the answer is there leaves no error either', () => {
    const command = '{ "$0" "$@"; echo "status $?" >&2; } | true';
    const { stderr } = spawnSync('sh', ['-c', command, process.execPath, main, 'diagnose', HEALTHY.archive], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^status [01]\n$/);
  });
});
