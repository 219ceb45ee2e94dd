import { describe, expect, test } from 'vitest';
import type { BundleContents } from '../../src/facts/bundle/entry.js';
import type { Parser, ParserInput } from '../../src/facts/parsers/parser.js';
import { readFacts } from '../../src/facts/read.js';
import { CNIS } from './cni-profiles.js';

/** Keeps what it was given, and makes a fact of each line. */
function keeping(id: string, over: Partial<Parser> = {}): Parser & { inputs: ParserInput[] } {
  const inputs: ParserInput[] = [];
  return {
    id,
    inputs,
    provides: ['lines.*'],
    reads: (command) => command.program === id,
    parse(input, sink) {
      inputs.push(input);
      for (const [i, line] of input.lines.entries()) sink.fact('line', line, i + 1);
    },
    ...over,
  };
}

function contentsOf(files: Record<string, string | Uint8Array>, problems: BundleContents['problems'] = []) {
  const entries = Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) }));
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries, problems };
}

const read = (files: Record<string, string | Uint8Array>, parsers: readonly Parser[]) =>
  readFacts(contentsOf(files), { logPatterns: [], cnis: CNIS, parsers });

describe('a file', () => {
  test('goes to the parser of its command, with its subject, and its facts know where they are from', () => {
    const ip = keeping('ip');
    const { store, input } = read({ 'nodes/n1/ip_route': 'a\r\nb\n', 'pods/ns/p/ip_addr': 'c\n' }, [ip]);
    expect(store.named('line')).toEqual([
      { subject: 'node/n1', name: 'line', value: 'a', source: { file: 'nodes/n1/ip_route', line: 1 } },
      { subject: 'node/n1', name: 'line', value: 'b', source: { file: 'nodes/n1/ip_route', line: 2 } },
      { subject: 'pod/ns/p', name: 'line', value: 'c', source: { file: 'pods/ns/p/ip_addr', line: 1 } },
    ]);
    expect(ip.inputs[0]?.command).toEqual({ program: 'ip', args: ['route'], exact: false });
    expect(input).toEqual({ files: 2, recognised: 2, unrecognised: [], problems: [], byParser: { ip: 2 } });
  });

  test('that no name explains goes to the parser that recognises its first lines', () => {
    const route = keeping('route', { recognises: (head) => head[0]?.startsWith('default via') === true });
    const { store, input } = read({ 'from-the-customer': 'default via 10.0.0.1\n', notes: 'hello\n' }, [route]);
    expect(store.subjects()).toEqual(['node/input']);
    expect(input.byParser).toEqual({ route: 1 });
    expect(input.unrecognised).toEqual([{ path: 'notes' }]);
  });

  test('whose name tells a command is not taken for another by what it looks like', () => {
    const route = keeping('route', { recognises: () => true });
    const { input } = read({ 'nodes/n1/ip_route_get_10.0.0.1': '10.0.0.1 via 10.0.0.2 dev eth0\n' }, [route]);
    expect(input.unrecognised).toEqual([
      { path: 'nodes/n1/ip_route_get_10.0.0.1', reason: 'no parser reads the output of ip' },
    ]);
  });

  test('of objects, facts or a log goes to the parser of that kind, whatever it holds', () => {
    const parsers = ['kube-objects', 'facts-file', 'system-log', 'component-log'].map((id) => keeping(id));
    const { input } = read(
      { 'cluster/pods.json': '{}', 'facts.yaml': 'version: 1', 'logs/dmesg/n1.log': 'x', 'logs/kubelet/n1.log': 'x' },
      parsers,
    );
    expect(input.byParser).toEqual({ 'component-log': 1, 'facts-file': 1, 'kube-objects': 1, 'system-log': 1 });
    expect(parsers[3]?.inputs[0]).toMatchObject({ component: 'kubelet', subject: 'node/n1' });
  });
});

describe('a log', () => {
  test('is of the node or pod that the rest of the bundle knows by its name', () => {
    const log = keeping('component-log');
    const objects = keeping('kube-objects', {
      parse: (_, sink) => {
        const pod = { namespace: 'kube-system', name: 'coredns-abc', ips: [], hostNetwork: false, labels: {} };
        sink.record('pod-object', { ...pod, containers: [] }, 1);
      },
    });
    read(
      {
        'cluster/pods.json': '{}',
        'logs/coredns/coredns-abc.log': 'x',
        'logs/x/n1.log': 'x',
        'nodes/n1/ip_route': 'x',
      },
      [log, objects, keeping('ip')],
    );
    expect(log.inputs.map(({ subject }) => subject)).toEqual(['pod/kube-system/coredns-abc', 'node/n1']);
  });

  test('that tells of a missing command is a log all the same', () => {
    const log = keeping('component-log');
    read({ 'logs/hook/n1.log': 'sh: conntrack: command not found\n' }, [log]);
    expect(log.inputs).toHaveLength(1);
  });
});

test('the list of the answers in a saved interview is no file that was to be read', () => {
  const files = { 'answers/interview.json': '{"answers": []}', 'kept/answers/interview.json': '{}' };
  expect(read(files, []).input).toMatchObject({ recognised: 0, unrecognised: [], problems: [] });
});

test('what was pasted into a questionnaire is of no node that is called after its folder', () => {
  const sysctl = keeping('sysctl');
  read({ 'answers/pasted-1.txt': '$ sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n' }, [sysctl]);
  expect(sysctl.inputs.map(({ subject }) => subject)).toEqual(['node/input']);
});

describe('index.jsonl', () => {
  const index = [
    '{"file":"nodes/n1/out1","subject":"pod/ns/p","argv":["ip","-d","link"],"startedAt":"2024-05-01T10:00:00Z","ms":3,"exit":0}',
    'not json',
    '{"file":"nodes/n1/out2","subject":"moon/n1","argv":"ip addr","startedAt":"yesterday"}',
    '[]',
  ].join('\n');

  test('says more than names do; a bad line, and a bad value, cost themselves', () => {
    const ip = keeping('ip');
    const { store, input } = read({ 'index.jsonl': index, 'nodes/n1/out1': 'a\n', 'nodes/n1/out2': 'b\n' }, [ip]);
    expect(ip.inputs[0]).toMatchObject({
      subject: 'pod/ns/p',
      command: { program: 'ip', args: ['-d', 'link'], exact: true },
      at: '2024-05-01T10:00:00Z',
    });
    expect(store.named('line')[0]?.at).toBe('2024-05-01T10:00:00Z');
    expect(input.recognised).toBe(1);
    expect(input.unrecognised.map(({ path }) => path)).toEqual(['nodes/n1/out2']);
    expect(input.problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'index.jsonl:2',
      'index.jsonl:3',
      'index.jsonl:3',
      'index.jsonl:3',
      'index.jsonl:4',
    ]);
  });

  test('names files relative to itself', () => {
    const ip = keeping('ip');
    read({ 'dump/index.jsonl': '{"file":"./a","subject":"node/n9","argv":["ip","addr"]}\n', 'dump/a': 'x' }, [ip]);
    expect(ip.inputs[0]?.subject).toBe('node/n9');
  });
});

describe('what is no output', () => {
  test('makes its facts unknown with the reason, and nothing is wrong with the bundle', () => {
    const ip = keeping('ip');
    const { store, input } = read({ 'nodes/n1/ip_addr': 'bash: ip: command not found\n', 'nodes/n2/ip_addr': '' }, [
      ip,
    ]);
    expect(ip.inputs).toEqual([]);
    expect(store.size).toBe(0);
    expect(store.whyUnknown('node/n1', 'lines.x')?.reason).toBe('bash: ip: command not found');
    expect(store.whyUnknown('node/n2', 'lines.x')?.reason).toBe('the file is empty');
    expect(input).toMatchObject({ recognised: 2, problems: [], unrecognised: [] });
  });

  test('is output where nothing printed means that there is none', () => {
    const conntrack = keeping('conntrack', { emptyIsOutput: true });
    const { store } = read({ 'nodes/n1/conntrack_-L': '\n' }, [conntrack]);
    expect(conntrack.inputs).toHaveLength(1);
    expect(store.unknowns()).toEqual([]);
  });

  test('is a result where a probe failed, but not where it was never made', () => {
    const ping = keeping('ping', { provides: ['probe'] });
    const { store } = read(
      {
        'nodes/n1/ping_10.0.0.1': 'ping: connect: Network is unreachable\n',
        'nodes/n2/ping_10.0.0.1': 'sh: ping: not found\n',
      },
      [ping],
    );
    expect(ping.inputs.map(({ subject }) => subject)).toEqual(['node/n1']);
    expect(store.unknowns().map(({ subject, name }) => `${subject} ${name}`)).toEqual(['node/n2 probe']);
  });

  test('fills a whole bundle, and still every file is accounted for', () => {
    const files = Object.fromEntries(
      ['ip_addr', 'ip_route', 'sysctl_-a', 'ss_-lnt'].map((name) => [`nodes/n1/${name}`, 'sh: x: command not found\n']),
    );
    const { store, input } = read(files, [keeping('ip'), keeping('sysctl')]);
    expect(store.size).toBe(0);
    expect(input).toMatchObject({ files: 4, recognised: 3, problems: [] });
  });
});

describe('every file is recognised, unrecognised or a problem', () => {
  test('with captures and binary data, refused files and parsers that throw', () => {
    const broken = keeping('ip', {
      parse(_, sink) {
        sink.fact('before', 1, 1);
        throw new Error('\u001b[31mboom');
      },
    });
    const contents = contentsOf(
      {
        'nodes/n1/ip_addr': 'x\n',
        'captures/n1/eth0.pcap': Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0]),
        'captures/n1/eth1.pcapng': Buffer.from([0x0a, 0x0d, 0x0d, 0x0a, 0, 0]),
        'nodes/n1/core': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0]),
        notes: 'hello\n',
      },
      [
        { path: '../evil', message: 'path leads out of the archive: not read' },
        { path: 'notes', message: 'stands there twice: the last one was used' },
      ],
    );
    const { store, input } = readFacts(contents, { logPatterns: [], cnis: CNIS, parsers: [broken] });
    expect(store.named('before')).toHaveLength(1);
    expect(input).toEqual({
      files: 6,
      recognised: 3,
      unrecognised: [{ path: 'notes' }],
      problems: [
        { file: '../evil', message: 'path leads out of the archive: not read' },
        { file: 'captures/n1/eth0.pcap', packet: 1, message: 'the file is cut in its header' },
        { file: 'captures/n1/eth1.pcapng', packet: 1, message: 'the file is cut before packet 1' },
        { file: 'nodes/n1/core', message: 'binary data: not read' },
        { file: 'nodes/n1/ip_addr', message: 'internal: the parser ip failed: \\x1b[31mboom' },
        { file: 'notes', message: 'stands there twice: the last one was used' },
      ],
      byParser: { capture: 2, ip: 1 },
    });
  });

  test('with problems told up to a number', () => {
    const noisy = keeping('ip', {
      parse: (_, sink) => {
        for (let line = 1; line <= 1000; line++) sink.problem(line, 'odd');
      },
    });
    const { input } = read({ 'nodes/n1/ip_addr': 'x\n' }, [noisy]);
    expect(input.problems).toHaveLength(51);
    expect(input.problems.some(({ message }) => message === '950 more problems in this file')).toBe(true);
  });

  test('with a line too long cut for parsers of lines, not for documents', () => {
    const long = 'x'.repeat(2 * 1024 * 1024);
    const ip = keeping('ip');
    const objects = keeping('kube-objects');
    const { input } = read({ 'nodes/n1/ip_addr': `${long}\nend\n`, 'cluster/pods.json': long }, [ip, objects]);
    expect(ip.inputs[0]?.lines.map((line) => line.length)).toEqual([1024 * 1024, 3]);
    expect(ip.inputs[0]?.text.length).toBe(1024 * 1024 + 4);
    expect(objects.inputs[0]?.text.length).toBe(long.length);
    expect(input.problems).toEqual([{ file: 'nodes/n1/ip_addr', line: 1, message: 'line longer than 1 MB: cut' }]);
  });
});

test('progress counts every file once', () => {
  const seen: string[] = [];
  const files = { 'index.jsonl': '', 'logs/kubelet/n1.log': 'x', 'nodes/n1/ip_addr': 'x', notes: 'x' };
  readFacts(contentsOf(files), {
    logPatterns: [],
    parsers: [keeping('ip')],
    onProgress: (done, of) => seen.push(`${done}/${of}`),
  });
  expect(seen).toEqual(['1/4', '2/4', '3/4', '4/4']);
});
