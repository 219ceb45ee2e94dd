import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CAPTURE_SCHEMA } from '../../src/report/schema.js';
import { needs } from '../facts/captures/capture-tools.js';
import { build, main, type Outcome, podnet, ROOT } from './podnet.js';

const KERNEL = join(ROOT, 'test/facts/captures/fixtures/kernel');
const FAULT = join(KERNEL, 'bridge-nf-call-disabled-n2-cni0.pcap');
const QUIET = join(KERNEL, 'healthy-n2-eth0.pcap');
const EMPTY = join(KERNEL, 'route-missing-n3-eth0.pcap');
const BOTH = join(ROOT, 'test/facts/captures/fixtures/both.pcapng');

const ajv = new Ajv2020.Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(CAPTURE_SCHEMA);

interface Answer {
  files: { file: string; node?: string; format: string; packets: number; problems: { message: string }[] }[];
  findings: { id: string; weight: string; file?: string; statement: string; packets: number[]; lines?: number[] }[];
  conversations: { fate: string }[];
}

let scratch: string;

beforeAll(() => {
  build();
  scratch = mkdtempSync(join(tmpdir(), 'podnet-capture-'));
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true }));

function written(name: string, content: Uint8Array | string): string {
  const file = join(scratch, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Standard input that is no text. */
function piped(stdin: Uint8Array, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    input: stdin,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', PODNET_LANG: 'en' },
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

function answer({ stdout, stderr }: Outcome): Answer {
  expect(stderr).toBe('');
  const parsed = JSON.parse(stdout) as Answer;
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
  return parsed;
}

const json = (...files: string[]): Answer => answer(podnet(['capture', '--format', 'json', ...files]));

test('a capture with a fault is status 1, and the fault is said first', () => {
  const { status, stdout, stderr } = podnet(['capture', FAULT]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout.replaceAll('\n', ' ')).toMatch(
    /^2 faults, the most telling: 10\.244\.2\.3:41944: the SYN-ACK comes from an address that was not asked \(10\.244\.2\.2:8080 instead of 10\.96\.20\.20:80\)/,
  );
});

test('a capture in which nothing stands out is status 0', () => {
  const { status, stdout } = podnet(['capture', QUIET]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Nothing stands out in 16 packets\. A capture is a sample/);
});

test('a capture of nothing is too little to tell: status 4', () => {
  const { status, stdout } = podnet(['capture', EMPTY]);
  expect(status).toBe(4);
  expect(stdout).toMatch(/^No packet was captured/);
});

test('Chinese for who wants it', () => {
  const { stdout } = podnet(['capture', '--lang', 'zh', FAULT]);
  expect(stdout).toMatch(/^发现 2 个故障/);
  expect(answer(podnet(['capture', '--format', 'json', '--lang', 'zh', FAULT])).findings[0]!.statement).toMatch(
    /SYN-ACK 来自未曾请求的地址/,
  );
});

test.each([FAULT, QUIET, EMPTY, BOTH, KERNEL])('the JSON of %s meets the schema', (file) => {
  const { files } = json(file);
  expect(files.length).toBeGreaterThan(0);
});

test('JSON is English and without colour whatever the locale', () => {
  const { stdout } = podnet(['capture', '--format', 'json', FAULT], { env: { PODNET_LANG: 'zh', FORCE_COLOR: '1' } });
  expect((JSON.parse(stdout) as Answer).findings[0]!.statement).toMatch(/^10\.244\.2\.3:41944: the SYN-ACK/);
  expect(stdout).not.toContain('\u001b');
});

test('standard input is read as a file is', () => {
  const read = answer(piped(readFileSync(FAULT), ['capture', '--format', 'json', '-']));
  const named = json(FAULT);
  expect(read.files[0]).toMatchObject({ file: '-', format: 'pcap', packets: named.files[0]!.packets });
  expect(read.findings.map(({ statement }) => statement)).toEqual(named.findings.map(({ statement }) => statement));
});

test('gzip is unpacked, from a file and from standard input', () => {
  const packed = gzipSync(readFileSync(FAULT));
  const { files, findings } = json(written('n2/cni0.pcap.gz', packed));
  expect(files[0]).toMatchObject({ node: 'n2', format: 'pcap' });
  expect(findings[0]!.id).toBe('reply-from-other-address');
  expect(piped(packed, ['capture', '-']).status).toBe(1);
});

for (const program of ['xz', 'zstd', 'bzip2']) {
  test(`${program} is unpacked`, (context) => {
    needs(context, program);
    const packed = spawnSync(program, ['-c', '-q', FAULT]).stdout;
    expect(json(written(`packed.${program}`, packed)).findings[0]!.id).toBe('reply-from-other-address');
  });
}

test('a packed file that is cut is read as far as it goes, and said to be cut', () => {
  const packed = gzipSync(readFileSync(BOTH));
  const { files } = json(written('cut.gz', packed.subarray(0, packed.length / 2)));
  expect(files[0]!.packets).toBeGreaterThan(0);
  expect(files[0]!.problems.map(({ message }) => message).join()).toContain('the packing is damaged');
});

test('a file that is cut is read as far as it goes', () => {
  const bytes = readFileSync(FAULT);
  const { files } = json(written('cut.pcap', bytes.subarray(0, bytes.length - 10)));
  expect(files[0]!.packets).toBeGreaterThan(10);
  expect(files[0]!.problems).not.toEqual([]);
});

test('a folder and its archive give the same, other files are passed over', (context) => {
  needs(context, 'tar');
  const folder = join(scratch, 'bundle');
  cpSync(FAULT, join(folder, 'captures/n2/cni0.pcap'));
  cpSync(QUIET, join(folder, 'captures/n2/eth0.pcap'));
  writeFileSync(join(folder, 'notes.txt'), 'nothing of interest\n');
  spawnSync('tar', ['-czf', join(scratch, 'bundle.tgz'), '-C', folder, '.']);
  const [loose, packed] = [json(folder), json(join(scratch, 'bundle.tgz'))];
  const told = (of: Answer) => of.findings.map(({ id, statement, packets }) => ({ id, statement, packets }));
  expect(loose.files.map(({ node, packets }) => [node, packets])).toEqual(
    packed.files.map(({ node, packets }) => [node, packets]),
  );
  expect(loose.files.map(({ file }) => file)).toEqual(
    ['captures/n2/cni0.pcap', 'captures/n2/eth0.pcap'].map((path) => join(folder, path)),
  );
  expect(told(loose)).toEqual(told(packed));
  expect(podnet(['capture', folder]).stdout).toContain('Files that are no captures: 1');
});

const ECHOES = [1, 2, 3, 4, 5].map(
  (seq) => `15:24:3${seq}.402118 IP 10.9.11.187 > 10.9.30.253: ICMP echo request, id 7, seq ${seq}, length 64`,
);
const BANNER = (iface: string) => `listening on ${iface}, link-type EN10MB (Ethernet), capture size 262144 bytes`;

test('what tcpdump printed is read, and its lines are named', () => {
  const file = written('n2/ucni68f93aed.txt', `${[BANNER('ucni68f93aed'), ...ECHOES].join('\n')}\n`);
  const { files, findings } = json(file);
  expect(files[0]).toMatchObject({ format: 'text', packets: 5, node: 'n2' });
  expect(findings[0]).toMatchObject({ id: 'echo-unanswered', weight: 'fault', lines: [2, 3, 4, 5, 6] });
  expect(podnet(['capture', file]).stdout).toContain('lines 2, 3, 4, 5, 6');
});

test('text in UTF-16, as PowerShell writes it, is read', () => {
  const text = `\ufeff${[BANNER('eth0'), ...ECHOES].join('\r\n')}\r\n`;
  expect(json(written('utf16.txt', Buffer.from(text, 'utf16le'))).files[0]).toMatchObject({
    format: 'text',
    packets: 5,
  });
});

test('a flow that is on one place of a node and not on the next was lost between the two', () => {
  const pod = written('captures/n2/ucni68f93aed.txt', `${[BANNER('ucni68f93aed'), ...ECHOES].join('\n')}\n`);
  const nic = written('captures/n2/eth0.txt', `${BANNER('eth0')}\n0 packets captured\n`);
  const { findings } = json(pod, nic);
  expect(findings[0]).toMatchObject({
    id: 'lost-between',
    weight: 'fault',
    file: pod,
    statement:
      '10.9.11.187 > 10.9.30.253 icmp: requests are on n2 ucni68f93aed and not on n2 eth0: lost between the two, inside n2',
  });
  const { stdout } = podnet(['capture', pod, nic]);
  expect(stdout).toMatch(/✓ n2 ucni68f93aed +packets 5 there, 0 back\n +✗ n2 eth0 /);
});

test.each([
  ['text', 'hello\n', 'no capture, but text that tcpdump did not print'],
  ['binary data', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]), 'no capture, but binary data of another kind'],
  ['nothing', '', 'no capture, the file is empty'],
  ['damaged gzip', gzipSync('x').subarray(0, 8), 'packed, and cannot be unpacked'],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18, 0, 0]), 'packed with lz4, unpack it first: lz4 -d'],
])('a file that holds %s is refused with what was found and what is expected', (name, content, found) => {
  const { status, stdout, stderr } = podnet(['capture', written(`no-${name.replace(' ', '-')}`, content)]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(found);
  expect(stderr).toContain('expected: pcap, pcapng, what tcpdump printed');
});

test('a folder without a capture, and a file that is not there, are refused', () => {
  const { status, stderr } = podnet(['capture', join(ROOT, 'rules')]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/none of its \d+ files is a capture/);
  expect(podnet(['capture', join(scratch, 'nowhere.pcap')])).toMatchObject({ status: 2, stdout: '' });
  expect(podnet(['capture', ''])).toMatchObject({ status: 2, stdout: '' });
});

test('standard input is named once only', () => {
  expect(podnet(['capture', '-', '-'])).toMatchObject({ status: 2, stdout: '' });
});

test('names of files and hosts are made safe', () => {
  const line = '15:24:30.402118 IP evil\u001b[31m.example > b\u202e.example: ICMP echo request, id 7, seq 1, length 64';
  const { stdout } = podnet(['capture', written('odd\u001b[2J.txt', `${BANNER('eth0')}\n${line}\n`)]);
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test.each(['en', 'zh'])('its help in %s teaches how to name files and what filters hide', (lang) => {
  const { status, stdout } = podnet(['capture', '--help'], { env: { PODNET_LANG: lang } });
  expect(status).toBe(0);
  expect(stdout).toContain('captures/<node>/<interface>.pcap');
  expect(stdout).toContain('udp port 8472');
  expect(stdout).toMatch(/tcpdump .* -w - \| podnet capture -/);
});
