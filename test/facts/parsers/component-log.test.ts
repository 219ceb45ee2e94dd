import { describe, expect, it } from 'vitest';
import { componentLog } from '../../../src/facts/parsers/component-log.js';
import type { LogPattern, ParserInput } from '../../../src/facts/parsers/parser.js';
import { readFile, survivesDamage } from './read-file.js';

const read = (text: string, component: string, input: Partial<ParserInput> = {}) =>
  readFile(componentLog, '', text, { subject: 'cluster', component, ...input });
const pattern = (
  fact: string,
  source: RegExp,
  components: string[] = [],
  subject: LogPattern['subject'] = 'node',
): LogPattern => ({ fact, subject, components, pattern: source });

const COREDNS = `.:53
[INFO] 10.244.2.2:54431 - 62098 "AAAA IN kubernetes.default.svc.cluster.local. udp 54 false 1232" NOERROR qr,aa,rd 54 0.000019550s
[INFO] 10.244.2.2:39827 - 49370 "A IN www.example.com.default.svc.cluster.local. udp 73 false 1232" NXDOMAIN qr,aa,rd 73 0.000024557s
[ERROR] plugin/errors: 2 www.example.com. A: read udp 10.244.1.2:34799->203.0.113.53:53: i/o timeout
[ERROR] plugin/errors: 2 www.example.com. A: read udp 10.244.1.2:40001->203.0.113.53:53: i/o timeout
[INFO] 10.244.1.3:51811 - 1234 "A IN www.example.com. udp 33 false 512" SERVFAIL qr,rd 33 4.003s
[INFO] 10.244.1.3:51812 - 1235 "A IN www.example.com. udp 33 false 512" SERVFAIL qr,rd 33 4.003s`;

describe('logs of components', () => {
  it("tells CoreDNS' own failures from those it handed on, and makes nothing of NXDOMAIN", () => {
    const { records } = read(COREDNS, 'coredns');
    expect(records.filter(({ name }) => name === 'answered-lookup').map(({ value }) => value)).toMatchObject([
      { client: expect.any(String), times: expect.any(Number) },
    ]);
    expect(records.filter(({ name }) => name === 'probe').map(({ line, value }) => [line, value])).toEqual([
      [
        4,
        {
          from: { kind: 'pod', ip: '10.244.1.2' },
          to: { kind: 'dns', name: 'www.example.com' },
          server: '203.0.113.53',
          proto: 'dns',
          state: 'failing',
          error: 'timeout',
          origin: 'log',
          sent: 2,
        },
      ],
      [
        6,
        {
          from: { ip: '10.244.1.3' },
          to: { kind: 'dns', name: 'www.example.com' },
          proto: 'dns',
          state: 'failing',
          error: 'servfail',
          status: 'SERVFAIL',
          origin: 'log',
          sent: 2,
        },
      ],
    ]);
  });

  it('tells a name that has an address and is denied when it is asked for AAAA', () => {
    const line = (type: string, rcode: string) =>
      `[INFO] 10.244.1.3:4031 - 81 "${type} IN api.example.com. udp 33 false 512" ${rcode} qr,rd,ra 120 0.002s`;
    const factsOf = (...lines: string[]) =>
      read(lines.join('\n'), 'coredns').facts.filter(({ name }) => name === 'dns.aaaa-denied').length;
    expect(factsOf(line('A', 'NOERROR'), line('AAAA', 'NXDOMAIN'))).toBe(1);
    expect(factsOf(line('A', 'NXDOMAIN'), line('AAAA', 'NXDOMAIN'))).toBe(0);
  });

  it('calls a name lossy that was answered too', () => {
    const text = `${COREDNS}\n[INFO] 10.244.1.3:51813 - 1236 "A IN www.example.com. udp 33 false 512" NOERROR qr,rd 60 0.003s`;
    expect(read(text, 'coredns').of('probe')[1]).toMatchObject({
      state: 'lossy',
      pattern: 'intermittent',
      sent: 3,
      received: 1,
    });
  });

  it('reads what Go programs could not dial, each once with its count', () => {
    const line = (ms: string) =>
      `E1111 14:30:51.${ms}       1 reflector.go:134] controller.go:315: Failed to list *v1.Service: Get https://10.43.0.1:443/api/v1/services?limit=500: dial tcp 10.43.0.1:443: connect: no route to host`;
    expect(read(`${line('014020')}\n${line('016209')}`, 'coredns').records).toMatchObject([
      {
        line: 1,
        subject: 'cluster',
        value: {
          from: { kind: 'pod' },
          to: { ip: '10.43.0.1', port: 443 },
          proto: 'tcp',
          state: 'failing',
          error: 'host-unreachable',
          stage: 'connect',
          sent: 2,
        },
      },
    ]);
    const of = (text: string) => read(text, 'app').of('probe');
    expect(of('dial tcp 10.96.0.1:443: i/o timeout')).toMatchObject([{ error: 'timeout' }]);
    expect(of('dial tcp 10.1.2.3:55012->10.96.0.1:443: connect: connection refused')).toMatchObject([
      { from: { kind: 'pod', ip: '10.1.2.3' }, error: 'refused' },
    ]);
    expect(of('Get "https://10.96.0.1:443/api?timeout=32s": context deadline exceeded')).toMatchObject([
      { proto: 'http', error: 'timeout', to: { ip: '10.96.0.1', port: 443 } },
    ]);
    expect(of('Get "https://10.96.0.1:443/version": net/http: TLS handshake timeout')).toMatchObject([
      { stage: 'tls', error: 'stalled' },
    ]);
    expect(
      of('dial tcp: lookup api.example.com on 10.96.0.10:53: read udp 10.1.2.3:40000->10.96.0.10:53: i/o timeout'),
    ).toMatchObject([
      {
        to: { kind: 'dns', name: 'api.example.com' },
        proto: 'dns',
        server: '10.96.0.10',
        error: 'timeout',
        from: { ip: '10.1.2.3' },
      },
    ]);
    expect(of('dial tcp: lookup api.example.com on 10.96.0.10:53: no such host')).toMatchObject([
      { error: 'nxdomain' },
    ]);
    expect(of('dial tcp: lookup api.example.com on 10.96.0.10:53: server misbehaving')).toMatchObject([
      { error: 'servfail' },
    ]);
  });

  it('reads kube-dns, nginx, Node.js, Java and PostgreSQL', () => {
    const of = (text: string) => read(text, 'app').of('probe');
    expect(
      of(
        'I0701 01:11:04.178909       1 logs.go:41] skydns: failure to forward request "read udp 172.17.1.28:38601->168.63.129.16:53: i/o timeout"',
      ),
    ).toMatchObject([
      {
        from: { ip: '172.17.1.28' },
        to: { ip: '168.63.129.16', port: 53 },
        proto: 'dns',
        server: '168.63.129.16',
        error: 'timeout',
      },
    ]);
    expect(
      of(
        '2024/01/01 [error] 7#7: *1 upstream timed out (110: Connection timed out) while connecting to upstream, client: 1.2.3.4, upstream: "http://10.244.1.5:8080/", host: "x"',
      ),
    ).toMatchObject([{ to: { ip: '10.244.1.5', port: 8080 }, error: 'timeout', stage: 'connect' }]);
    expect(
      of('connect() failed (113: No route to host) while connecting to upstream, upstream: "http://10.244.1.5:8080/"'),
    ).toMatchObject([{ error: 'host-unreachable' }]);
    expect(of('Error: connect ECONNREFUSED 10.96.3.3:6379')).toMatchObject([
      { to: { ip: '10.96.3.3', port: 6379 }, proto: 'tcp', error: 'refused' },
    ]);
    expect(of('Error: getaddrinfo EAI_AGAIN redis.shop')).toMatchObject([
      { to: { kind: 'dns', name: 'redis.shop' }, error: 'timeout' },
    ]);
    expect(
      of('io.netty.channel.ConnectTimeoutException: connection timed out: web.default/10.96.1.1:8080'),
    ).toMatchObject([{ to: { ip: '10.96.1.1', port: 8080 }, error: 'timeout' }]);
    expect(of('connection to server at "db" (10.96.3.4), port 5432 failed: Connection refused')).toMatchObject([
      { to: { ip: '10.96.3.4', name: 'db', port: 5432 }, error: 'refused' },
    ]);
  });

  it('makes no probe of loopback, of sockets, of what works or of a client that went away', () => {
    for (const line of [
      'dial tcp 127.0.0.1:9099: connect: connection refused',
      'Get "http://localhost:9099/liveness": dial tcp [::1]:9099: connect: connection refused',
      'dial unix /var/run/cilium/cilium.sock: connect: no such file or directory',
      'Get "https://10.96.0.1:443/version": 200 OK, timeout=32s',
      'read tcp 10.1.1.1:8080->10.1.1.2:51234: read: connection reset by peer',
      'request timed out',
      'dial tcp 999.1.1.1:80: i/o timeout',
    ])
      expect(read(line, 'app').records, line).toEqual([]);
  });

  it("gives kubelet's probes to the node", () => {
    const line =
      'I0224 10:11:12.123456 1234 prober.go:107] "Probe failed" probeType="Readiness" pod="shop/web-1" probeResult=failure output="Get \\"http://10.244.3.2:8080/\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"';
    expect(read(line, 'kubelet', { subject: 'node/n3' }).records).toMatchObject([
      { subject: 'node/n3', value: { to: { ip: '10.244.3.2', port: 8080 }, error: 'timeout' } },
    ]);
    expect(read(line, 'kubelet', { subject: 'node/n3' }).of('probe')[0]!.from).toBeUndefined();
    expect(read(line, 'kubelet').of('probe')[0]!.from).toEqual({ kind: 'node' });
  });

  it('takes a component with a pod address for a pod, even where its log bears the name of a node', () => {
    const line = 'dial tcp 10.96.0.1:443: i/o timeout';
    expect(read(line, 'coredns', { subject: 'node/n1' }).of('probe')[0]!.from).toEqual({ kind: 'pod', node: 'n1' });
    expect(read(line, 'kube-flannel', { subject: 'node/n1' }).of('probe')[0]!.from).toBeUndefined();
    expect(read(line, 'coredns', { subject: 'pod/kube-system/coredns-1' }).of('probe')[0]!.from).toBeUndefined();
  });

  it('makes facts of patterns, on the node where it is known, for components whose name begins so', () => {
    const logPatterns = [
      pattern('log.agent-port-in-use', /bind: address already in use/, ['calico-node', 'kube-flannel']),
      pattern('log.any', /Health/),
      pattern('log.other', /Health/, ['coredns']),
    ];
    const text =
      '2023-05-04 02:10:11.120 [INFO][61] felix/health.go 246: Health enabled.\n2023-05-04 02:10:11.121 [ERROR][61] felix/health.go 259: Health endpoint failed, error=listen tcp 127.0.0.1:9099: bind: address already in use';
    const onNode = read(text, 'calico-node', { subject: 'node/n4', logPatterns });
    expect(onNode.facts).toEqual([
      { name: 'log.any', value: true, line: 1, subject: 'node/n4', at: '2023-05-04T02:10:11.120Z' },
      { name: 'log.agent-port-in-use', value: true, line: 2, subject: 'node/n4', at: '2023-05-04T02:10:11.121Z' },
    ]);
    expect(onNode.of('log-event')).toHaveLength(3);
    expect(
      read(text, 'kube-flannel-ds-x7k2p', { logPatterns }).facts.map(({ name, subject }) => `${name} ${subject}`),
    ).toEqual(['log.any cluster', 'log.agent-port-in-use cluster']);
    expect(read(text, 'antrea-agent', { logPatterns }).value('log.agent-port-in-use')).toBeUndefined();
  });

  it('keeps a bounded number of events, the last one among them, and cuts their text', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `2024-01-01T00:00:00Z again ${i} ${'x'.repeat(5000)}`);
    const { of, records } = read(lines.join('\n'), 'app', { logPatterns: [pattern('log.again', /again/)] });
    expect(of('log-event')).toHaveLength(51);
    expect(records.at(-1)!.line).toBe(500);
    expect(of('log-event')[0]!.text.length).toBeLessThan(310);
  });

  it('unwraps the lines of Docker and tells their time', () => {
    const line = JSON.stringify({
      log: 'dial tcp 10.96.0.1:443: i/o timeout\n',
      stream: 'stderr',
      time: '2024-02-11T09:49:03.123456789Z',
    });
    expect(read(line, 'app').records).toMatchObject([{ at: '2024-02-11T09:49:03.123Z', value: { error: 'timeout' } }]);
    expect(read('{"log":"broken', 'app').records).toEqual([]);
  });

  it('is not slowed by long hostile lines', () => {
    const started = performance.now();
    const hostile = [
      'dial tcp '.repeat(20_000),
      'lookup a'.repeat(20_000),
      `Get "http://${'a.'.repeat(50_000)} timeout`,
      '1:'.repeat(50_000),
    ];
    read(Array.from({ length: 50 }, () => hostile.join('\n')).join('\n'), 'app');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('survives damage and invents no address', () => {
    survivesDamage(componentLog, '', COREDNS, { component: 'coredns', subject: 'cluster' });
  });
});
