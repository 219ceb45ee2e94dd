import { expect, test } from 'vitest';
import { listening } from '../../../src/facts/derive/listening.js';
import { derived, endpointsObject, flannelCluster, list, podObject, serviceObject } from './bundle-facts.js';

const POD = 'pod/default/web-1';
const SS = (...lines: string[]) =>
  `Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n${lines.join('\n')}\n`;

function cluster(ss: string, extra: Record<string, string> = {}) {
  return {
    ...flannelCluster(),
    'cluster/pods.json': list([podObject('default', 'web-1', 'n1', { ip: '10.244.1.2', labels: { app: 'web' } })]),
    'cluster/services.json': list([serviceObject('web', '10.96.10.10', 80, 8080)]),
    'cluster/endpoints.json': list([endpointsObject('web', ['10.244.1.2'])]),
    'pods/default/web-1/ss_-lntup': ss,
    ...extra,
  };
}
const judge = (...lines: string[]) => derived(listening, cluster(SS(...lines))).of(POD, 'app.listening');

test('a port is listened on by any address, the loopback alone, none, or another port is', () => {
  expect(judge('tcp   LISTEN 0      5            0.0.0.0:8080      0.0.0.0:*    users:(("web",pid=9,fd=3))')).toBe(
    'any',
  );
  expect(judge('tcp   LISTEN 0      5                  *:8080            *:*')).toBe('any');
  expect(judge('tcp   LISTEN 0      5         10.244.1.2:8080      0.0.0.0:*')).toBe('any');
  expect(judge('tcp   LISTEN 0      5          127.0.0.1:8080      0.0.0.0:*')).toBe('loopback');
  expect(judge('tcp   LISTEN 0      5              [::1]:8080         [::]:*')).toBe('loopback');
  expect(judge('tcp   LISTEN 0      5          127.0.0.1:9999      0.0.0.0:*')).toBe('none');
  expect(judge('tcp   LISTEN 0      5            0.0.0.0:9090      0.0.0.0:*')).toBe('other');
  expect(judge('udp   UNCONN 0      0            0.0.0.0:8080      0.0.0.0:*')).toBe('none');
});

test('a listing without sockets says that nothing listens', () => {
  expect(judge()).toBe('none');
});

test('the port of a probe counts where no Service names one', () => {
  const outputs = cluster(SS('tcp   LISTEN 0      5          127.0.0.1:8080      0.0.0.0:*'));
  for (const name of ['cluster/services.json', 'cluster/endpoints.json'] as const)
    delete (outputs as Record<string, string>)[name];
  expect(derived(listening, outputs).of(POD, 'app.listening')).toBeUndefined();
  const probed = {
    ...outputs,
    'nodes/n2/curl_-sv_-m_4_http:..10.244.1.2:8080':
      '*   Trying 10.244.1.2:8080...\n* connect to 10.244.1.2 port 8080 failed: Connection refused\n* Failed to connect to 10.244.1.2 port 8080 after 0 ms: Connection refused\ncurl: (7) Failed to connect to 10.244.1.2 port 8080 after 0 ms: Connection refused\n',
  };
  expect(derived(listening, probed).of(POD, 'app.listening')).toBe('loopback');
});

test('a pod whose sockets are not known is not judged', () => {
  const outputs = cluster('');
  expect(derived(listening, outputs).of(POD, 'app.listening')).toBeUndefined();
  expect(derived(listening, outputs).of(POD, 'app.queue-full')).toBeUndefined();
});

test('an accept queue that holds more than its limit is full', () => {
  const full = (received: number) =>
    derived(listening, cluster(SS(`tcp   LISTEN ${received}      128            0.0.0.0:8080      0.0.0.0:*`))).of(
      POD,
      'app.queue-full',
    );
  expect(full(129)).toBe(true);
  expect(full(128)).toBe(false);
  expect(full(0)).toBe(false);
});

test('source ports towards one destination fill the range', () => {
  const sockets = Array.from(
    { length: 28 },
    (_, i) => `TIME-WAIT 0      0      10.244.1.2:${32768 + i}    10.96.0.9:3306`,
  );
  const outputs = cluster('', {
    'pods/default/web-1/ss_-tan': `State     Recv-Q Send-Q Local Address:Port Peer Address:Port\n${sockets.join('\n')}\nESTAB     0      0      10.244.1.2:40000    10.96.0.8:80\n`,
    'pods/default/web-1/cat_.proc.sys.net.ipv4.ip_local_port_range': '32768\t32797\n',
  });
  expect(derived(listening, outputs).of(POD, 'ports.ephemeral-fill')).toBe(93);
});

test('a summary tells how many connections there are for the range, not whereto', () => {
  const summary = (waiting: number) =>
    derived(
      listening,
      cluster('', {
        'pods/default/web-1/ss_-s': `Total: 61 (kernel 0)\nTCP:   ${waiting + 59} (estab 58, closed ${waiting}, orphaned 0, synrecv 0, timewait ${waiting}/0), ports 0\n`,
        'pods/default/web-1/sysctl_net.ipv4.ip_local_port_range': 'net.ipv4.ip_local_port_range = 32768\t60999\n',
      }),
    );
  expect(summary(28231).of(POD, 'ports.connections-fill')).toBe(100);
  expect(summary(120).of(POD, 'ports.connections-fill')).toBe(1);
  expect(summary(28231).of(POD, 'ports.ephemeral-fill')).toBeUndefined();
});
