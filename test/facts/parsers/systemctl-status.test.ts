import { expect, test } from 'vitest';
import { systemctlStatus } from '../../../src/facts/parsers/systemctl-status.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const STATUS = `● tuned.service - Dynamic System Tuning Daemon
   Loaded: loaded (/usr/lib/systemd/system/tuned.service; enabled; vendor preset: enabled)
   Active: active (running) since Mon 2024-02-05 10:00:00 CST; 2 weeks 0 days ago
 Main PID: 1011 (tuned)
   CGroup: /system.slice/tuned.service
           └─1011 /usr/bin/python3 -Es /usr/sbin/tuned -l -P

Feb 05 10:00:00 node1 systemd[1]: Started Dynamic System Tuning Daemon.

× kube-proxy.service - Kubernetes kube-proxy
     Loaded: loaded (/etc/systemd/system/kube-proxy.service; enabled; preset: enabled)
     Active: failed (Result: exit-code) since Mon 2024-02-05 10:00:00 CST; 1min ago
Unit firewalld.service could not be found.
`;

test('tells whether units are active, and reads the lines of their journal', () => {
  const read = readFile(systemctlStatus, 'systemctl status tuned kube-proxy firewalld', STATUS, {
    logPatterns: [
      { fact: 'log.tuned-restart', subject: 'node', components: ['system'], pattern: /Started Dynamic System Tuning/ },
    ],
    at: '2024-02-19T10:00:00Z',
  });
  expect(read.value('unit.tuned.active')).toBe('active');
  expect(read.value('unit.kube-proxy.active')).toBe('failed');
  expect(read.value('unit.firewalld.active')).toBe('not-found');
  const restart = read.facts.find(({ name }) => name === 'log.tuned-restart');
  expect([restart?.line, restart?.at]).toEqual([8, '2024-02-05T10:00:00.000Z']);
});

test('is told by its command or its first lines, and survives damage', () => {
  expectReads(
    systemctlStatus,
    ['systemctl_status_kubelet', 'systemctl_-l_status_tuned', 'service_tuned_status'],
    ['systemctl_list-units'],
  );
  expect(systemctlStatus.recognises?.(STATUS.split('\n'))).toBe(true);
  survivesDamage(systemctlStatus, 'systemctl status tuned', STATUS);
});
