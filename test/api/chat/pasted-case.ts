import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A case's bundle as somebody pastes it into a chat: what the people in it said as facts, what they looked at as terminal
 * sessions with prompts.
 */
export function pastedCase(path: string, leaveOut: RegExp = /^$/): string {
  const root = `test/cases/${path}/bundle`;
  const blocks: string[] = [];
  for (const file of filesBelow(root)) {
    if (leaveOut.test(file)) continue;
    const text = readFileSync(join(root, file), 'utf8').replace(/\n*$/, '\n');
    blocks.push(`\`\`\`\n${promptFor(file)}${text}\`\`\``);
  }
  return blocks.join('\n\n');
}

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(root, file)).isFile())
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

/** The prompt and the command that a file of podnet's layout stands for. */
function promptFor(file: string): string {
  if (!file.includes('/')) return '';
  const [kind, ...names] = file.split('/');
  const name = names.at(-1)!;
  const bare = name.replace(/\.(?:txt|json|log)$/, '');
  if (kind === 'nodes') return `[root@${names[0]} ~]# ${commandOf(name)}\n`;
  if (kind === 'pods') return `$ kubectl -n ${names[0]} exec ${names[1]} -- ${commandOf(name)}\n`;
  if (kind === 'captures') return `[root@${names[0]} ~]# tcpdump -nn -i ${bare}\n`;
  if (kind === 'cluster') return `$ kubectl get ${bare} -A -o json\n`;
  if (kind === 'logs' && names[0] === 'kubelet') return `[root@${bare} ~]# journalctl -u kubelet\n`;
  if (kind === 'logs' && names[0] === 'system') return `[root@${bare} ~]# journalctl\n`;
  return kind === 'logs' ? `$ kubectl logs ${bare}\n` : '';
}

/** `cat_.proc.sys.net.ipv4.ip_forward` is `cat /proc/sys/net/ipv4/ip_forward`, as sosreports name files. */
function commandOf(name: string): string {
  if (name.startsWith('cat_')) return `cat ${name.slice('cat_'.length).replaceAll('.', '/')}`;
  return name.replaceAll('_', ' ').replace('http:..', 'http://');
}
