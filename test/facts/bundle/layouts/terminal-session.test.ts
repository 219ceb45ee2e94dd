import { beforeAll, describe, expect, test } from 'vitest';
import { cutSession } from '../../../../src/facts/bundle/terminal-session.js';
import { accountedFor, kernelFiles, readFiles, renamed } from './kernel-case.js';

const PING = `PING 10.244.2.2 (10.244.2.2) 56(84) bytes of data.

--- 10.244.2.2 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 2040ms
`;
const BUSYBOX_PING = `PING 10.33.188.142 (10.33.188.142): 56 data bytes
64 bytes from 10.33.188.142: seq=0 ttl=63 time=0.500 ms
^C
--- 10.33.188.142 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
`;

let own: Record<string, string>;
let session: string;
beforeAll(async () => {
  const files = await kernelFiles('bridge-nf-call-disabled/kernel');
  const isTaken = /^nodes\/n[12]\/(?:ip_addr|ip_-d_link|ip_route|ip_rule|bridge_fdb|sysctl_-a|iptables-save|ss_-lnt)$/;
  own = renamed(files, (path) => (isTaken.test(path) ? path : undefined));
  session = 'Last login: Wed May  1 10:00:00 2024 from 10.0.0.5\n';
  for (const [path, text] of Object.entries(own)) {
    const [, node, name] = path.split('/');
    session += `[root@${node} ~]# ${name!.replaceAll('_', ' ')}\n${text}`;
  }
  session += '[root@n2 ~]# \n[root@n2 ~]# exit\nlogout\n';
});

const commandsIn = (text: string) =>
  cutSession(text.split('\n'), { bare: true, offset: 0 }).map(
    ({ command, subject, lines, offset, unread }) =>
      [[command.program, ...command.args].join(' '), subject, lines.length, offset, unread] as const,
  );

describe('a pasted session', () => {
  test('is one in a file whose name is that of a command, and of nothing more', () => {
    const pasted = `[root@n1 ~]# kubectl exec -n shop web-0 -- ping -c 3 10.244.2.2\n${PING}`;
    const placed = readFiles({ 'ping.txt': pasted }).sources;
    expect(placed).toEqual(
      readFiles({ 'ticket-4711': pasted }).sources.map((one) => one.replace('ticket-4711', 'ping.txt')),
    );
    expect(placed).toContain('pod/shop/web-0 probe ping.txt:2');
    expect(readFiles({ 'ping.txt': PING }).sources).toContain('node/input probe ping.txt:1');
  });

  test('gives the facts of the same outputs in podnet’s layout, of each host its own, with its own lines', () => {
    const read = readFiles({ 'ticket-4711': session });
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.input).toMatchObject({ files: 1, recognised: 1, unrecognised: [], problems: [] });
    const line = session.split('\n').findIndex((text) => /inet 192\.168\.10\.12\//.test(text)) + 1;
    expect(read.sources).toContain(`node/n2 address ticket-4711:${line}`);
  });

  test.each<[string, (text: string) => string | Buffer]>([
    ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['lone CRs', (text) => text.replaceAll('\n', '\r')],
    ['UTF-16 with its mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 without', (text) => Buffer.from(text, 'utf16le')],
    [
      'what script and tmux write',
      (text) =>
        `Script started on 2024-05-01 10:00:00+00:00 [TERM="xterm-256color"]\n\u001b]0;root@n1: ~\u0007\u001b[?2004h${text.replaceAll(/\[root@(n\d) ~\]# (\S)/g, '\u001b[01;32m[root@$1 ~]#\u001b[00m x\b$2')}`,
    ],
    ['GBK', (text) => Buffer.concat([Buffer.from('d6f7bbfa20b6aab0fc0a', 'hex'), Buffer.from(text)])],
  ])('is read with %s', (_, written) => {
    expect(readFiles({ 'ticket-4711': written(session) }).facts).toEqual(readFiles(own).facts);
  });

  test('knows where each command ran by its prompt, and by what led there', () => {
    const text = [
      'user@n1:~$ ping -c 3 10.244.2.2',
      PING.trimEnd(),
      'user@n1:~$ kubectl exec -it web-0 -n shop -- ping -c 3 10.244.2.2',
      PING.trimEnd(),
      'user@n1:~$ kubectl -n shop exec -it web-1 -- sh',
      '/ # ping 10.33.188.142',
      BUSYBOX_PING.trimEnd(),
      '/ # exit',
      'user@n1:~$ sudo docker exec -it 0ffdb1809598 sh',
      '/app # ping 10.33.188.142',
      BUSYBOX_PING.trimEnd(),
      'user@n1:~$ kubectl exec -it web-2 -n shop bash',
      'root@web-2:/# ping -c 3 10.244.2.2',
      PING.trimEnd(),
      '[root@n2 ~]# nsenter -t 30858 -n ping -c 3 10.244.2.2',
      PING.trimEnd(),
      '[root@n2 ~]# nsenter --target 4242 --net bash',
      '[root@n2 ~]# ping -c 3 10.244.2.2',
      PING.trimEnd(),
      '[root@n2 ~]# exit',
      '[root@n2 ~]# ssh root@n3 ping -c 3 10.244.2.2',
      PING.trimEnd(),
      '[root@n2 ~]# ping -c 3 10.244.2.2',
      PING.trimEnd(),
      '[root@n2 ~]# kubectl get pods -o wide',
      'No resources found',
      'C:\\Users\\me> ping 10.244.2.2',
      'Pinging 10.244.2.2 with 32 bytes of data:',
      'n4:~ # ping -c 3 10.244.2.2',
      PING.trimEnd(),
    ].join('\n');
    expect(commandsIn(text).map(([command, subject]) => `${subject} ${command}`)).toEqual([
      'node/n1 ping -c 3 10.244.2.2',
      'pod/shop/web-0 ping -c 3 10.244.2.2',
      'pod/shop/web-1 ping 10.33.188.142',
      'pod/-/0ffdb1809598 ping 10.33.188.142',
      'pod/shop/web-2 ping -c 3 10.244.2.2',
      'pod/-/pid-30858 ping -c 3 10.244.2.2',
      'pod/-/pid-4242 ping -c 3 10.244.2.2',
      'node/n3 ping -c 3 10.244.2.2',
      'node/n2 ping -c 3 10.244.2.2',
      'cluster kubectl get pods -o wide',
      'node/n4 ping -c 3 10.244.2.2',
    ]);
  });

  test('places a container that has no name on the node it was entered from', () => {
    const { facts } = readFiles({
      notes: `[root@n1 flannel]# docker exec -it 0ffdb1809598 sh\n/ # ping 10.33.188.142\n${BUSYBOX_PING}/ # \n`,
    });
    expect(facts.some((fact) => fact.includes('"pod-object"') && fact.includes('"node":"n1"'))).toBe(true);
    expect(facts.some((fact) => fact.startsWith('["pod/-/0ffdb1809598","probe"'))).toBe(true);
  });

  test('gives a pod the namespace that the objects know', () => {
    const pods = {
      kind: 'PodList',
      items: [{ metadata: { name: 'web-0', namespace: 'shop' }, spec: { containers: [] }, status: {} }],
    };
    const { facts } = readFiles({
      'a-session.txt': `[root@n1 ~]# kubectl exec web-0 -- ping -c 3 10.244.2.2\n${PING}`,
      'cluster/pods.json': JSON.stringify(pods),
    });
    expect(facts.some((fact) => fact.startsWith('["pod/shop/web-0","probe"'))).toBe(true);
  });

  test('goes on over lines that end in a backslash, and over a here-doc prompt', () => {
    expect(commandsIn('[root@n1 ~]# ping \\\n>   -c 3 \\\n>   10.244.2.2\nPING 10.244.2.2\n')).toEqual([
      ['ping -c 3 10.244.2.2', 'node/n1', 1, 3, undefined],
    ]);
  });

  test('does not take a part of an output for all of it', () => {
    const read = readFiles({
      session: [
        '[root@n1 ~]# ip route | grep eth0',
        '192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.11',
        '[root@n1 ~]# sysctl -a | grep ip_forward',
        'net.ipv4.ip_forward = 0',
        '[root@n1 ~]# cd /tmp && ip rule | less',
        '0:	from all lookup local',
        '[root@n1 ~]# ip addr > /tmp/addr',
        '[root@n1 ~]# top',
        'top - 10:00:00 up 1 day',
      ].join('\n'),
    });
    expect(read.facts.map((fact) => (JSON.parse(fact) as string[])[1])).toEqual(['rule', 'sysctl.net.ipv4.ip_forward']);
    expect(read.input.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^outputs that were not read: ip \(only what grep leaves of its output\)/),
    ]);
    expect(accountedFor(read.input)).toBe(true);
  });

  test.each([
    ['an iptables dump with comments', '# Generated by iptables-save v1.8.4\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'],
    ['a configuration', '# ip forwarding\n[main]\nplugins = keyfile # more\n'],
    ['a table of prices', 'apples: $ 5\npears # 7\n'],
    ['an e-mail', 'From: user@example.com\nTo: ops@example.com:\nHello # there\n'],
  ])('is not seen in %s', (_, text) => expect(commandsIn(text)).toEqual([]));

  test('of a hostile hand costs nothing but time of its length', () => {
    const started = performance.now();
    for (const piece of ['[root@n1 ', '$ ', '/ # ', '\u001b]0;', "'", 'ip | ', '\\\n', '```\n', '> ']) {
      readFiles({ paste: piece.repeat(Math.ceil(1_000_000 / piece.length)) });
      readFiles({ paste: `[root@n1 ~]# ip route\n${piece.repeat(Math.ceil(300_000 / piece.length))}` });
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
