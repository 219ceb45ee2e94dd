import { isIP } from 'node:net';
import type { BgpPeer } from '../model.js';
import type { Parser } from './parser.js';

const HEADER = /^(?:name\s+proto\s+table\s+state\s+since\s+info|Name\s+Proto\s+Table\s+State\s+Since\s+Info)\b/;
/** `Mesh_10_0_0_12 BGP      master   up     10:11:12    Established`; Calico puts the peer's address in the name. */
const PEER =
  /^(\S{1,80})\s+BGP\s+\S{1,20}\s+(up|start|down|stop)\s+(\S{1,12}(?: \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)?)(?:\s+(\S.{0,120}))?$/;

/** The address in a name that Calico's templates give: `Mesh_10_0_0_12`, `Node_10_0_0_12`, `Global_…`. */
function addressIn(name: string): string {
  const tail = /_((?:\d{1,3}_){3}\d{1,3})$/.exec(name)?.[1]?.replaceAll('_', '.');
  return tail !== undefined && isIP(tail) === 4 ? tail : name;
}

/** `birdc show protocols` (`birdcl`): records `bgp-peer`. */
export const birdc: Parser = {
  id: 'birdc',
  provides: ['bgp-peer'],
  reads: ({ program, args }) => /^birdc?l?6?$/.test(program) && args.some((arg) => /^proto/.test(arg)),
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const match = PEER.exec(lines[i]!.slice(0, 300).trimEnd());
      if (match === null) continue;
      const record: BgpPeer = { peer: addressIn(match[1]!), state: match[2]!, since: match[3]! };
      if (match[4] !== undefined) record.info = match[4];
      sink.record('bgp-peer', record, i + 1);
    }
  },
};
