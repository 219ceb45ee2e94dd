import { describe, expect, it } from 'vitest';
import { nslookup } from '../../../src/facts/parsers/nslookup.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const ISC = `Server:		10.96.0.10
Address:	10.96.0.10#53

Name:	kubernetes.default.svc.cluster.local
Address: 10.96.0.1
`;
/** BusyBox 1.36 asks with each suffix, finds one and exits with 1. */
const BUSYBOX = `Server:		10.96.0.10
Address:	10.96.0.10:53

** server can't find kubernetes.default.cluster.local: NXDOMAIN

Name:	kubernetes.default.svc.cluster.local
Address: 10.96.0.1

** server can't find kubernetes.default.default.svc.cluster.local: NXDOMAIN
`;

describe('nslookup', () => {
  it("reads ISC's answer", () => {
    expect(probeIn(nslookup, 'nslookup kubernetes.default', ISC)).toEqual({
      to: { kind: 'dns', name: 'kubernetes.default.svc.cluster.local' },
      proto: 'dns',
      state: 'ok',
      origin: 'tool',
      server: '10.96.0.10',
      status: 'NOERROR',
      answers: ['10.96.0.1'],
      askedAs: 'kubernetes.default',
    });
  });

  it('takes what BusyBox found over the suffixes that have nothing', () => {
    expect(probeIn(nslookup, 'nslookup kubernetes.default', BUSYBOX)).toMatchObject({
      state: 'ok',
      answers: ['10.96.0.1'],
    });
  });

  it("reads old BusyBox's numbered addresses", () => {
    const text =
      'Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\nName:      kubernetes.default\nAddress 1: 10.96.0.1 kubernetes.default.svc.cluster.local';
    expect(probeIn(nslookup, 'nslookup kubernetes.default', text)).toMatchObject({
      server: '10.96.0.10',
      answers: ['10.96.0.1'],
    });
  });

  it('tells why nothing was found', () => {
    const silent = ';; communications error to 10.96.0.10#53: timed out\n;; no servers could be reached\n\n';
    expect(probeIn(nslookup, 'nslookup -timeout=2 kubernetes.default', silent)).toMatchObject({
      to: { name: 'kubernetes.default' },
      state: 'failing',
      error: 'timeout',
      server: '10.96.0.10',
    });
    const nothing = "Server:\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n** server can't find nope.default: NXDOMAIN";
    expect(probeIn(nslookup, 'nslookup nope.default', nothing)).toMatchObject({
      error: 'nxdomain',
      status: 'NXDOMAIN',
    });
    expect(probeIn(nslookup, 'nslookup a.b', nothing.replace('NXDOMAIN', 'SERVFAIL')).error).toBe('servfail');
  });

  it('does not say why where old BusyBox does not', () => {
    const text = "Server:    10.96.0.10\nAddress 1: 10.96.0.10\n\nnslookup: can't resolve 'kubernetes.default'";
    const probe = probeIn(nslookup, 'nslookup kubernetes.default', text);
    expect(probe).toMatchObject({ state: 'failing' });
    expect(probe.error).toBeUndefined();
  });

  it('says nothing of an output that was cut', () => {
    expect(readFile(nslookup, 'nslookup a.b', 'Server:\t10.96.0.10\nAddress:\t10.96.0.10#53').of('probe')).toEqual([]);
  });

  it('survives damage and invents no server', () => {
    survivesDamage(nslookup, 'nslookup kubernetes.default', ISC);
    survivesDamage(nslookup, 'nslookup kubernetes.default', BUSYBOX);
  });
});
