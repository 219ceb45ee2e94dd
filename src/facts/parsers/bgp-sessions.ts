import { isIP } from 'node:net';
import type { Command, Parser } from './parser.js';

/** Tables of BGP sessions, by the tool that prints them, with the words that say a session is up. */
const UP = /\bEstablished\b|\bestablished\b|\bEstabl\b/;
/**
 * A session's row, by what each tool prints of it:
 * - `calicoctl node status`: `| 10.0.0.2 | node-to-node mesh | start | 10:21:02 | Active Socket: Connection refused |`
 * - `birdcl show protocols`: `Mesh_10_0_0_2 BGP  master  start  10:21:02  Connect  Socket: Connection refused`
 * - `gobgp neighbor`: `10.0.0.2  64512  never  Active  | 0  0`
 * - `cilium bgp peers`: `node1  64512  64512  10.0.0.2  active  0s  ipv4/unicast  0  0`
 */
const CALICO = /^\|\s*([\da-fA-F:.]{3,45})\s*\|[^|]{0,60}\|\s*(\S{1,20})\s*\|[^|]{0,40}\|\s*([^|]{0,120})\|/;
const BIRD = /^(\w{1,64})\s+BGP\s+\S{1,40}\s+(up|down|start|stop|flush)\b(.{0,200})/;
const GOBGP =
  /^\s*([\da-fA-F:.]{3,45})\s+\d{1,10}\s+\S{1,20}\s+(Establ|Active|Idle|Connect|OpenSent|OpenConfirm)\w*\s*\|/;
const CILIUM =
  /^.{0,80}?\s\d{1,10}\s+\d{1,10}\s+([\da-fA-F:.]{3,45})\s+(established|active|idle|connect|open_?sent|open_?confirm)\b/;

/**
 * `calicoctl node status`, `birdcl show protocols`, `gobgp neighbor` (kube-router) and `cilium bgp peers`: the peers whose
 * session is not established, an empty list where all are. Makes nothing known where no session is listed.
 */
export const bgpSessions: Parser = {
  id: 'bgp-sessions',
  provides: ['bgp.sessions-down'],
  reads: ({ program, args }: Command) =>
    (program === 'calicoctl' && args[0] === 'node' && args[1] === 'status') ||
    (/^birdc?l?6?$/.test(program) && args.includes('protocols')) ||
    (program === 'gobgp' && /^neigh/.test(args[0] ?? '')) ||
    (program === 'cilium' && args[0] === 'bgp' && args[1] === 'peers'),
  recognises: (head) =>
    head.some((line) => /^\| PEER ADDRESS \|/.test(line)) ||
    head.some((line) => /^(?:Peer\s+AS\s+Up\/Down\s+State|Node\s+Local AS\s+Peer AS\s+Peer Address)/.test(line)),
  parse({ lines }, sink) {
    const down: string[] = [];
    let first: number | undefined;
    let firstDown: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const session = sessionOf(lines[i]!.slice(0, 400));
      if (session === undefined) continue;
      first ??= i + 1;
      if (session.up) continue;
      firstDown ??= i + 1;
      if (!down.includes(session.peer)) down.push(session.peer);
    }
    if (first !== undefined) sink.fact('bgp.sessions-down', down.sort(), firstDown ?? first);
  },
};

function sessionOf(line: string): { peer: string; up: boolean } | undefined {
  const calico = CALICO.exec(line);
  if (calico !== null) return isIP(calico[1]!) === 0 ? undefined : { peer: calico[1]!, up: UP.test(calico[3]!) };
  const bird = BIRD.exec(line);
  if (bird !== null) {
    // A template of Calico's own configuration, not a peer.
    if (bird[1] === 'bgp_template') return undefined;
    const address = /(?:Mesh|Node|Global|Peer)_([\d_]{7,20})$/.exec(bird[1]!)?.[1]?.replaceAll('_', '.');
    return { peer: address ?? bird[1]!, up: UP.test(bird[3]!) };
  }
  const row = GOBGP.exec(line) ?? CILIUM.exec(line);
  if (row === null || isIP(row[1]!) === 0) return undefined;
  return { peer: row[1]!, up: UP.test(row[2]!) };
}
