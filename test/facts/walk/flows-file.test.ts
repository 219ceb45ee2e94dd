import { describe, expect, test } from 'vitest';
import { readFlowsFile } from '../../../src/facts/walk/flows-file.js';

const one = (text: string) => {
  const { flows, problems } = readFlowsFile(text);
  expect(problems).toEqual([]);
  expect(flows).toHaveLength(1);
  return flows[0]!;
};

describe('an entry', () => {
  test('needs no word of whether it worked', () => {
    expect(one('- {from: pod/d/a, to: 10.0.0.1:80}')).toMatchObject({ probe: { proto: 'tcp', to: { port: 80 } } });
  });

  test.each(['true', 'false', 'unknown', 'nonsense'])('is walked whatever came of it: ok: %s', (ok) => {
    expect(one(`- {from: pod/d/a, to: 10.0.0.1:80, ok: ${ok}, error: timeout, lossPct: 100}`)).toMatchObject({
      probe: { state: 'ok' },
    });
  });

  test('may ask for SCTP, which no probe speaks', () => {
    expect(one('- {from: pod/d/a, to: "10.0.0.1:80", proto: SCTP}')).toMatchObject({ proto: 'sctp' });
  });

  test('may name a URL: host and port are its target', () => {
    expect(one('- {from: pod/d/a, to: "https://web.default/x"}')).toMatchObject({
      probe: { proto: 'http', to: { name: 'web.default', port: 443 } },
    });
  });

  test('of a lookup may name the server that is asked', () => {
    expect(one('- {from: pod/d/a, to: {kind: dns, name: web}, proto: dns, server: 10.96.0.10}')).toMatchObject({
      probe: { proto: 'dns', server: '10.96.0.10', to: { name: 'web' } },
    });
  });

  test('keeps size and DF', () => {
    expect(one('- {from: pod/d/a, to: 10.0.0.1, proto: icmp, size: 1500, dontFragment: yes}')).toMatchObject({
      probe: { size: 1500, dontFragment: true },
    });
  });

  test.each([
    ['- {to: 10.0.0.1, proto: icmp}', 'has no `from`'],
    ['- {from: pod/d/a, proto: icmp}', 'has no `to`'],
    ['- {from: pod/d/a, to: 10.0.0.1}', 'has no protocol of icmp, tcp, udp, dns, http'],
    ['- {from: pod/d/a, to: "10.0.0.1:99999", proto: tcp}', '`to` is "10.0.0.1:99999", which is no endpoint'],
    ['- 7', 'is no flow: expected {from, to, proto}'],
  ])('that is malformed says why: %s', (text, wrong) => {
    expect(one(text)).toEqual({ line: 1, wrong });
  });
});

describe('lines', () => {
  const entry = '{"from": "pod/d/a", "to": "10.0.0.1", "proto": "icmp"}';

  test('of YAML are those on which the entries begin', () => {
    const { flows } = readFlowsFile('version: 1\nreachability:\n  - {}\n\n  - from: pod/d/a\n    to: x\n');
    expect(flows.map(({ line }) => line)).toEqual([3, 5]);
  });

  test('of JSON too', () => {
    const text = `{\n"complaint": "a \\"quoted\\" [",\n"reachability": [\n${entry},\n\n${entry}\n, 7]}`;
    expect(readFlowsFile(text).flows.map(({ line }) => line)).toEqual([4, 6, 7]);
  });
});

describe('a file', () => {
  test.each(['', '# nothing', 'words', '{"a": 1}', 'version: 1\n'])(
    'without a list has no flows, and says so: %j',
    (text) => {
      const { flows, problems } = readFlowsFile(text);
      expect(flows).toEqual([]);
      expect(problems[0]?.message).toMatch(/^no list of flows: expected a list of \{from, to, proto\}/);
    },
  );

  test('of JSON that is cut is not read as YAML when it is large', () => {
    const text = `[${'{"from": "pod/d/a", "to": "10.0.0.1", "proto": "icmp"},\n'.repeat(30_000)}`;
    expect(readFlowsFile(text).problems).toEqual([{ line: 1, message: 'not JSON: the file is malformed or cut' }]);
  });

  test('with an entry called __proto__ changes no prototype', () => {
    readFlowsFile('{"__proto__": {"polluted": 1}, "reachability": [{"__proto__": {"polluted": 1}}]}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
