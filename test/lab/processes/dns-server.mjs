// A small DNS server over UDP and TCP that logs as CoreDNS does. Argument: JSON
// {name, port, zone: {name: [addresses]}, cluster, upstream, ready}: names of `zone` are answered, others under
// `cluster` do not exist, all others go to `upstream` (a server of the outside has none).
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { answer, question } from './dns-message.mjs';
import { sayReady } from './ready.mjs';

const {
  name,
  listen = '0.0.0.0',
  port = 53,
  zone,
  cluster,
  upstream,
  ready,
  log = true,
  slowMs = 0,
} = JSON.parse(process.argv[2]);
process.title = name;
const RCODES = { 0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED' };
const say = (line) => log && process.stdout.write(`${line}\n`);

say(
  `.:53\n[INFO] plugin/reload: Running configuration SHA512 = 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\nCoreDNS-1.9.3\nlinux/amd64, go1.18.2, 45b0a11`,
);

function known(asked) {
  const addresses = zone[asked.name.toLowerCase()];
  if (addresses !== undefined)
    return { addresses: asked.type === 'A' ? addresses : [], authoritative: cluster !== undefined };
  if (cluster === undefined || asked.name.toLowerCase().endsWith(`${cluster}.`)) return { rcode: 3 };
  return undefined;
}

function respond(query, peer, protocol, send) {
  const asked = question(query);
  if (asked === undefined) return;
  const started = process.hrtime.bigint();
  const finish = (reply, authoritative) => {
    const seconds = (Number(process.hrtime.bigint() - started) / 1e9).toFixed(9);
    const flags = authoritative ? 'qr,aa,rd' : 'qr,rd,ra';
    say(
      `[INFO] ${peer.address}:${peer.port} - ${asked.id} "${asked.type} IN ${asked.name} ${protocol} ${asked.size} false 1232" ${RCODES[reply[3] & 15]} ${flags} ${reply.length} ${seconds}s`,
    );
    send(reply);
  };
  const direct = known(asked);
  if (direct !== undefined) {
    const reply = answer(query, asked, direct);
    if (slowMs > 0) setTimeout(finish, slowMs, reply, true);
    else finish(reply, true);
    return;
  }
  forward(query, asked, (reply) => finish(reply ?? answer(query, asked, { rcode: 2, authoritative: false }), false));
}

function forward(query, asked, done) {
  const socket = createSocket('udp4');
  let over = false;
  const end = (reply, reason) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    if (reply === undefined) {
      const from = `${address ?? '10.244.1.2'}:${localPort}`;
      say(`[ERROR] plugin/errors: 2 ${asked.name} ${asked.type}: read udp ${from}->${upstream}:53: ${reason}`);
    }
    try {
      socket.close();
    } catch {
      // Closed by its own error.
    }
    done(reply);
  };
  let address;
  let localPort = 0;
  const timer = setTimeout(() => end(undefined, 'i/o timeout'), 1500);
  socket.on('error', (error) =>
    end(undefined, error.code === 'ECONNREFUSED' ? 'read: connection refused' : 'i/o timeout'),
  );
  socket.on('message', (reply) => end(Buffer.from(reply)));
  socket.connect(53, upstream, (error) => {
    if (error) return end(undefined, 'no route to host');
    ({ address, port: localPort } = socket.address());
    socket.send(query);
  });
}

const udp = createSocket('udp4');
udp.on('message', (query, peer) => respond(query, peer, 'udp', (reply) => udp.send(reply, peer.port, peer.address)));
udp.on('error', () => {});
const tcp = createServer((socket) => {
  let held = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
    const query = held.subarray(2, 2 + held.readUInt16BE(0));
    const peer = { address: socket.remoteAddress, port: socket.remotePort };
    respond(query, peer, 'tcp', (reply) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.end(Buffer.concat([length, reply]));
    });
  });
});
udp.bind(port, listen, () => tcp.listen(port, listen, () => ready && sayReady(ready)));
