import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, podnet } from '../cli/podnet.js';
import { cleanUp, diagnose, FACTS, JSON_TYPE, type Served, scratch, serve, until } from './server.js';

const TOKENS = ['token-of-the-bot', 'token-of-the-desk'];
let served: Served;
let tokenFile: string;

beforeAll(async () => {
  build();
  tokenFile = join(scratch(), 'tokens');
  const lines = TOKENS.map((token, i) => `sha256:${createHash('sha256').update(token).digest('hex')} caller-${i}`);
  writeFileSync(tokenFile, `# who may ask\n${lines.join('\n')}\n`);
  served = await serve(['--token-file', tokenFile, '--public-url', 'https://podnet.example.org/']);
}, 120_000);
afterAll(cleanUp);

const bearer = (token: string) => ({ ...JSON_TYPE, authorization: `Bearer ${token}` });

test.each(TOKENS)('%s opens the server', async (token) => {
  expect((await diagnose(served.url, FACTS, bearer(token))).status).toBe(200);
});

test.each([
  ['no token', JSON_TYPE],
  ['another token', bearer('token-of-a-stranger')],
  ['the hash of a token', bearer(createHash('sha256').update(TOKENS[0]!).digest('hex'))],
])('%s does not', async (_name, headers) => {
  const response = await diagnose(served.url, FACTS, headers);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="podnet"');
});

test.each(['/rules', '/diagnoses', '/metrics', '/diagnoses/AAAAAAAAAAAAAAAA'])('%s needs a token', async (path) => {
  expect((await fetch(served.url + path)).status).toBe(401);
});

test.each(['/healthz', '/readyz', '/openapi.json', '/'])('%s needs none', async (path) => {
  expect((await fetch(served.url + path)).status).toBe(200);
});

test('a permalink opens its diagnosis without a token, and with a changed key it does not', async () => {
  const response = await diagnose(served.url, FACTS, bearer(TOKENS[0]!));
  const permalink = response.headers.get('podnet-permalink')!;
  expect(permalink).toMatch(/^https:\/\/podnet\.example\.org\/diagnoses\//);
  const { pathname, search } = new URL(permalink);
  const kept = await fetch(served.url + pathname + search);
  expect(await kept.text()).toBe(await response.text());
  const other = search.at(-1) === 'A' ? 'B' : 'A';
  expect((await fetch(served.url + pathname + search.slice(0, -1) + other)).status).toBe(401);
  expect((await fetch(served.url + pathname)).status).toBe(401);
});

test('a browser gets a page in which nothing of a dump is markup', async () => {
  const facts = JSON.stringify({ ...(JSON.parse(FACTS) as object), complaint: '<script>alert(1)</script>' });
  const response = await diagnose(served.url, facts, bearer(TOKENS[0]!));
  const { pathname, search } = new URL(response.headers.get('podnet-permalink')!);
  const page = await fetch(served.url + pathname + search, { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).not.toContain('<script>');
});

test('the log holds no token, no key and nothing of a body', async () => {
  const headers = bearer(TOKENS[1]!);
  const facts = JSON.stringify({ complaint: 'words-of-the-customer', ...(JSON.parse(FACTS) as object) });
  const response = await diagnose(served.url, facts, headers);
  const { pathname, search } = new URL(response.headers.get('podnet-permalink')!);
  await fetch(served.url + pathname + search);
  await diagnose(served.url, 'words-of-the-customer', headers);
  await until(async () => served.log().split('"route":"/diagnose"').length > 2);
  const log = served.log();
  for (const secret of [...TOKENS, 'words-of-the-customer', search, pathname]) expect(log).not.toContain(secret);
});

test('too many requests of one caller are turned away, those of another are not', async () => {
  const limited = await serve(['--token-file', tokenFile, '--rate-limit', '3']);
  const ask = (token: string) => fetch(`${limited.url}/rules`, { headers: bearer(token) });
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await ask(TOKENS[0]!)).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect((await ask(TOKENS[1]!)).status).toBe(200);
  await limited.end();
});

test.each([
  [['--host', '0.0.0.0'], 'is not loopback'],
  [['--token-file', '/nowhere'], 'cannot be read'],
  [['--port', '70000'], '--port'],
  [['--database-url', 'mysql://x'], '--database-url'],
])('%j is refused before anything listens', (args, words) => {
  const { status, stderr } = podnet(['serve', ...args]);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});

test('a token in clear in the token file is refused, and not shown', () => {
  const file = join(scratch(), 'tokens');
  writeFileSync(file, 'my-secret-token\n');
  const { status, stderr } = podnet(['serve', '--token-file', file]);
  expect(status).toBe(2);
  expect(stderr).toContain(`${file}:1`);
  expect(stderr).not.toContain('my-secret-token');
});
