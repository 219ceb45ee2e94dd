import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, podnet } from '../cli/podnet.js';
import { writeWalkBundle } from '../cli/walk-bundle.js';
import { cleanUp, FACTS, JSON_TYPE, type Served, scratch, serve } from './server.js';

let served: Served;
let archive: string;

beforeAll(async () => {
  build();
  const folder = scratch();
  const bundle = join(folder, 'bundle');
  writeWalkBundle(bundle, {
    forward: 'DROP',
    facts: 'version: 1\nreachability:\n  - {from: pod/default/a, to: pod/default/b, proto: icmp, ok: false}\n',
  });
  archive = join(folder, 'bundle.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', bundle, '.']);
  served = await serve();
}, 120_000);
afterAll(cleanUp);

const walk = (query: string): Promise<Response> =>
  fetch(`${served.url}/walk?name=bundle.tar.gz${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/gzip' },
    body: new Uint8Array(readFileSync(archive)),
  });

const FLOW = '&from=pod/default/a&to=pod/default/b:8080';
const FLOW_OPTIONS = ['--from', 'pod/default/a', '--to', 'pod/default/b:8080'];

test.each([
  ['json', '', []],
  ['text', '', []],
  ['json', FLOW, FLOW_OPTIONS],
  ['text', `${FLOW}&size=1500&verbose=true`, [...FLOW_OPTIONS, '--size', '1500', '--verbose']],
  ['text', `${FLOW}&lang=zh`, [...FLOW_OPTIONS, '--lang', 'zh']],
  ['json', '&all=true', ['--all']],
])('a bundle gets the answer of the command line, to the byte: %s %s', async (format, query, options) => {
  const response = await walk(`&format=${format}${query}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(podnet(['walk', archive, '--format', format, ...options]).stdout);
});

test.each([
  ['&from=a', 400, 'to'],
  ['&size=1500', 400, 'size'],
  [`${FLOW}&size=19`, 400, 'size'],
  [`${FLOW}&all=true`, 400, 'all'],
  ['&nonsense=1', 400, 'nonsense'],
  ['&from=pod/default/nobody&to=10.0.0.1', 422, 'from'],
  ['&from=a&to=node/n9', 422, 'to'],
])('%s is refused with %i, naming the parameter', async (query, status, field) => {
  const response = await walk(query);
  expect(response.status).toBe(status);
  const { errors } = (await response.json()) as { errors: { field: string; reason: string }[] };
  expect(errors.map((error) => error.field).join()).toContain(field);
});

test('Markdown is no format of a walk', async () => {
  const url = `${served.url}/walk`;
  const headers = { ...JSON_TYPE, accept: 'text/markdown' };
  expect((await fetch(url, { method: 'POST', headers, body: FACTS })).status).toBe(406);
});

test('nothing of a walk is kept', async () => {
  await walk(FLOW);
  const { diagnoses } = (await (await fetch(`${served.url}/diagnoses`)).json()) as { diagnoses: unknown[] };
  expect(diagnoses).toEqual([]);
});
