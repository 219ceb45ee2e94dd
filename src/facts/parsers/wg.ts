import { isIP } from 'node:net';
import { LineProblems } from './line-problems.js';
import type { FactSink, Parser, ParserInput } from './parser.js';

const FIELD = /^\s*(interface|public key|peer|endpoint|latest handshake|transfer|persistent keepalive): (\S.{0,300})$/;
const KEY = /^[A-Za-z0-9+/]{43}=$/;
/** A handshake is renewed every two minutes while packets flow, and keys are dropped after three (WireGuard, section 6). Seconds. */
const KEYS_EXPIRE = 180;
const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  year: 31_536_000,
};

interface Peer {
  key: string;
  endpoint?: string | undefined;
  /** Seconds since the last handshake; undefined where there was none. */
  handshakeAge?: number | undefined;
  received: boolean;
  sent: boolean;
  keepalive: boolean;
  line: number;
}

/** `1.2.3.4` of `1.2.3.4:51820` and `[fd00::1]:51820`. */
function hostOf(endpoint: string): string | undefined {
  const host = /^\[?([\da-fA-F.:]{2,45}?)\]?:\d{1,5}$/.exec(endpoint)?.[1];
  return host !== undefined && isIP(host) !== 0 ? host : undefined;
}

/** `1 hour, 3 minutes, 12 seconds ago`, `Now`. */
function ageOf(text: string): number | undefined {
  if (/^now/i.test(text)) return 0;
  let age: number | undefined;
  for (const [, count, unit] of text.matchAll(/(\d{1,9}) (second|minute|hour|day|year)s?/g))
    age = (age ?? 0) + Number(count) * SECONDS[unit!]!;
  return age;
}

class Listing {
  readonly own: string[] = [];
  readonly peers: Peer[] = [];
  #device = false;

  readField(name: string, value: string, line: number): void {
    const peer = this.#device ? undefined : this.peers.at(-1);
    if (name === 'interface') this.#device = true;
    else if (name === 'peer') {
      this.#device = false;
      if (KEY.test(value)) this.peers.push({ key: value, received: false, sent: false, keepalive: false, line });
    } else if (name === 'public key') {
      if (KEY.test(value)) this.own.push(value);
    } else if (peer === undefined) return;
    else if (name === 'endpoint') peer.endpoint = hostOf(value);
    else if (name === 'latest handshake') peer.handshakeAge = ageOf(value);
    else if (name === 'persistent keepalive') peer.keepalive = /^every /.test(value);
    else {
      const transfer = /^([\d.]{1,20}) \S{1,5} received, ([\d.]{1,20}) \S{1,5} sent/.exec(value);
      peer.received = Number(transfer?.[1] ?? 0) > 0;
      peer.sent = Number(transfer?.[2] ?? 0) > 0;
    }
  }

  /** A row of `wg show all dump`: device, key, preshared key, endpoint, networks, handshake, received, sent, keepalive. */
  readRow(words: readonly string[], line: number, now: number | undefined): boolean {
    const [, key, second, endpoint, , handshake, received, sent, keepalive] = words;
    if (words.length === 5 && second !== undefined && KEY.test(second)) {
      this.own.push(second);
      return true;
    }
    if (words.length !== 9 || key === undefined || !KEY.test(key)) return false;
    const at = Number(handshake);
    const peer: Peer = { key, received: Number(received) > 0, sent: Number(sent) > 0, keepalive: false, line };
    peer.endpoint = hostOf(endpoint!);
    if (at > 0) peer.handshakeAge = now === undefined ? 0 : Math.max(0, now - at);
    peer.keepalive = /^\d+$/.test(keepalive!) && now !== undefined;
    this.peers.push(peer);
    return true;
  }
}

function isSilent(peer: Peer): boolean {
  if (peer.handshakeAge === undefined) return peer.sent && !peer.received;
  return peer.keepalive && peer.handshakeAge > KEYS_EXPIRE;
}

function tell({ own, peers }: Listing, sink: FactSink): void {
  if (own.length > 0) sink.fact('wireguard.public-keys', own.sort(), 1);
  if (peers.length === 0) return;
  const silent = peers.filter(isSilent);
  sink.fact(
    'wireguard.peers-silent',
    silent.map(({ endpoint, key }) => endpoint ?? key).sort(),
    (silent[0] ?? peers[0]!).line,
  );
  const known = peers.filter(({ endpoint }) => endpoint !== undefined);
  sink.fact('wireguard.peers', known.map(({ endpoint, key }) => `${endpoint} ${key}`).sort(), peers[0]!.line);
}

function read(input: ParserInput, sink: FactSink): void {
  const problems = new LineProblems(sink);
  const listing = new Listing();
  const at = input.at === undefined ? Number.NaN : Date.parse(input.at);
  const now = Number.isNaN(at) ? undefined : Math.floor(at / 1000);
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!.slice(0, 4000);
    const field = FIELD.exec(line);
    if (field !== null) listing.readField(field[1]!, field[2]!.trim(), i + 1);
    else if (line.includes('\t') && /\t[A-Za-z0-9+/]{43}=/.test(line) && !listing.readRow(line.split('\t'), i + 1, now))
      problems.report(i + 1, 'not a peer of WireGuard', line.slice(0, 20));
  }
  problems.finish();
  tell(listing, sink);
}

/**
 * `wg`, `wg show`, `wg show all dump`: `wireguard.public-keys` (the node's own), `wireguard.peers` (`ADDRESS KEY` of each) and
 * `wireguard.peers-silent`: peers that were sent to and never answered, or that are kept alive and have not for three minutes.
 */
export const wg: Parser = {
  id: 'wg',
  provides: ['wireguard.*'],
  reads: ({ program, args }) => program === 'wg' && (args.length === 0 || args[0] === 'show'),
  recognises: (head) =>
    head.some((line) => /^interface: \S/.test(line)) && head.some((line) => /^ {2}public key: \S{44}/.test(line)),
  parse: read,
};
