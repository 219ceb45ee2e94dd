import type { Packet } from '../packet.js';
import { inverted, MAYBE, type Match, type Matcher, NEVER, told } from './match.js';
import { networkMatch, portMatch, protocolMatch } from './packet-matches.js';

/** Conditions on what conntrack knows of a packet's connection (net/netfilter/xt_conntrack.c). */

const STATES: ReadonlySet<string> = new Set(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'DNAT', 'SNAT']);

/** `NEW,RELATED`, `DNAT`. */
export function stateMatch(states: readonly string[]): Matcher {
  const wanted = new Set(states.map((state) => state.toUpperCase()));
  const unread = [...wanted].some((state) => !STATES.has(state));
  return ({ state, translated }) => {
    if (wanted.has(state)) return 'yes';
    if (tracked(state) && ((wanted.has('DNAT') && translated.dst) || (wanted.has('SNAT') && translated.src)))
      return 'yes';
    return unread ? 'maybe' : 'no';
  };
}

function tracked(state: Packet['state']): boolean {
  return state !== 'UNTRACKED' && state !== 'INVALID';
}

/** `--ctstatus ASSURED,DNAT`. The first packet of a connection is neither confirmed nor replied to. */
function statusMatch(text: string): Matcher {
  const wanted = text.toUpperCase().split(',');
  const one = (status: string, packet: Packet): Match => {
    const replied = packet.state === 'ESTABLISHED';
    switch (status) {
      case 'NONE':
        return 'maybe';
      case 'SEEN_REPLY':
        return packet.state === 'RELATED' ? 'maybe' : told(replied);
      case 'CONFIRMED':
        return replied ? 'yes' : 'maybe';
      case 'ASSURED':
        return packet.state === 'NEW' ? 'no' : 'maybe';
      default:
        return 'maybe';
    }
  };
  return (packet) => {
    if (!tracked(packet.state)) return 'no';
    let result: Match = 'no';
    for (const status of wanted) {
      const match = one(status, packet);
      if (match === 'yes') return 'yes';
      if (match === 'maybe') result = 'maybe';
    }
    return result;
  };
}

/** `--ctdir ORIGINAL`. What is new goes the way its connection was made in. */
function directionMatch(text: string): Matcher {
  const original = text.toUpperCase() === 'ORIGINAL';
  return ({ state }) => {
    if (!tracked(state)) return 'no';
    return state === 'NEW' ? told(original) : 'maybe';
  };
}

/** A condition on the addresses that a connection began with: those of its first packet until something translates it. */
function originalMatch(matcher: Matcher, side: 'src' | 'dst'): Matcher {
  return (packet, place) => {
    if (!tracked(packet.state)) return 'no';
    return packet.state === 'NEW' && !packet.translated[side] ? matcher(packet, place) : 'maybe';
  };
}

/** A condition on the addresses that replies bear: the first packet's turned around. */
function replyMatch(matcher: Matcher): Matcher {
  return (packet, place) => {
    if (!tracked(packet.state)) return 'no';
    return packet.state === 'NEW' && !packet.translated.src ? matcher(packet, place) : 'maybe';
  };
}

/** One option of `-m conntrack`, its negation not yet applied. */
export function connectionOption(option: string, value: string): Matcher {
  switch (option) {
    case '--ctstate':
    case '--state':
      return stateMatch(value.split(','));
    case '--ctstatus':
      return statusMatch(value);
    case '--ctdir':
      return directionMatch(value);
    case '--ctproto': {
      const matcher = protocolMatch(value);
      return (packet, place) => (tracked(packet.state) ? matcher(packet, place) : 'no');
    }
    case '--ctorigsrc':
      return originalMatch(networkMatch('src', value), 'src');
    case '--ctorigdst':
      return originalMatch(networkMatch('dst', value), 'dst');
    case '--ctorigsrcport':
      return originalMatch(portMatch('sport', value), 'src');
    case '--ctorigdstport':
      return originalMatch(portMatch('dport', value), 'dst');
    case '--ctreplsrc':
      return replyMatch(networkMatch('dst', value));
    case '--ctreplsrcport':
      return replyMatch(portMatch('dport', value));
    default:
      return MAYBE;
  }
}

/** Negation of a conntrack option: what has no connection matches no option but a state's, negated or not. */
export function negatedConnectionOption(option: string, matcher: Matcher): Matcher {
  if (option === '--ctstate' || option === '--state') return (packet, place) => inverted(matcher(packet, place));
  return (packet, place) => (tracked(packet.state) ? inverted(matcher(packet, place)) : NEVER(packet, place));
}
