// Opens TCP connections and keeps them. Argument: JSON {host, port, count, ready}.
import { connect } from 'node:net';
import { sayReady } from './ready.mjs';

const { host, port, count, ready } = JSON.parse(process.argv[2]);
process.title = 'connector';
let waiting = count;
const done = () => {
  waiting -= 1;
  if (waiting === 0) sayReady(ready);
};
for (let i = 0; i < count; i += 1) {
  const socket = connect({ host, port });
  let told = false;
  const once = () => {
    if (!told) done();
    told = true;
  };
  socket.on('connect', once);
  socket.on('error', once);
  // A queue that is full takes no more: those that wait stay.
  setTimeout(once, 1500).unref();
}
setInterval(() => {}, 60_000);
