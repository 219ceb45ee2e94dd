import { describe, expect, it } from 'vitest';
import { curl } from '../../../src/facts/parsers/curl.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const BIG = 'curl -s -S -m 4 -o .dev.null -w @fmt http:..10.244.2.2:8080.big';
const VERBOSE = 'curl -sv -m 4 http:..10.96.20.20';
const OK = `*   Trying 10.96.20.20:80...
* Connected to api.default.svc.cluster.local (10.96.20.20) port 80 (#0)
> GET / HTTP/1.1
> Host: 10.96.20.20
>
< HTTP/1.1 200 OK
< Content-Length: 30
<
{ [30 bytes data]
* Closing connection 0
hostname: web-6f7c9d5b8-4xkqp`;
const STALLED = `*   Trying 10.244.2.2:8080...
* Connected to 10.244.2.2 (10.244.2.2) port 8080 (#0)
> GET /big HTTP/1.1
>
* Operation timed out after 5001 milliseconds with 0 bytes received
* Closing connection 0`;

describe('curl', () => {
  it('reads a request that was answered, by name and address', () => {
    expect(probeIn(curl, 'curl -sv -m 4 http:..api.default.svc.cluster.local', OK)).toEqual({
      to: { ip: '10.96.20.20', port: 80, name: 'api.default.svc.cluster.local' },
      proto: 'http',
      state: 'ok',
      origin: 'tool',
      family: 4,
      status: '200',
      transferred: 30,
    });
  });

  it('reads what -w printed', () => {
    expect(probeIn(curl, BIG, '200_32800_0.027536s')).toMatchObject({
      to: { ip: '10.244.2.2', port: 8080 },
      state: 'ok',
      status: '200',
      transferred: 32800,
      rttMs: 28,
    });
    expect(probeIn(curl, BIG, '200_32800_1.027536s').state).toBe('slow');
  });

  it('takes a text for the body only where the command lets the body be there', () => {
    expect(probeIn(curl, 'curl -s http:..10.96.20.20', 'hostname: web').state).toBe('ok');
    for (const command of [
      VERBOSE,
      'curl --verbose http:..10.96.20.20',
      BIG,
      'curl -s --output x http:..10.96.20.20',
    ]) {
      expect(
        readFile(curl, command, 'PING 10.244.2.2 (10.244.2.2) 56(84) bytes of data.').of('probe'),
        command,
      ).toEqual([]);
    }
    // -w prints of failures too.
    expect(readFile(curl, 'curl -s -o .dev.null -w @fmt http:..10.96.20.20', 'connect 0.000000').of('probe')).toEqual(
      [],
    );
  });

  it('tells a connect that timed out from a transfer that stalled', () => {
    expect(
      probeIn(curl, BIG, 'curl: (28) Connection timed out after 4002 milliseconds\n000_0_4.002599s'),
    ).toMatchObject({ state: 'failing', error: 'timeout', stage: 'connect' });
    expect(
      probeIn(curl, BIG, 'curl: (28) Operation timed out after 4001 milliseconds with 0 bytes received\n000_0_4.0s'),
    ).toMatchObject({ error: 'stalled', stage: 'request' });
    expect(
      probeIn(
        curl,
        BIG,
        'curl: (28) Operation timed out after 4001 milliseconds with 1378 out of 32800 bytes received',
      ),
    ).toMatchObject({ error: 'stalled', stage: 'transfer', transferred: 1378 });
    expect(probeIn(curl, 'curl -sv http:..10.244.2.2:8080.big', STALLED)).toMatchObject({
      error: 'stalled',
      stage: 'request',
    });
  });

  it('takes the error that the connect line names, else tells a refusal by its haste', () => {
    const verbose = (why: string) =>
      `*   Trying 10.244.2.2:8080...\n* connect to 10.244.2.2 port 8080 failed: ${why}\n* Failed to connect to 10.244.2.2 port 8080 after 3060 ms: Couldn't connect to server`;
    expect(probeIn(curl, BIG, verbose('Connection refused')).error).toBe('refused');
    expect(probeIn(curl, BIG, verbose('No route to host')).error).toBe('host-unreachable');
    expect(probeIn(curl, BIG, verbose('Network is unreachable')).error).toBe('no-route');
    expect(
      probeIn(
        curl,
        BIG,
        "curl: (7) Failed to connect to 10.244.2.2 port 8080 after 0 ms: Couldn't connect to server\n000_0_0.000143s",
      ).error,
    ).toBe('refused');
    expect(
      probeIn(
        curl,
        BIG,
        "curl: (7) Failed to connect to 10.244.2.2 port 8080 after 7000 ms: Couldn't connect to server",
      ).error,
    ).toBeUndefined();
    expect(
      probeIn(curl, 'curl 10.244.3.136:9001', 'curl: (7) Failed connect to 10.244.3.136:9001; 连接超时'),
    ).toMatchObject({ to: { ip: '10.244.3.136', port: 9001 }, error: 'timeout', stage: 'connect' });
    expect(probeIn(curl, 'curl', 'curl: (7) Failed connect to 10.244.3.136:9001; 没有到主机的路由').error).toBe(
      'host-unreachable',
    );
  });

  it('names no address where resolving failed', () => {
    expect(
      probeIn(
        curl,
        'curl -sv -m 4 http:..api.default.svc.cluster.local',
        '* Resolving timed out after 4000 milliseconds',
      ),
    ).toEqual({
      to: { name: 'api.default.svc.cluster.local', port: 80 },
      proto: 'http',
      state: 'failing',
      origin: 'tool',
      stage: 'resolve',
      error: 'timeout',
    });
    expect(probeIn(curl, 'curl http:..nope.example', 'curl: (6) Could not resolve host: nope.example')).toMatchObject({
      stage: 'resolve',
      error: 'nxdomain',
    });
  });

  it('reads resets and TLS', () => {
    expect(probeIn(curl, VERBOSE, 'curl: (52) Empty reply from server')).toMatchObject({
      error: 'reset',
      stage: 'request',
    });
    expect(probeIn(curl, VERBOSE, 'curl: (56) Recv failure: Connection reset by peer')).toMatchObject({
      error: 'reset',
    });
    const hello =
      '*   Trying 10.96.0.1:443...\n* Connected to 10.96.0.1 (10.96.0.1) port 443 (#0)\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n* Operation timed out after 4001 milliseconds with 0 out of 0 bytes received';
    expect(probeIn(curl, 'curl -v https:..10.96.0.1', hello)).toMatchObject({
      error: 'stalled',
      stage: 'tls',
      to: { port: 443 },
    });
    expect(
      probeIn(
        curl,
        'curl https:..10.96.0.1',
        'curl: (60) SSL certificate problem: unable to get local issuer certificate',
      ).state,
    ).toBe('ok');
  });

  it('takes any answer for an answer, and nothing for nothing', () => {
    expect(probeIn(curl, 'curl -sSk -m 4 https:..10.96.0.1.livez', 'ok')).toMatchObject({
      to: { ip: '10.96.0.1', port: 443 },
      state: 'ok',
    });
    expect(probeIn(curl, 'curl -s -o .dev.null -w %{http_code} http:..10.96.0.1', '000').state).toBe('failing');
    expect(readFile(curl, VERBOSE, '').of('probe')).toEqual([]);
    expect(readFile(curl, VERBOSE, '*   Trying 10.96.20.20:80...').unknowns).toHaveLength(1);
    expect(
      readFile(
        curl,
        VERBOSE,
        '  % Total    % Received % Xferd\n  0     0    0     0    0     0      0      0 --:--:--  0:00:03 --:--:--     0',
      ).of('probe'),
    ).toEqual([]);
  });

  it('survives damage and invents no address', () => {
    survivesDamage(curl, VERBOSE, OK);
    survivesDamage(curl, BIG, STALLED);
  });
});
