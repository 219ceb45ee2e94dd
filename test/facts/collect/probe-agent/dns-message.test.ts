import { describe, expect, it } from 'vitest';
import { dnsQuery, readDnsAnswer } from '../../../../src/facts/collect/probe-agent/dns-message.js';

/** The answer to a query: flags, and records after the question. */
function answer(query: Buffer, flags: number, ...records: Buffer[]): Buffer {
  const bytes = Buffer.concat([query, ...records]);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(records.length, 6);
  return bytes;
}
const A = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, 1]);
const AAAA = Buffer.from([0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 30, 0, 16, 0xfd, ...Array<number>(14).fill(0), 1]);
const CNAME = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 30, 0, 4, 1, 97, 0xc0, 12]);

describe('an answer of DNS', () => {
  const query = dnsQuery(4711, 'Web.Default.svc.cluster.local.');

  it('tells its status, its question and its addresses, also behind an alias', () => {
    expect(readDnsAnswer(answer(query, 0x8180, CNAME, A, AAAA))).toEqual({
      id: 4711,
      status: 'NOERROR',
      question: 'web.default.svc.cluster.local',
      answers: ['10.0.0.1', 'fd00:0:0:0:0:0:0:1'],
    });
  });

  it('has the words of dig for its status', () => {
    const statusOf = (code: number) => readDnsAnswer(answer(query, 0x8180 | code))?.status;
    expect([2, 3, 5, 9].map(statusOf)).toEqual(['SERVFAIL', 'NXDOMAIN', 'REFUSED', 'RCODE9']);
  });

  it('is none where it is a query', () => {
    expect(readDnsAnswer(query)).toBeUndefined();
  });

  it('ends where its names point in a circle', () => {
    const loop = answer(query, 0x8180);
    loop.set([0xc0, 12], 12);
    expect(readDnsAnswer(loop)).toBeUndefined();
  });

  it('is read without an error however it is cut or changed', () => {
    const whole = answer(query, 0x8180, CNAME, A, AAAA);
    for (let length = 0; length < whole.length; length += 1) readDnsAnswer(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 0x3f, 0xc0, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        readDnsAnswer(changed);
      }
    }
  });
});

describe('a query', () => {
  it.each(['a..b', `${'x'.repeat(64)}.test`, `${'x.'.repeat(130)}test`])('is not made of %j', (name) => {
    expect(() => dnsQuery(1, name)).toThrow(RangeError);
  });
});
