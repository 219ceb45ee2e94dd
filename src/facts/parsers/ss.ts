import type { Socket } from '../model.js';
import { shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';
import { socketAddress } from './socket-address.js';

const STATES = new Set([
  'LISTEN',
  'UNCONN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSE-WAIT',
  'LAST-ACK',
  'CLOSING',
  'UNKNOWN',
]);
/** The words that `ss state NAME` takes, where they are not the printed ones in lower case. */
const STATE_FILTERS: Readonly<Record<string, string>> = { established: 'ESTAB', listening: 'LISTEN', closed: 'UNCONN' };
const PROTOCOLS: Readonly<Record<string, Socket['proto']>> = {
  tcp: 'tcp',
  mptcp: 'tcp',
  udp: 'udp',
  raw: 'raw',
  sctp: 'sctp',
};
/** Netids whose sockets no fact needs: Unix, netlink, packet, vsock, … */
const OTHER_NETIDS = /^(?:u_\w+|nl|p_raw|p_dgr|icmp6|dccp|v_\w+|ti_\w+|xdp|\?\?\?)$/;
const HEADER = /^(?:Netid\s+)?(?:State\s+)?Recv-Q\s+Send-Q\s+Local/;

/** The protocol of lines without a Netid column: ss leaves it out where one family was asked for. */
function protocolOf({ args }: Command): Socket['proto'] {
  const letters = shortOptions(args);
  if (letters.has('u') || args.includes('--udp')) return 'udp';
  if (letters.has('w') || args.includes('--raw')) return 'raw';
  return letters.has('S') || args.includes('--sctp') ? 'sctp' : 'tcp';
}

/** `ss state established` leaves the State column out. */
function stateOf({ args }: Command): string | undefined {
  const at = args.indexOf('state');
  const word = at < 0 ? undefined : args[at + 1]?.toLowerCase();
  if (word === undefined) return undefined;
  return Object.hasOwn(STATE_FILTERS, word) ? STATE_FILTERS[word] : word.toUpperCase();
}

/** Whether TCP sockets that listen are among what the command lists; a filter of ss's own may leave them out. */
function listsTcpListeners({ args }: Command): boolean {
  const letters = shortOptions(args);
  const listening = letters.has('l') || letters.has('a') || args.includes('--listening') || args.includes('--all');
  const tcp = letters.has('t') || args.includes('--tcp') || !['u', 'w', 'x', 'S'].some((letter) => letters.has(letter));
  return listening && tcp && args.every((arg) => arg.startsWith('-'));
}

function processOf(text: string): string | undefined {
  return /users:\(\("([^"]*)"/.exec(text)?.[1];
}

/** A socket's line, its words already without Netid; undefined where it is none. */
function socketOf(proto: Socket['proto'], words: readonly string[], state: string | undefined): Socket | undefined {
  let i = 0;
  let told = state;
  if (STATES.has(words[0] ?? '')) {
    told = words[0]!;
    i = 1;
  }
  const recvQ = wholeNumber(words[i]);
  const sendQ = wholeNumber(words[i + 1]);
  const local = socketAddress(words[i + 2] ?? '');
  const peer = socketAddress(words[i + 3] ?? '');
  if (told === undefined || recvQ === undefined || sendQ === undefined || local === undefined || peer === undefined)
    return undefined;
  const socket: Socket = { proto, state: told, recvQ, sendQ, localIp: local.ip, localPort: local.port ?? 0 };
  if (peer.port !== undefined) {
    socket.peerIp = peer.ip;
    socket.peerPort = peer.port;
  }
  if (local.dev !== undefined) socket.dev = local.dev;
  return socket;
}

/**
 * `ss -lntup`, `ss -tan` and their like: records `socket`, TCP, UDP, raw and SCTP. A raw socket's `localPort` is 0. Lines
 * that `-i`, `-m` and `-e` add are passed over, except for the process that narrow terminals wrap to a line of its own.
 * A listing of listeners that holds nothing but its header makes `sockets.none-listening`.
 */
export const ss: Parser = {
  id: 'ss',
  provides: ['socket'],
  reads: ({ program, args }) => program === 'ss' && !shortOptions(args).has('s') && !args.includes('--summary'),
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const filter = stateOf(input.command);
    const single = protocolOf(input.command);
    let pending: { socket: Socket; line: number } | undefined;
    let header: number | undefined;
    let empty = true;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '') continue;
      if (HEADER.test(line)) {
        header ??= i + 1;
        continue;
      }
      empty = false;
      if (/^\s/.test(line) || line.startsWith('users:((')) {
        const process = processOf(line);
        if (pending !== undefined && process !== undefined) pending.socket.process ??= process;
        continue;
      }
      if (pending !== undefined) sink.record('socket', pending.socket, pending.line);
      pending = undefined;
      const words = wordsOf(line);
      const first = words[0]!;
      if (OTHER_NETIDS.test(first)) continue;
      const named = Object.hasOwn(PROTOCOLS, first);
      const socket = socketOf(named ? PROTOCOLS[first]! : single, named ? words.slice(1) : words, filter);
      if (socket === undefined) {
        problems.report(i + 1, 'not a socket', line);
        continue;
      }
      const process = processOf(line);
      if (process !== undefined) socket.process = process;
      pending = { socket, line: i + 1 };
    }
    if (pending !== undefined) sink.record('socket', pending.socket, pending.line);
    if (header !== undefined && empty && listsTcpListeners(input.command)) {
      sink.fact('sockets.none-listening', true, header);
    }
    problems.finish();
  },
};
