/**
 * A capture for the benchmark: connections, lookups and pings as a node's NIC sees them, most of them in VXLAN, written as
 * pcap. Every byte follows from the seed.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

const TCP = 6;
const UDP = 17;
const [FIN, SYN, PSH, ACK] = [1, 2, 8, 16];
const DATA = Buffer.alloc(1500, 'podnet bench ');
const WRITE = 4 * 1024 * 1024;

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function sum16(bytes, from, to, start = 0) {
  let sum = start;
  for (let i = from; i + 1 < to; i += 2) sum += bytes.readUInt16BE(i);
  if ((to - from) % 2 === 1) sum += bytes[to - 1] << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

const pod = (node, host) => ((10 << 24) | (244 << 16) | (node << 8) | host) >>> 0;
const nodeIp = (node) => ((192 << 24) | (168 << 16) | node) >>> 0;

/** Writes an IPv4 header at `at` for `payload` bytes behind it; returns where they begin. */
function ipv4(bytes, at, protocol, src, dst, payload) {
  bytes.fill(0, at, at + 20);
  bytes[at] = 0x45;
  bytes.writeUInt16BE(20 + payload, at + 2);
  bytes.writeUInt16BE(0x4000, at + 6);
  bytes[at + 8] = 64;
  bytes[at + 9] = protocol;
  bytes.writeUInt32BE(src, at + 12);
  bytes.writeUInt32BE(dst, at + 16);
  bytes.writeUInt16BE(~sum16(bytes, at, at + 20) & 0xffff, at + 10);
  return at + 20;
}

function ethernet(bytes, at, from, to) {
  bytes.writeUIntBE(0x020000000000 + to, at, 6);
  bytes.writeUIntBE(0x020000000000 + from, at + 6, 6);
  bytes.writeUInt16BE(0x0800, at + 12);
  return at + 14;
}

/** Of TCP and UDP, over the pseudo header. */
function checksum(bytes, at, length, protocol, ipAt) {
  const pseudo = sum16(bytes, ipAt + 12, ipAt + 20, protocol + length);
  return ~sum16(bytes, at, at + length, pseudo) & 0xffff;
}

/** Conversations that go on at the same time. */
const GOING = 200;

/** Packets of conversations that take their turns; `count` of them at least are written to `path`. */
export function writeCapture(path, count, seed = 7) {
  const next = random(seed);
  const file = openSync(path, 'w');
  const buffer = Buffer.alloc(WRITE + 4096);
  let used = 0;
  let packets = 0;
  let bytes = 0;
  let micros = 0;
  const flush = () => {
    writeSync(file, buffer, 0, used);
    bytes += used;
    used = 0;
  };
  buffer.writeUInt32LE(0xa1b2c3d4, 0);
  buffer.writeUInt16LE(2, 4);
  buffer.writeUInt16LE(4, 6);
  buffer.writeUInt32LE(262144, 16);
  buffer.writeUInt32LE(1, 20);
  used = 24;

  /** One packet from one pod to another; `fill` writes what is behind the IP header and returns its length. */
  const packet = ({ from, to, tunnelled, protocol }, length, fill) => {
    const start = used + 16;
    let at = ethernet(buffer, start, from.node, to.node);
    if (tunnelled) {
      const udp = ipv4(buffer, at, UDP, nodeIp(from.node), nodeIp(to.node), 16 + 14 + 20 + length);
      buffer.writeUInt16BE(40000 + (from.host & 0xff), udp);
      buffer.writeUInt16BE(8472, udp + 2);
      buffer.writeUInt16BE(16 + 14 + 20 + length, udp + 4);
      buffer.writeUInt16BE(0, udp + 6);
      buffer.writeUInt32BE(0x08000000, udp + 8);
      buffer.writeUInt32BE(1 << 8, udp + 12);
      at = ethernet(buffer, udp + 16, from.host, to.host);
    }
    const behind = ipv4(buffer, at, protocol, pod(from.node, from.host), pod(to.node, to.host), length);
    fill(behind, at);
    const size = behind + length - start;
    micros += 20 + next(100);
    buffer.writeUInt32LE(1_700_000_000 + Math.floor(micros / 1e6), used);
    buffer.writeUInt32LE(micros % 1_000_000, used + 4);
    buffer.writeUInt32LE(size, used + 8);
    buffer.writeUInt32LE(size, used + 12);
    used = start + size;
    packets += 1;
    if (used > WRITE) flush();
  };

  const tcp = (flow, ports, flags, seq, ack, payload) =>
    packet(flow, 20 + payload, (at, ip) => {
      buffer.writeUInt16BE(ports[0], at);
      buffer.writeUInt16BE(ports[1], at + 2);
      buffer.writeUInt32BE(seq >>> 0, at + 4);
      buffer.writeUInt32BE(flags & ACK ? ack >>> 0 : 0, at + 8);
      buffer[at + 12] = 0x50;
      buffer[at + 13] = flags;
      buffer.writeUInt16BE(64240, at + 14);
      buffer.writeUInt32BE(0, at + 16);
      DATA.copy(buffer, at + 20, 0, payload);
      buffer.writeUInt16BE(checksum(buffer, at, 20 + payload, TCP, ip), at + 16);
    });

  function* connection(tunnelled) {
    const [client, server] = pair();
    const there = { from: client, to: server, tunnelled, protocol: TCP };
    const back = { from: server, to: client, tunnelled, protocol: TCP };
    const ports = [32768 + next(28000), next(2) ? 8080 : 443];
    const reversed = [ports[1], ports[0]];
    let [a, b] = [next(2 ** 32), next(2 ** 32)];
    yield tcp(there, ports, SYN, a++, 0, 0);
    yield tcp(back, reversed, SYN | ACK, b++, a, 0);
    yield tcp(there, ports, ACK, a, b, 0);
    for (let left = 4 + next(40); left > 0; left--) {
      const ask = 100 + next(400);
      yield tcp(there, ports, PSH | ACK, a, b, ask);
      a += ask;
      const answer = 100 + next(1300);
      yield tcp(back, reversed, PSH | ACK, b, a, answer);
      b += answer;
      yield tcp(there, ports, ACK, a, b, 0);
    }
    yield tcp(there, ports, FIN | ACK, a++, b, 0);
    yield tcp(back, reversed, FIN | ACK, b++, a, 0);
    yield tcp(there, ports, ACK, a, b, 0);
  }

  function* lookup() {
    const [client, server] = pair();
    const id = next(65536);
    const port = 32768 + next(28000);
    const name = Buffer.from(`\x05svc${String(next(90) + 10)}\x07default\x03svc\x07cluster\x05local\0`, 'latin1');
    const message = (response) => {
      const answer = response ? 16 : 0;
      const length = 8 + 12 + name.length + 4 + answer;
      const flow = response ? { from: server, to: client } : { from: client, to: server };
      packet({ ...flow, tunnelled: true, protocol: UDP }, length, (at, ip) => {
        buffer.writeUInt16BE(response ? 53 : port, at);
        buffer.writeUInt16BE(response ? port : 53, at + 2);
        buffer.writeUInt16BE(length, at + 4);
        buffer.writeUInt16BE(0, at + 6);
        buffer.writeUInt16BE(id, at + 8);
        buffer.writeUInt16BE(response ? 0x8180 : 0x0100, at + 10);
        buffer.writeUInt16BE(1, at + 12);
        buffer.writeUInt16BE(response ? 1 : 0, at + 14);
        buffer.writeUInt32BE(0, at + 16);
        name.copy(buffer, at + 20);
        buffer.writeUInt32BE(0x00010001, at + 20 + name.length);
        if (response) buffer.write('c00c000100010000001e00040a600a0a', at + 24 + name.length, 'hex');
        buffer.writeUInt16BE(checksum(buffer, at, length, UDP, ip), at + 6);
      });
    };
    yield message(false);
    yield message(true);
  }

  function* ping() {
    const [client, server] = pair();
    const id = next(65536);
    for (let seq = 1; seq <= 5; seq++) {
      for (const type of [8, 0]) {
        const flow = type === 8 ? { from: client, to: server } : { from: server, to: client };
        yield packet({ ...flow, tunnelled: true, protocol: 1 }, 64, (at) => {
          buffer.writeUInt32BE(type * 2 ** 24, at);
          buffer.writeUInt16BE(id, at + 4);
          buffer.writeUInt16BE(seq, at + 6);
          DATA.copy(buffer, at + 8, 0, 56);
          buffer.writeUInt16BE(~sum16(buffer, at, at + 64) & 0xffff, at + 2);
        });
      }
    }
  }

  function pair() {
    return [
      { node: 1, host: 2 + next(100) },
      { node: 2 + next(20), host: 2 + next(100) },
    ];
  }

  const begin = () => {
    const kind = next(100);
    if (kind < 45) return connection(true);
    if (kind < 60) return connection(false);
    return kind < 90 ? lookup() : ping();
  };
  const going = Array.from({ length: GOING }, begin);
  while (packets < count) {
    const i = next(going.length);
    if (going[i].next().done) going[i] = begin();
  }
  flush();
  closeSync(file);
  return { packets, bytes };
}
