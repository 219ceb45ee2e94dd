import { expect, test } from 'vitest';
import { wget } from '../../../src/facts/parsers/wget.js';
import { expectReads } from './parse-output.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const GNU = `--2024-03-01 10:00:00--  http://web.default:8080/
Resolving web.default (web.default)... 10.96.1.1
Connecting to web.default (web.default)|10.96.1.1|:8080... connected.
HTTP request sent, awaiting response... 200 OK
Length: 612 [text/html]
Saving to: ‘STDOUT’

2024-03-01 10:00:00 (60 MB/s) - written to stdout [612/612]
`;
const GNU_TIMEOUT = `--2024-03-01 10:00:00--  http://10.96.1.1/
Connecting to 10.96.1.1:80... failed: Connection timed out.
Giving up.
`;
const GNU_CHINESE = `--2024-03-01 10:00:00--  http://10.96.1.1/
正在连接 10.96.1.1:80... 失败：拒绝连接。
`;
const BUSYBOX = `Connecting to web.default:8080 (10.96.1.1:8080)
writing to stdout
<html></html>
-                    100% |********************************|   612  0:00:00 ETA
written to stdout
`;

test.each([
  ['GNU, a document', GNU, { to: { ip: '10.96.1.1', name: 'web.default', port: 8080 }, state: 'ok', status: '200' }],
  [
    'GNU, a timeout',
    GNU_TIMEOUT,
    { to: { ip: '10.96.1.1', port: 80 }, state: 'failing', error: 'timeout', stage: 'connect' },
  ],
  [
    'GNU in Chinese',
    GNU_CHINESE,
    { to: { ip: '10.96.1.1', port: 80 }, state: 'failing', error: 'refused', stage: 'connect' },
  ],
  [
    'GNU, an answer that does not come',
    GNU.replace(
      /awaiting response[\s\S]*/,
      'awaiting response... Read error (Connection timed out) in headers.\nGiving up.\n',
    ),
    { state: 'failing', error: 'timeout', stage: 'request' },
  ],
  ['BusyBox, a document', BUSYBOX, { to: { ip: '10.96.1.1', name: 'web.default', port: 8080 }, state: 'ok' }],
  [
    'BusyBox, refused',
    "Connecting to 10.96.1.1:80 (10.96.1.1:80)\nwget: can't connect to remote host (10.96.1.1): Connection refused\n",
    { to: { ip: '10.96.1.1', port: 80 }, state: 'failing', error: 'refused', stage: 'connect' },
  ],
  [
    'BusyBox, a timeout',
    'Connecting to 10.96.1.1:80 (10.96.1.1:80)\nwget: download timed out\n',
    { state: 'failing', error: 'timeout', stage: 'connect' },
  ],
  ['BusyBox, a name that is none', "wget: bad address 'web.nowhere'\n", { state: 'failing', stage: 'resolve' }],
  [
    'an error status is an answer',
    'Connecting to 10.96.1.1:80 (10.96.1.1:80)\nwget: server returned error: HTTP/1.1 404 Not Found\n',
    { state: 'ok', status: '404' },
  ],
])('%s', (_what, text, probe) => {
  expect(probeIn(wget, 'wget -O- http://web.default:8080', text)).toMatchObject(probe);
});

test('with -q only the document is printed, or nothing', () => {
  expect(probeIn(wget, 'wget -qO- http:..10.96.1.1:80', '<html></html>')).toMatchObject({
    to: { ip: '10.96.1.1', port: 80 },
    state: 'ok',
  });
  expect(readFile(wget, 'wget -qO- http:..10.96.1.1:80', '').of('probe')).toEqual([]);
});

test('is told by its command or its words, and survives damage', () => {
  expectReads(wget, ['wget_-qO-_http:..10.0.0.1'], ['curl_http:..10.0.0.1']);
  expect(wget.recognises?.(GNU.split('\n'))).toBe(true);
  survivesDamage(wget, 'wget http://web.default:8080', GNU);
  survivesDamage(wget, 'wget http://web.default:8080', BUSYBOX);
});
