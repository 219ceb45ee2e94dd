import type { Socket } from '../model.js';
import { shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';
import { socketAddress } from './socket-address.js';

/** netstat's words to ss's. A TCP socket in CLOSE is bound and neither listens nor is connected. */
const STATES: Readonly<Record<string, string>> = {
  LISTEN: 'LISTEN',
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
  CLOSING: 'CLOSING',
  CLOSE: 'UNCONN',
  UNKNOWN: 'UNKNOWN',
};
const PROTOCOL = /^(tcp|udp|udplite|raw|sctp)6?$/;
const COLUMNS = /^Proto\s+Recv-Q\s+Send-Q\s+Local Address/;
/** `1011/sshd`, `812/nginx: master`. */
const PROCESS = /\s\d+\/([^\s:]+)/;
/** Options that make netstat print something else than sockets. */
const OTHER_LISTINGS = ['s', 'i', 'r', 'g', 'M'];

function socketOf(line: string): Socket | undefined {
  const words = wordsOf(line);
  const name = PROTOCOL.exec(words[0]!)?.[1];
  const recvQ = wholeNumber(words[1]);
  const sendQ = wholeNumber(words[2]);
  const local = socketAddress(words[3] ?? '');
  const peer = socketAddress(words[4] ?? '');
  if (name === undefined || recvQ === undefined || sendQ === undefined || local === undefined || peer === undefined)
    return undefined;
  const told = words[5] ?? '';
  // UDP has no state unless connected; raw sockets show the protocol number in its place.
  const state = Object.hasOwn(STATES, told) ? STATES[told]! : 'UNCONN';
  if (name === 'tcp' && !Object.hasOwn(STATES, told)) return undefined;
  const proto = name === 'udplite' ? 'udp' : (name as 'tcp' | 'udp' | 'raw' | 'sctp');
  const socket: Socket = { proto, state, recvQ, localIp: local.ip, localPort: local.port ?? 0 };
  // The kernel's table has no backlog in it: netstat's Send-Q of a listening socket is always 0 and says nothing.
  if (state !== 'LISTEN') socket.sendQ = sendQ;
  if (peer.port !== undefined && peer.port !== 0) {
    socket.peerIp = peer.ip;
    socket.peerPort = peer.port;
  }
  const process = PROCESS.exec(line)?.[1];
  if (process !== undefined) socket.process = process;
  return socket;
}

/** `netstat -lntup`, `netstat -an` of net-tools and BusyBox: records `socket`, with states in ss's words. */
export const netstatSockets: Parser = {
  id: 'netstat-sockets',
  provides: ['socket'],
  reads({ program, args }) {
    const letters = shortOptions(args);
    return (
      program === 'netstat' &&
      !OTHER_LISTINGS.some((letter) => letters.has(letter)) &&
      !args.some((arg) => /^--(?:stat|inter|route|group|masq)/.test(arg))
    );
  },
  recognises: (head) => head.some((line) => COLUMNS.test(line) || line.startsWith('Active Internet connections')),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let unix = false;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.startsWith('Active ') || COLUMNS.test(line) || line.startsWith('Proto ')) {
        if (line.startsWith('Active ')) unix = !line.startsWith('Active Internet');
        continue;
      }
      if (unix || line.trim() === '' || /^unix\s/.test(line)) continue;
      // On standard error, and harmless: sockets are listed all the same.
      if (/^\((?:Not all processes could be identified| ?will not be shown)|^ will not be shown/.test(line)) continue;
      const socket = socketOf(line);
      if (socket === undefined) problems.report(i + 1, 'not a socket', line);
      else sink.record('socket', socket, i + 1);
    }
    problems.finish();
  },
};
