import { describe, expect, it } from 'vitest';
import { dig } from '../../../src/facts/parsers/dig.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const ASKED = 'dig +time=2 +tries=1 @10.96.0.10 kubernetes.default.svc.cluster.local';
const FOUND = `
; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> +time=2 +tries=1 @10.96.0.10 kubernetes.default.svc.cluster.local
; (1 server found)
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 15931
;; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;kubernetes.default.svc.cluster.local. IN A

;; ANSWER SECTION:
kubernetes.default.svc.cluster.local. 30 IN A	10.96.0.1

;; Query time: 4 msec
;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
`;
const SILENT = `;; communications error to 10.96.0.10#53: timed out

; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> +time=2 +tries=1 www.example.com
;; global options: +cmd
;; no servers could be reached
`;

describe('dig', () => {
  it('reads an answer with its server, its time and the addresses', () => {
    expect(probeIn(dig, ASKED, FOUND)).toEqual({
      to: { kind: 'dns', name: 'kubernetes.default.svc.cluster.local' },
      proto: 'dns',
      state: 'ok',
      origin: 'tool',
      server: '10.96.0.10',
      status: 'NOERROR',
      rttMs: 4,
      answers: ['10.96.0.1'],
    });
  });

  it('learns the server that did not answer from the error', () => {
    expect(probeIn(dig, 'dig +time=2 www.example.com', SILENT)).toMatchObject({
      to: { name: 'www.example.com' },
      state: 'failing',
      error: 'timeout',
      server: '10.96.0.10',
      sent: 1,
      received: 0,
    });
    expect(probeIn(dig, ASKED, ';; connection timed out; no servers could be reached')).toMatchObject({
      error: 'timeout',
      server: '10.96.0.10',
    });
    expect(
      probeIn(
        dig,
        ASKED,
        ';; communications error to 10.96.0.10#53: connection refused\n;; no servers could be reached',
      ).error,
    ).toBe('refused');
  });

  it('tells NXDOMAIN, SERVFAIL and REFUSED apart', () => {
    const by = (status: string) => probeIn(dig, ASKED, FOUND.replace('NOERROR', status));
    expect(by('NXDOMAIN')).toMatchObject({ state: 'failing', error: 'nxdomain', status: 'NXDOMAIN' });
    expect(by('SERVFAIL').error).toBe('servfail');
    expect(by('REFUSED').error).toBe('refused');
  });

  it('calls an answer to the second try lossy, and a late one slow', () => {
    expect(probeIn(dig, ASKED, `;; communications error to 10.96.0.10#53: timed out\n${FOUND}`)).toMatchObject({
      state: 'lossy',
      sent: 2,
      received: 1,
      error: 'timeout',
    });
    expect(probeIn(dig, ASKED, FOUND.replace('4 msec', '2003 msec')).state).toBe('slow');
  });

  it('reads +short', () => {
    expect(probeIn(dig, 'dig +short www.example.com', '203.0.113.10')).toMatchObject({
      state: 'ok',
      answers: ['203.0.113.10'],
    });
  });

  it('says nothing of an output that was cut', () => {
    const cut = readFile(dig, ASKED, FOUND.split('\n').slice(0, 4).join('\n'));
    expect(cut.of('probe')).toEqual([]);
    expect(cut.unknowns).toHaveLength(1);
  });

  it('survives damage and invents no server', () => {
    survivesDamage(dig, ASKED, FOUND);
    survivesDamage(dig, 'dig www.example.com', SILENT);
  });
});
