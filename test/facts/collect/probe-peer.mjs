// What probes meet: servers of HTTP that answer, stand still or reset, one that speaks another protocol, and a DNS server
// that knows web.test, refuses refused.test, stays silent to silent.test and, the first time, to late.test.
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

createHttpServer((request, response) => {
  if (request.url === '/big') response.end(Buffer.alloc(100_000, 'x'));
  else if (request.url === '/stall') response.writeHead(200, { 'content-length': '9000' }).write('half');
  else if (request.url === '/silent') return;
  else if (request.url === '/reset') request.socket.destroy();
  else response.end('ok\n');
}).listen(8080, '0.0.0.0');
createServer((socket) => socket.on('error', () => {}).end('220 smtp\r\n')).listen(8081, '0.0.0.0');
let connections = 0;
createHttpServer((request, response) => {
  connections += 1;
  if (connections % 2 === 1) response.end('ok');
  else request.socket.destroy();
}).listen(8082, '0.0.0.0');

const late = new Set();
function answerTo(query) {
  let name = '';
  let at = 12;
  for (; query[at] > 0; at += query[at] + 1) name += `${query.toString('latin1', at + 1, at + 1 + query[at])}.`;
  const question = query.subarray(12, at + 5);
  if (name === 'silent.test.') return undefined;
  if (name === 'late.test.' && !late.has(name)) {
    late.add(name);
    return undefined;
  }
  const known = name === 'web.test.' || name === 'late.test.';
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (known ? 0 : name === 'refused.test.' ? 5 : 3), 2);
  header.writeUInt16BE(known ? 1 : 0, 6);
  header.fill(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 7]);
  return Buffer.concat(known ? [header, question, record] : [header, question]);
}
const udp = createSocket('udp4');
udp.on('message', (query, { port, address }) => {
  const answer = answerTo(query);
  if (answer !== undefined) udp.send(answer, port, address);
});
udp.bind(53, '0.0.0.0', () => process.stdout.write('ready\n'));
createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const answer = answerTo(data.subarray(2));
    if (answer === undefined) return;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(answer.length);
    socket.write(Buffer.concat([length, answer]));
  });
}).listen(53, '0.0.0.0');
