import { beforeAll, describe, expect, test } from 'vitest';
import { kernelFiles, readFiles, renamed } from './kernel-case.js';

let own: Record<string, string>;
let markdown: string;
beforeAll(async () => {
  const files = await kernelFiles('route-missing/kernel');
  own = renamed(files, (path) => (/^nodes\/n2\/(?:ip_addr|ip_route|sysctl_-a)$/.test(path) ? path : undefined));
  markdown = '## 现象\n\nPod 之间不通:\n\n';
  for (const [path, text] of Object.entries(own)) {
    markdown += `查看 \`${path}\`:\n\n\`\`\`shell\n[root@n2 ~]# ${path.split('/')[2]!.replaceAll('_', ' ')}\n${text}\`\`\`\n\n`;
  }
});

describe('Markdown', () => {
  test('with sessions in fenced blocks gives the facts of their outputs', () => {
    const read = readFiles({ 'report.md': markdown });
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.input).toMatchObject({ recognised: 1, problems: [] });
  });

  test('may show outputs as comments below their command, remarks among them', () => {
    const text = [
      '```bash',
      'sysctl net.ipv4.ip_forward',
      '# net.ipv4.ip_forward = 0',
      'kubectl exec -it web-0 -n shop -- sh',
      'ping 10.9.30.253',
      '#（这里卡死，ping不通）',
      'ip ro',
      '# default via 10.9.189.51 dev eth0 onlink',
      '```',
    ].join('\n');
    const read = readFiles({ 'post.txt': text });
    expect(read.facts).toEqual([
      expect.stringMatching(/^\["node\/input","sysctl\.net\.ipv4\.ip_forward",0/),
      expect.stringMatching(/^\["pod\/shop\/web-0","route",.*"via":"10\.9\.189\.51"/),
    ]);
    expect(read.sources).toContain('pod/shop/web-0 route post.txt:8');
  });

  test('may have a session outside of blocks, which a list or a heading ends', () => {
    const text = [
      '- **nodes reach each other**',
      '  [root@n1 flannel]# sysctl net.ipv4.ip_forward',
      '  net.ipv4.ip_forward = 1',
      '',
      '- **pods do not**',
      '### Next',
      'net.ipv4.ip_forward = 0 would be worse',
      '```',
      '```',
    ].join('\n');
    const read = readFiles({ 'report.md': text });
    expect(read.facts).toEqual([expect.stringMatching(/^\["node\/n1","sysctl\.net\.ipv4\.ip_forward",1/)]);
    expect(read.sources).toEqual(['node/n1 sysctl.net.ipv4.ip_forward report.md:3']);
  });

  test('may head a block with its command', () => {
    const text =
      '# ip rule\n\n```\n0:	from all lookup local\n```\n\n**`sysctl net.ipv4.ip_forward`**:\n\n~~~\nnet.ipv4.ip_forward = 1\n~~~\n';
    expect(readFiles({ x: text }).sources).toEqual([
      'node/input rule x:4',
      'node/input sysctl.net.ipv4.ip_forward x:10',
    ]);
  });

  test('has blocks that only their content tells', () => {
    const text = '```yaml\napiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n```\n\n```go\nfunc main() {}\n```\n';
    const read = readFiles({ x: text });
    expect(read.facts).toHaveLength(1);
    expect(read.sources).toEqual(['node/n1 node-object x:2']);
  });

  test('whose last block is never closed is read to its end', () => {
    expect(readFiles({ x: '```\n$ sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n' }).sources).toEqual([
      'node/input sysctl.net.ipv4.ip_forward x:3',
    ]);
  });
});

describe('a report without blocks and prompts', () => {
  test('is cut at its commands, and prose is no output', () => {
    const text = [
      '问题现象',
      '',
      'cat /proc/sys/net/bridge/bridge-nf-call-iptables',
      '# 0',
      '',
      '返回0,说明没有开启。 net.ipv4.ip_forward = 9',
      'ip rule',
      '0:	from all lookup local',
      '使用命令查看',
    ].join('\n');
    expect(readFiles({ 'post.txt': text }).sources).toEqual([
      'node/input sysctl.net.bridge.bridge-nf-call-iptables post.txt:4',
      'node/input rule post.txt:8',
    ]);
  });
});
