import { describe, expect, it } from 'vitest';
import { ping } from '../../../src/facts/parsers/ping.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const LARGE = 'ping -M do -s 1472 -c 2 -i 0.3 -W 1 10.244.2.2';
const TOO_LONG = `PING 10.244.2.2 (10.244.2.2) 1472(1500) bytes of data.
ping: local error: message too long, mtu=1450
ping: local error: message too long, mtu=1450

--- 10.244.2.2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 306ms
`;
const WORKS = `PING 10.9.46.201 (10.9.46.201) 56(84) bytes of data.
64 bytes from 10.9.46.201: icmp_seq=1 ttl=62 time=0.076 ms
64 bytes from 10.9.46.201: icmp_seq=2 ttl=62 time=0.057 ms

--- 10.9.46.201 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 1536ms
rtt min/avg/max/mdev = 0.038/0.052/0.076/0.015 ms
`;

describe('ping', () => {
  it('reads a ping that works, with its size on the wire and its mean time', () => {
    expect(probeIn(ping, 'ping -c 2 10.9.46.201', WORKS)).toEqual({
      to: { ip: '10.9.46.201' },
      proto: 'icmp',
      state: 'ok',
      origin: 'tool',
      size: 84,
      family: 4,
      sent: 2,
      received: 2,
      rttMs: 0.052,
    });
  });

  it('reads a packet above the own MTU with the MTU that was named', () => {
    expect(probeIn(ping, LARGE, TOO_LONG)).toMatchObject({
      state: 'failing',
      error: 'message-too-long',
      mtu: 1450,
      size: 1500,
      dontFragment: true,
    });
  });

  it('reads a router that needs to fragment', () => {
    const text = `PING 10.1.2.3 (10.1.2.3) 1472(1500) bytes of data.
From 10.1.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)

--- 10.1.2.3 ping statistics ---
3 packets transmitted, 0 received, +1 errors, 100% packet loss, time 2031ms`;
    expect(probeIn(ping, 'ping -M do -s 1472 10.1.2.3', text)).toMatchObject({
      error: 'message-too-long',
      mtu: 1400,
      sent: 3,
    });
  });

  it("reads BusyBox's words and adds the headers to its size", () => {
    const text = `PING 10.105.25.177 (10.105.25.177): 56 data bytes

--- 10.105.25.177 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss`;
    expect(probeIn(ping, 'ping -c 3 10.105.25.177', text)).toMatchObject({
      state: 'failing',
      error: 'timeout',
      size: 84,
      sent: 3,
      received: 0,
    });
  });

  it('takes duplicates for no loss and no more than was sent', () => {
    const text = `PING 10.0.1.33 (10.0.1.33): 56 data bytes
64 bytes from 10.0.1.33: seq=0 ttl=63 time=0.470 ms
64 bytes from 10.0.1.33: seq=0 ttl=63 time=0.490 ms (DUP!)

--- 10.0.1.33 ping statistics ---
1 packets transmitted, 1 packets received, 19 duplicates, 0% packet loss`;
    expect(probeIn(ping, 'ping -c 1 10.0.1.33', text)).toMatchObject({ state: 'ok', sent: 1, received: 1 });
  });

  it('reads Chinese summaries', () => {
    const text = `PING 10.244.1.5 (10.244.1.5) 56(84) 比特的数据。
来自 10.244.1.1 icmp_seq=1 目标主机不可达

--- 10.244.1.5 ping 统计 ---
已发送 4 个包， 已接收 0 个包, +4 错误, 100% 包丢失, 耗时 3060 毫秒`;
    expect(probeIn(ping, 'ping -c 4 10.244.1.5', text)).toMatchObject({
      to: { ip: '10.244.1.5' },
      state: 'failing',
      sent: 4,
      received: 0,
    });
    const windows = `正在 Ping 10.244.1.5 具有 32 字节的数据:
请求超时。
来自 10.244.1.5 的回复: 字节=32 时间=1ms TTL=62

10.244.1.5 的 Ping 统计信息:
    数据包: 已发送 = 4，已接收 = 3，丢失 = 1 (25% 丢失)，`;
    expect(probeIn(ping, 'ping 10.244.1.5', windows)).toMatchObject({
      state: 'lossy',
      pattern: 'intermittent',
      sent: 4,
      received: 3,
      size: 60,
    });
  });

  it('tells an unreachable host, a missing route and a rejection apart', () => {
    const by = (line: string) =>
      probeIn(
        ping,
        'ping 10.1.1.9',
        `PING 10.1.1.9 (10.1.1.9) 56(84) bytes of data.\n${line}\n\n3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2ms`,
      ).error;
    expect(by('From 10.1.1.1 icmp_seq=1 Destination Host Unreachable')).toBe('host-unreachable');
    expect(by('From 10.1.1.1 icmp_seq=1 Destination Net Unreachable')).toBe('no-route');
    expect(by('From 10.1.1.1 icmp_seq=1 Destination Port Unreachable')).toBe('refused');
    expect(by('From 10.1.1.1 icmp_seq=1 Destination Host Prohibited')).toBe('host-unreachable');
    expect(by('From 10.1.1.1 icmp_seq=1 Time to live exceeded')).toBe('host-unreachable');
    expect(by('ping: sendmsg: Operation not permitted')).toBeUndefined();
    expect(probeIn(ping, 'ping 10.1.1.9', 'ping: connect: Network is unreachable')).toMatchObject({
      state: 'failing',
      error: 'no-route',
    });
  });

  it('names what could not be resolved, and at which stage that was', () => {
    expect(probeIn(ping, 'ping web.default', 'ping: web.default: Name or service not known')).toMatchObject({
      to: { name: 'web.default' },
      state: 'failing',
      stage: 'resolve',
      error: 'nxdomain',
    });
    expect(probeIn(ping, 'ping web', "ping: bad address 'web'").error).toBeUndefined();
  });

  it('does not take an output that was cut for a failure', () => {
    const cut = readFile(ping, 'ping 10.1.1.9', 'PING 10.1.1.9 (10.1.1.9) 56(84) bytes of data.');
    expect(cut.of('probe')).toEqual([]);
    expect(cut.unknowns).toHaveLength(1);
    const shown =
      'PING 10.1.1.9 (10.1.1.9) 56(84) bytes of data.\nno answer yet for icmp_seq=1\nno answer yet for icmp_seq=2\nno answer yet for icmp_seq=3';
    expect(probeIn(ping, 'ping -O 10.1.1.9', shown)).toMatchObject({ state: 'failing', sent: 3 });
    const gap = WORKS.split('\n')
      .slice(0, 2)
      .concat('64 bytes from 10.9.46.201: icmp_seq=4 ttl=62 time=0.1 ms')
      .join('\n');
    expect(probeIn(ping, 'ping 10.9.46.201', gap)).toMatchObject({ state: 'lossy', sent: 4, received: 2 });
  });

  it('does not take a missing capability for a network fault', () => {
    expect(readFile(ping, 'ping 10.1.1.9', 'ping: socket: Operation not permitted').of('probe')).toEqual([]);
  });

  it('reads names and IPv6 headers', () => {
    const named =
      'PING web.example.com (203.0.113.10) 56(84) bytes of data.\n64 bytes from web (203.0.113.10): icmp_seq=1 ttl=60 time=1.0 ms';
    expect(probeIn(ping, 'ping web.example.com', named).to).toEqual({ ip: '203.0.113.10', name: 'web.example.com' });
    const six = 'PING fd00::1(fd00::1) 1432 data bytes\n1440 bytes from fd00::1: icmp_seq=1 ttl=63 time=0.4 ms';
    expect(probeIn(ping, 'ping -6 fd00::1', six)).toMatchObject({ to: { ip: 'fd00::1' }, family: 6, size: 1480 });
  });

  it('survives damage and invents no address', () => {
    survivesDamage(ping, LARGE, TOO_LONG);
    survivesDamage(ping, 'ping -c 2 10.9.46.201', WORKS);
  });
});
