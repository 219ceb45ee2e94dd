import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, EXAMPLE } from '../cli/podnet.js';
import { cleanUp, commandLine, diagnose, FACTS, JSON_TYPE, type Served, scratch, serve } from './server.js';

let served: Served;
let folder: string;
let archive: string;

beforeAll(async () => {
  build();
  folder = scratch();
  archive = join(folder, 'bundle.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', EXAMPLE, '.']);
  served = await serve();
}, 120_000);
afterAll(cleanUp);

interface Problem {
  type: string;
  title: string;
  status: number;
  errors?: { field: string; reason: string }[];
}

async function problem(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as Problem;
  expect(body.status).toBe(response.status);
  return body;
}

test.each(['en', 'zh'])('facts as JSON get the answer of the command line, to the byte, in %s', async (lang) => {
  const file = join(folder, 'facts.json');
  writeFileSync(file, FACTS);
  const response = await diagnose(served.url, FACTS, JSON_TYPE, `?lang=${lang}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-language')).toBe(lang);
  expect(await response.text()).toBe(commandLine(['--format', 'json', '--lang', lang, file]));
});

test.each(['json', 'text', 'markdown'])(
  'an archive gets the answer of the command line, to the byte, as %s',
  async (format) => {
    const response = await diagnose(
      served.url,
      new Uint8Array(readFileSync(archive)),
      { 'content-type': 'application/gzip' },
      `?name=bundle.tar.gz&format=${format}`,
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(commandLine(['--format', format, archive]));
  },
);

test('a pasted text gets the answer of the command line, to the byte', async () => {
  const text = '[root@n2 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n';
  const response = await diagnose(served.url, text, { 'content-type': 'text/plain' });
  expect(await response.text()).toBe(commandLine(['--format', 'json', '-'], text));
});

test('files of a form are read as one bundle, as the command line reads several', async () => {
  const facts = join(folder, 'facts.json');
  writeFileSync(facts, FACTS);
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(readFileSync(archive))]), 'bundle.tar.gz');
  form.append('file', new Blob([FACTS]), 'facts.json');
  const response = await fetch(`${served.url}/diagnose`, { method: 'POST', body: form });
  expect(await response.text()).toBe(commandLine(['--format', 'json', archive, facts]));
});

test.each([
  ['text/markdown', '--format=markdown'],
  ['text/plain;q=0.5, text/markdown;q=0.1', '--format=text'],
])('Accept: %s chooses the format', async (accept, option) => {
  const file = join(folder, 'facts.json');
  writeFileSync(file, FACTS);
  const response = await diagnose(served.url, FACTS, { ...JSON_TYPE, accept });
  expect(await response.text()).toBe(commandLine([option, file]));
});

test('Accept-Language chooses the language, and ?lang= beats it', async () => {
  const chinese = { ...JSON_TYPE, 'accept-language': 'fr, zh-CN;q=0.9, en;q=0.8' };
  expect((await diagnose(served.url, FACTS, chinese)).headers.get('content-language')).toBe('zh');
  expect((await diagnose(served.url, FACTS, chinese, '?lang=en')).headers.get('content-language')).toBe('en');
});

test('a field that is wrong is named with its reason', async () => {
  const wrong = JSON.stringify({
    version: 1,
    reachability: [{ to: { kind: 'pod', port: 'x' }, proto: 'icmp', ok: true }],
  });
  const response = await diagnose(served.url, wrong);
  expect(response.status).toBe(422);
  expect((await problem(response)).errors).toEqual([
    { field: '/reachability/0/to/port', reason: expect.any(String) as string },
  ]);
});

test('a problem is told in the language of the caller', async () => {
  const response = await diagnose(served.url, '{"clutser":{}}', { ...JSON_TYPE, 'accept-language': 'zh' });
  expect((await problem(response)).errors).toEqual([{ field: '/clutser', reason: '不是已知字段' }]);
});

test.each([
  ['no JSON', '{', JSON_TYPE, '', 400],
  ['an empty body', '', { 'content-type': 'text/plain' }, '', 400],
  ['a kind of body that is not taken', 'x', { 'content-type': 'image/png' }, '', 415],
  ['an encoded body', gzipSync('{}').toString('latin1'), { ...JSON_TYPE, 'content-encoding': 'gzip' }, '', 415],
  ['a language that is not spoken', FACTS, JSON_TYPE, '?lang=fr', 400],
  ['a parameter that is not known', FACTS, JSON_TYPE, '?lnag=en', 400],
  ['a format that is not there', FACTS, { ...JSON_TYPE, accept: 'image/png' }, '', 406],
])('%s is refused', async (_name, body, headers, query, status) => {
  const response = await diagnose(served.url, body, headers, query);
  expect(response.status).toBe(status);
  await problem(response);
});

test('an address with another method says which it takes', async () => {
  const response = await fetch(`${served.url}/diagnose`);
  expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
});

test('the rules are those that the command line lists', async () => {
  const causes = (await (await fetch(`${served.url}/rules`)).json()) as { id: string }[];
  const first = await fetch(`${served.url}/rules/${causes[0]!.id}`);
  expect(((await first.json()) as { id: string }).id).toBe(causes[0]!.id);
  expect((await fetch(`${served.url}/rules/nothing`)).status).toBe(404);
});

test('Prometheus reads what was diagnosed', async () => {
  await diagnose(served.url);
  const text = await (await fetch(`${served.url}/metrics`)).text();
  expect(text).toMatch(/^podnet_diagnoses_total\{outcome="diagnosed"\} [1-9]/m);
});

test('the page to try it takes everything from the server itself', async () => {
  const response = await fetch(`${served.url}/`);
  const page = await response.text();
  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  for (const [, path] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
    expect((await fetch(served.url + path)).status).toBe(200);
  }
});
