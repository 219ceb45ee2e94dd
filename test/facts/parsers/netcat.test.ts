import { describe, expect, it } from 'vitest';
import { netcat } from '../../../src/facts/parsers/netcat.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

describe('nc and telnet', () => {
  it('reads every spelling of an open port', () => {
    const target = { to: { ip: '10.96.0.1', port: 443 }, proto: 'tcp', state: 'ok' };
    expect(
      probeIn(netcat, 'nc -zv 10.96.0.1 443', 'Connection to 10.96.0.1 443 port [tcp/https] succeeded!'),
    ).toMatchObject(target);
    expect(
      probeIn(
        netcat,
        'nc -zv 10.96.0.1 443',
        'Ncat: Version 7.50\nNcat: Connected to 10.96.0.1:443.\nNcat: 0 bytes sent, 0 bytes received in 0.01 seconds.',
      ),
    ).toMatchObject(target);
    expect(probeIn(netcat, 'nc -zv -w 3 10.96.0.1 443', '10.96.0.1 (10.96.0.1:443) open')).toMatchObject(target);
    expect(probeIn(netcat, 'nc -zvn 10.96.0.1 443', '(UNKNOWN) [10.96.0.1] 443 (https) open')).toMatchObject(target);
    expect(
      probeIn(
        netcat,
        'telnet 10.96.0.1 443',
        "Trying 10.96.0.1...\nConnected to 10.96.0.1.\nEscape character is '^]'.\nConnection closed by foreign host.",
      ),
    ).toMatchObject(target);
  });

  it('reads every spelling of a failure', () => {
    expect(
      probeIn(netcat, 'nc -zv 10.96.0.1 80', 'nc: connect to 10.96.0.1 port 80 (tcp) failed: Connection refused'),
    ).toMatchObject({ to: { ip: '10.96.0.1', port: 80 }, state: 'failing', error: 'refused', stage: 'connect' });
    expect(
      probeIn(
        netcat,
        'nc -zvw2 10.96.0.1 80',
        'nc: connect to 10.96.0.1 port 80 (tcp) timed out: Operation now in progress',
      ).error,
    ).toBe('timeout');
    expect(probeIn(netcat, 'nc 10.96.0.1 80', 'Ncat: No route to host.').error).toBe('host-unreachable');
    expect(probeIn(netcat, 'nc -z 10.96.0.1 80', 'nc: 10.96.0.1 (10.96.0.1:80): Connection timed out').error).toBe(
      'timeout',
    );
    expect(
      probeIn(netcat, 'telnet 10.96.0.1 80', 'Trying 10.96.0.1...\ntelnet: connect to address 10.96.0.1: 拒绝连接')
        .error,
    ).toBe('refused');
    expect(
      probeIn(netcat, 'nc -zv web 80', 'nc: getaddrinfo for host "web" port 80: Name or service not known'),
    ).toMatchObject({ to: { name: 'web', port: 80 }, stage: 'resolve', error: 'nxdomain' });
  });

  it('does not take a UDP scan for an answer, but takes its refusal', () => {
    expect(
      readFile(netcat, 'nc -zuv 10.96.0.10 53', 'Connection to 10.96.0.10 53 port [udp/domain] succeeded!').of('probe'),
    ).toEqual([]);
    expect(
      probeIn(netcat, 'nc -zuv 10.96.0.10 53', 'nc: connect to 10.96.0.10 port 53 (udp) failed: Connection refused'),
    ).toMatchObject({ proto: 'udp', error: 'refused' });
  });

  it('says nothing of an attempt that was cut, or of a listener', () => {
    expect(readFile(netcat, 'telnet 10.96.0.1 80', 'Trying 10.96.0.1...').unknowns).toHaveLength(1);
    expect(readFile(netcat, 'nc -l 8080', 'Listening on 0.0.0.0 8080').of('probe')).toEqual([]);
  });

  it('survives damage and invents no address', () => {
    survivesDamage(
      netcat,
      'telnet web 80',
      'Trying 10.96.0.1...\ntelnet: connect to address 10.96.0.1: Connection refused\nTrying fd00::1...\nConnected to web.',
    );
  });
});
