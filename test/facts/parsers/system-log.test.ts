import { describe, expect, it } from 'vitest';
import type { LogPattern } from '../../../src/facts/parsers/parser.js';
import { isSystemComponent, systemLog } from '../../../src/facts/parsers/system-log.js';
import { readFile, survivesDamage } from './read-file.js';

const logPatterns: LogPattern[] = [
  {
    fact: 'log.tuned-restart',
    subject: 'node',
    components: ['system'],
    pattern: /Started Dynamic System Tuning Daemon/,
  },
  {
    fact: 'log.conntrack-full',
    subject: 'node',
    components: ['system'],
    pattern: /nf_conntrack: table full, dropping packet/,
  },
  {
    fact: 'log.kube-proxy-sync-failed',
    subject: 'node',
    components: ['kube-proxy'],
    pattern: /Failed to execute iptables-restore/,
  },
];
const JOURNAL = `Feb 11 09:49:03 n2 systemd[1]: Started Dynamic System Tuning Daemon.
Feb 11 09:49:04 n2 kubelet[812]: E0211 09:49:04.1 812 x.go:1] Get "https://10.96.0.1:443/api": dial tcp 10.96.0.1:443: i/o timeout
Feb 11 09:49:05 n2 kube-proxy[900]: Failed to execute iptables-restore
Feb 11 09:49:06 n2 app[901]: Failed to execute iptables-restore`;

describe("a node's own log", () => {
  it('makes facts on the node, by the program that wrote the line', () => {
    const { facts, records } = readFile(systemLog, 'journalctl', JOURNAL, {
      logPatterns,
      subject: 'node/n2',
      at: '2024-03-01T00:00:00Z',
    });
    expect(facts).toEqual([
      { name: 'log.tuned-restart', value: true, line: 1, subject: 'node/n2', at: '2024-02-11T09:49:03.000Z' },
      { name: 'log.kube-proxy-sync-failed', value: true, line: 3, subject: 'node/n2', at: '2024-02-11T09:49:05.000Z' },
    ]);
    expect(records.filter(({ name }) => name === 'probe')).toMatchObject([
      { line: 2, subject: 'node/n2', value: { to: { ip: '10.96.0.1' }, error: 'timeout' } },
    ]);
  });

  it('tells no time where the year is not known', () => {
    expect(readFile(systemLog, 'journalctl', JOURNAL, { logPatterns }).facts[0]!.at).toBeUndefined();
  });

  it('takes the year before for what would be in the future', () => {
    const read = readFile(
      systemLog,
      'journalctl',
      'Dec 30 10:00:00 n2 systemd[1]: Started Dynamic System Tuning Daemon.',
      { logPatterns, at: '2024-01-02T00:00:00Z' },
    );
    expect(read.facts[0]!.at).toBe('2023-12-30T10:00:00.000Z');
  });

  it('reads the stamps of dmesg', () => {
    const at = (line: string) => readFile(systemLog, 'dmesg', line, { logPatterns }).facts[0]!.at;
    const full = 'nf_conntrack: table full, dropping packet';
    expect(at(`[  123.456789] ${full}`)).toBeUndefined();
    expect(at(`[Sun Feb 11 09:49:03 2024] ${full}`)).toBe('2024-02-11T09:49:03.000Z');
    expect(at(`2024-02-11T09:49:03,123456+08:00 ${full}`)).toBe('2024-02-11T01:49:03.123Z');
  });

  it.each([
    [
      'short-iso',
      '2024-02-11T09:49:03+0800 n2 systemd[1]: Started Dynamic System Tuning Daemon.',
      '2024-02-11T01:49:03.000Z',
    ],
    [
      'short-full',
      'Sun 2024-02-11 09:49:03 CST n2 systemd[1]: Started Dynamic System Tuning Daemon.',
      '2024-02-11T09:49:03.000Z',
    ],
    [
      'short-unix',
      '1707644943.123456 n2 systemd[1]: Started Dynamic System Tuning Daemon.',
      '2024-02-11T09:49:03.123Z',
    ],
    [
      'RFC 5424',
      '<30>1 2024-02-11T09:49:03.123Z n2 systemd 1 - - Started Dynamic System Tuning Daemon.',
      '2024-02-11T09:49:03.123Z',
    ],
    [
      'json',
      '{"__REALTIME_TIMESTAMP":"1707644943123456","_HOSTNAME":"n2","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Started Dynamic System Tuning Daemon."}',
      '2024-02-11T09:49:03.123Z',
    ],
  ])('reads the form %s', (_form, line, at) => {
    const text = `-- Logs begin at Mon 2024-01-01 00:00:00 CST, end at Sun 2024-02-11 10:00:00 CST. --\n${line}`;
    const read = readFile(systemLog, 'journalctl', text, { logPatterns, subject: 'cluster' });
    expect(read.facts).toEqual([{ name: 'log.tuned-restart', value: true, line: 2, subject: 'node/n2', at }]);
    expect(systemLog.recognises?.([line])).toBe(true);
  });

  it('knows the node by its host name where nobody placed the file', () => {
    const read = readFile(systemLog, 'messages', JOURNAL, { logPatterns, subject: 'cluster' });
    expect(read.facts[0]!.subject).toBe('node/n2');
  });

  it('is the log of system folders', () => {
    expect(['system', 'messages', 'dmesg', 'journal', 'kernel', 'syslog'].every(isSystemComponent)).toBe(true);
    expect(isSystemComponent('kubelet')).toBe(false);
  });

  it('survives damage and invents no address', () => survivesDamage(systemLog, 'journalctl', JOURNAL, { logPatterns }));
});
