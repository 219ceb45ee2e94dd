import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { pathFindings } from '../../src/cli/capture-path-findings.js';
import { CAPTURE_FINDING_IDS, type CaptureFinding, type CapturePath } from '../../src/facts/capture.js';
import { findingsOf } from '../../src/facts/captures/findings.js';
import { renderCapture } from '../../src/report/capture.js';
import { renderCaptureJson } from '../../src/report/capture-json.js';
import type { CaptureReport } from '../../src/report/capture-report.js';
import { statementOf } from '../../src/report/capture-statements.js';
import { timeText } from '../../src/report/capture-time.js';
import { CAPTURE_SCHEMA } from '../../src/report/schema.js';
import { displayWidth } from '../../src/report/wrap.js';
import { capture, conversation, everythingWrong, lostPath, NO_BYTES, report, summary } from './capture-sample.js';
import { HOSTILE } from './sample.js';

const ajv = new Ajv2020.Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(CAPTURE_SCHEMA);

const json = (of: CaptureReport, lang: 'en' | 'zh' = 'en'): string => [...renderCaptureJson(of, lang)].join('');
const text = (of: CaptureReport, options: { lang?: 'en' | 'zh'; top?: number; width?: number } = {}): string =>
  renderCapture(of, { color: false, width: 80, lang: 'en', ...options });

/** Flows that were lost in each of the ways. */
function lostPaths(): CapturePath[] {
  const within = lostPath();
  const tunnel = { node: 'n1', iface: 'flannel.1', role: 'tunnel', forward: 0, reverse: 0, bytes: NO_BYTES } as const;
  const reply = { direction: 'reply' } as const;
  return [
    within,
    lostPath(reply),
    lostPath({ largeOnly: true }),
    lostPath({ next: { ...within.next!, node: 'n1', iface: 'veth1' } }),
    lostPath({ ...reply, next: { ...within.next!, node: 'n1', iface: 'veth1' } }),
    lostPath({ verdict: 'other-way', next: tunnel }),
    lostPath({ ...reply, verdict: 'other-way', next: tunnel }),
    lostPath({ verdict: 'unanswered' }),
    lostPath({ ...reply, verdict: 'unanswered' }),
  ].map((path) => {
    if (path.verdict !== 'unanswered') return path;
    const { next: _, ...rest } = path;
    return rest;
  });
}

function everyFinding(): CaptureFinding[] {
  return [...findingsOf(everythingWrong()), ...pathFindings([...lostPaths(), lostPath()], () => 0)];
}

function fullReport(): CaptureReport {
  const all = everythingWrong();
  const one = capture(all);
  one.interfaces[0]!.findings = findingsOf(all);
  return report([one], { paths: lostPaths(), pathFindings: pathFindings(lostPaths(), () => 0) });
}

describe('statements', () => {
  test('the sample has every kind of finding', () => {
    const found = new Set(everyFinding().map(({ id }) => id));
    expect(CAPTURE_FINDING_IDS.filter((id) => !found.has(id))).toEqual([]);
  });

  test.each(['en', 'zh'] as const)('each finding carries every value that its statement in %s names', (lang) => {
    for (const finding of everyFinding()) {
      const statement = statementOf(finding, lang);
      expect(statement, finding.id).not.toMatch(/[{}]|undefined|NaN/);
      expect(statement.length, finding.id).toBeGreaterThan(15);
    }
  });

  test('statements in Chinese are Chinese', () => {
    for (const finding of everyFinding()) expect(statementOf(finding, 'zh')).toMatch(/[\u4e00-\u9fff]/);
  });

  test('a reply from an address that was not asked says from which, and what it means', () => {
    const finding = everyFinding().find(({ id }) => id === 'reply-from-other-address')!;
    expect(statementOf(finding, 'en')).toBe(
      '10.244.1.9:7: the SYN-ACK comes from an address that was not asked (10.244.2.2:8080 instead of 10.96.20.20:80), so the client resets it: the reply was not translated back',
    );
  });

  test.each<[string, Partial<CapturePath>, string]>([
    ['between nodes', {}, 'requests left n1 eth0 and did not arrive at n2 eth0: lost between the nodes'],
    [
      'inside one',
      { next: { node: 'n1', iface: 'veth1', role: 'pod', forward: 0, reverse: 0, bytes: NO_BYTES } },
      'requests are on n1 eth0 and not on n1 veth1: lost between the two, inside n1',
    ],
    ['of large packets', { largeOnly: true }, 'lost between the nodes; only large packets are lost, small ones pass'],
  ])('a flow lost %s', (_, given, ending) => {
    const [finding] = pathFindings([lostPath(given)], () => 0);
    expect(statementOf(finding!, 'en')).toMatch(/^10\.9\.11\.187 > 10\.9\.30\.253 icmp: /);
    expect(statementOf(finding!, 'en').endsWith(ending)).toBe(true);
  });

  test('a reply is named from the server to the client', () => {
    const [finding] = pathFindings([lostPath({ direction: 'reply' })], () => 0);
    expect(statementOf(finding!, 'en')).toMatch(/^10\.9\.30\.253 > 10\.9\.11\.187 icmp: replies left/);
  });
});

describe('findings of paths', () => {
  test('flows that were lost at one place are one finding with their number', () => {
    const other = lostPath({ client: { ip: '10.9.11.200' } });
    const found = pathFindings([lostPath(), other, lostPath({ largeOnly: true })], () => 0);
    expect(found.map(({ values }) => [values.from, values.count])).toEqual([
      ['10.9.11.187', 2],
      ['10.9.11.187', 1],
    ]);
  });

  test('a flow that was not answered behind the last capture is a fault', () => {
    const { next: _, ...unanswered } = lostPath({ verdict: 'unanswered' });
    expect(pathFindings([unanswered], () => 0)[0]).toMatchObject({ id: 'unanswered-beyond', weight: 'fault' });
  });

  test('it is a note beside one that was lost between two', () => {
    const { next: _, ...unanswered } = lostPath({ verdict: 'unanswered' });
    const found = pathFindings([unanswered, lostPath()], () => 0);
    expect(found.find(({ id }) => id === 'unanswered-beyond')?.weight).toBe('note');
  });

  test('nothing is lost between two files of one place', () => {
    const { last } = lostPath();
    expect(pathFindings([lostPath({ next: { ...last!, forward: 0 } })], () => 0)).toEqual([]);
  });

  test('a single place follows nothing', () => {
    const path = lostPath();
    expect(pathFindings([{ ...path, hops: path.hops.slice(0, 1) }], () => 0)).toEqual([]);
  });
});

describe('as JSON', () => {
  test.each(['en', 'zh'] as const)('all that there can be meets the schema in %s', (lang) => {
    expect(validate(JSON.parse(json(fullReport(), lang))), JSON.stringify(validate.errors)).toBe(true);
  });

  test('a report of nothing meets the schema', () => {
    const nothing = { packets: 0, decoded: 0, linkTypes: [], firstAt: Number.NaN, lastAt: Number.NaN };
    const parsed = JSON.parse(json(report([capture(summary(nothing), { format: undefined })]))) as { files: object[] };
    expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    expect(parsed.files[0]).toMatchObject({ format: null, firstAt: null, lastAt: null, packets: 0 });
  });

  test('the schema names exactly the findings that there are', () => {
    const finding = (CAPTURE_SCHEMA.$defs as Record<string, { properties: { id: { enum: string[] } } }>).finding!;
    expect(finding.properties.id.enum).toEqual([...CAPTURE_FINDING_IDS]);
  });

  test('is what JSON.stringify with two spaces writes, with one newline at the end', () => {
    const many = summary({ conversations: Array.from({ length: 450 }, (_, i) => conversation({ packets: [i + 1] })) });
    for (const one of [fullReport(), report([capture(many)]), report([])]) {
      const written = json(one);
      expect(written).toBe(`${JSON.stringify(JSON.parse(written), null, 2)}\n`);
    }
  });

  test('what is not known is left out, never null in place of a number', () => {
    const parsed = JSON.parse(json(fullReport())) as { conversations: { reverse: object }[] };
    expect(JSON.stringify(parsed)).not.toContain('null');
    expect(parsed.conversations[0]!.reverse).not.toHaveProperty('firstAt');
  });

  test('names of strangers are escaped and come back unchanged', () => {
    const { lookups } = everythingWrong();
    const hostile = summary({ lookups: [{ ...lookups[0]!, name: HOSTILE }] });
    const one = capture(hostile);
    one.interfaces[0]!.findings = findingsOf(hostile);
    const written = json(report([one]));
    expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect((JSON.parse(written) as { lookups: { name: string }[] }).lookups[0]!.name).toBe(HOSTILE);
  });

  test('of a text the lines of the packets are given', () => {
    const of = summary({ form: 'text', lines: { 3: 7, 4: 9 } });
    const one = capture(of, { format: 'text' });
    one.interfaces[0]!.findings = [{ id: 'bad-ip-checksum', weight: 'fault', values: { count: 2 }, packets: [3, 4] }];
    const parsed = JSON.parse(json(report([one]))) as { findings: object[] };
    expect(parsed.findings[0]).toMatchObject({ packets: [3, 4], lines: [7, 9] });
  });
});

describe('for a person', () => {
  test('the first sentence is the most telling fault', () => {
    expect(text(fullReport()).replaceAll('\n', ' ')).toMatch(/^\d+ faults, the most telling: 10\.9\.11\.187 > .* lost/);
  });

  test('of captures in which nothing stands out it does not say that all is well', () => {
    const answer = text(report([capture(summary({ conversations: [conversation()] }))]));
    expect(answer).toMatch(/^Nothing stands out in 10 packets\. A capture is a sample/);
    expect(answer).not.toMatch(/healthy|fine|\bok\b/i);
  });

  test('a capture without a packet says what that may mean', () => {
    expect(text(report([capture(summary({ packets: 0, decoded: 0 }))]))).toMatch(/^No packet was captured: a filter/);
  });

  test.each(['en', 'zh'] as const)('holds on 80 columns in %s, long IPv6 addresses included', (lang) => {
    const long = (end: number) => ({ ip: `2001:db8:1234:5678:9abc:def0:1234:${end}`, port: 65535 });
    const wide = fullReport();
    const more = conversation({ client: long(1111), server: long(2222), fate: 'unanswered' });
    wide.captures[0]!.interfaces[0]!.summary.conversations.push(more);
    const lines = text(wide, { lang }).split('\n');
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    expect(lines.join(' ')).toContain('[2001:db8:1234:5678:9abc:def0:1234:1111]:65535');
  });

  test('conversations that failed come first, and as many as asked for', () => {
    const works = Array.from({ length: 30 }, () => conversation());
    const fails = conversation({ fate: 'unanswered', server: { ip: '10.244.9.9', port: 80 } });
    const answer = text(report([capture(summary({ conversations: [...works, fails] }))]), { top: 2 });
    const rows = answer.split('\n').filter((line) => line.startsWith('  tcp '));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/10\.244\.9\.9:80 .* no answer$/);
    expect(answer).toContain('29 more are not shown (--top 31 shows them)');
  });

  test('the same said of several files is said once, with each file', () => {
    const of = summary({ conversations: [conversation({ fate: 'unanswered', syns: 3 })] });
    const captures = ['n1/eth0.pcap', 'n2/eth0.pcap'].map((file) => {
      const one = capture(of, { file });
      one.interfaces[0]!.findings = findingsOf(of);
      return one;
    });
    const answer = text(report(captures));
    expect(answer.match(/- 10\.244\.1\.5:40000/g)).toHaveLength(1);
    expect(answer).toMatch(/n1\/eth0\.pcap, packets 1, 2\n {6}n2\/eth0\.pcap, packets 1, 2/);
  });

  test('a lost flow is shown hop by hop', () => {
    const one = report([capture(summary())], {
      paths: [lostPath()],
      pathFindings: pathFindings([lostPath()], () => 0),
    });
    const answer = text(one);
    expect(answer).toMatch(/✓ n1 eth0 {2}packets 5 there, 0 back\n +✗ n2 eth0 {2}packets 0 there, 0 back/);
  });

  test('many of one kind are counted', () => {
    const conversations = Array.from({ length: 12 }, (_, i) =>
      conversation({ fate: 'unanswered', client: { ip: '10.244.1.5', port: 1000 + i } }),
    );
    const one = capture(summary({ conversations }));
    one.interfaces[0]!.findings = findingsOf(one.interfaces[0]!.summary);
    expect(text(report([one]))).toContain('and 7 more of this kind');
  });

  test('problems name their packet or line', () => {
    const problems = [{ packet: 7, message: 'is cut' }, { line: 9, message: 'no packet' }, { message: 'odd' }];
    const answer = text(report([capture(summary(), { problems })]));
    expect(answer).toContain('- n1/eth0.pcap, packet 7: is cut\n  - n1/eth0.pcap:9: no packet\n  - n1/eth0.pcap: odd');
  });

  test('nothing of a stranger reaches the terminal that it would obey', () => {
    const of = summary({
      conversations: [conversation({ client: { ip: HOSTILE }, fate: 'unanswered' })],
      lookups: [{ ...everythingWrong().lookups[0]!, name: HOSTILE }],
    });
    const one = capture(of, { file: HOSTILE, problems: [{ message: HOSTILE }] });
    one.interfaces[0]!.findings = findingsOf(of);
    expect(text(report([one])).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

test.each([
  [1_700_000_000.000001, '2023-11-14T22:13:20.000001Z'],
  [1_700_000_000.9999998, '2023-11-14T22:13:21.000000Z'],
  [55_000, undefined],
  [Number.NaN, undefined],
  [1e300, undefined],
])('the time %d is %s', (seconds, expected) => {
  expect(timeText(seconds)).toBe(expected);
});
