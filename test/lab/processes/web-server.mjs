// A web server of the lab: `/` is small, `/big` 200 KB. Argument: JSON {name, listen, port, backlog, ready}.
import { createServer } from 'node:http';
import { sayReady } from './ready.mjs';

const { name, listen = '0.0.0.0', ports, backlog = 128, ready } = JSON.parse(process.argv[2]);
process.title = name;
const big = Buffer.alloc(200_000, 'podnet lab\n');
let waiting = ports.length;
for (const port of ports) {
  const server = createServer((request, response) => {
    const body = request.url.startsWith('/big') ? big : Buffer.from(`ok from ${name}\n`);
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length, connection: 'close' });
    response.end(body);
  });
  // Connections that ask for nothing stay open, as those of a pool do.
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  const [host, number] = typeof port === 'string' ? port.split(':') : [listen, port];
  server.listen({ host, port: Number(number), backlog }, () => {
    waiting -= 1;
    if (waiting === 0 && ready) sayReady(ready);
  });
}
