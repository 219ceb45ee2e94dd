import { type Frame, NEXT_IPV4, NEXT_IPV6 } from './frame.js';
import { readGre } from './gre.js';
import { readIcmp } from './icmp.js';
import { readIcmp6 } from './icmp6.js';
import { readTcp } from './tcp.js';
import { readUdp } from './udp.js';

const ICMP = 1;
const IPV4 = 4;
const TCP = 6;
const UDP = 17;
const IPV6 = 41;
const GRE = 47;
const ICMP6 = 58;

/** Reads what an IP header carries, by its protocol number. */
export function readTransport(frame: Frame): void {
  const { layer } = frame;
  switch (layer.protocol) {
    case TCP:
      readTcp(frame);
      return;
    case UDP:
      readUdp(frame);
      return;
    case ICMP:
      if (layer.family === 4) readIcmp(frame);
      return;
    case ICMP6:
      if (layer.family === 6) readIcmp6(frame);
      return;
    case IPV4:
      layer.tunnel = 'ipip';
      frame.next = NEXT_IPV4;
      return;
    case IPV6:
      layer.tunnel = 'ipip';
      frame.next = NEXT_IPV6;
      return;
    case GRE:
      readGre(frame);
      return;
    default:
  }
}
