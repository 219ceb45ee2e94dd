/**
 * The two ends of the conversations that the namespaces' captures hold. `serve` listens until it is ended, and says `ready`;
 * `talk ADDRESS...` has each kind of conversation with a served address, one after the other, and ends.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const ECHO_PORT = 8080;
const CLOSED_PORT = 81;

/** Answers a query: NXDOMAIN for names that begin with `no`, else the address 10.96.0.10. */
function answer(query) {
  const isMissing = query.subarray(13, 15).toString() === 'no';
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(isMissing ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(isMissing ? 0 : 1, 6);
  const record = isMissing ? '' : 'c00c000100010000001e00040a60000a';
  return Buffer.concat([header, query.subarray(12), Buffer.from(record, 'hex')]);
}

function query(name, id) {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function withLength(message) {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

async function serve() {
  net.createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(ECHO_PORT, '::');
  net
    .createServer((socket) => {
      socket.on('error', () => {}).on('data', (data) => socket.end(withLength(answer(data.subarray(2)))));
    })
    .listen(53, '::');
  for (const type of ['udp4', 'udp6']) {
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (message, from) => socket.send(answer(message), from.port, from.address));
    socket.bind(53);
    await once(socket, 'listening');
  }
  console.log('ready');
}

function typeOf(address) {
  return address.includes(':') ? 'udp6' : 'udp4';
}

/** Sends a datagram, and waits for an answer or for what there is in place of one. */
async function sendUdp(address, port, data) {
  const socket = dgram.createSocket(typeOf(address));
  socket.on('error', () => {});
  socket.connect(port, address);
  await once(socket, 'connect');
  const heard = once(socket, 'message').catch(() => {});
  socket.send(data, () => {});
  await Promise.race([heard, sleep(150)]);
  socket.close();
}

async function sendTcp(address, port, data) {
  const socket = net.connect(port, address);
  socket.on('error', () => {}).on('data', () => socket.end());
  socket.write(data);
  await Promise.race([once(socket, 'close').catch(() => {}), sleep(400)]);
  socket.destroy();
}

async function talk(address) {
  await sendTcp(address, ECHO_PORT, Buffer.alloc(3000, 'hello '));
  await sendTcp(address, CLOSED_PORT, 'refused');
  await sendTcp(address, 53, withLength(query('svc.cluster.local', 7)));
  await sendUdp(address, 53, query('Kubernetes.default.svc.cluster.local', 8));
  await sendUdp(address, 53, query('no.such.name', 9));
  await sendUdp(address, CLOSED_PORT, Buffer.alloc(40, 'nobody listens '));
  await sendUdp(address, CLOSED_PORT, Buffer.alloc(1400, 'too large for a narrow way '));
  await sendUdp(address, CLOSED_PORT, Buffer.alloc(3001, 'in fragments '));
}

const [mode, ...addresses] = process.argv.slice(2);
if (mode === 'serve') await serve();
else for (const address of addresses) await talk(address);
