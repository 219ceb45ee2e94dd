import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, EXAMPLE } from '../cli/podnet.js';
import { cleanUp, commandLine, JSON_TYPE, type Served, serve } from './server.js';

let served: Served;

beforeAll(async () => {
  build();
  served = await serve();
}, 120_000);
afterAll(cleanUp);

interface Session {
  id: string;
  version: number;
  answers: { question: string }[];
  question?: { id: string; text: string; choices: { value: string }[] };
  refused: { question: string }[];
  diagnosis: { outcome: string; diagnoses: { cause: string }[] };
}

async function start(body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Session> {
  const given = body === undefined ? {} : { body };
  const response = await fetch(`${served.url}/sessions`, { method: 'POST', headers, ...given });
  expect(response.status).toBe(201);
  return (await response.json()) as Session;
}

function answer(id: string, body: object): Promise<Response> {
  const options = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) };
  return fetch(`${served.url}/sessions/${id}/answers`, options);
}

test('a session that knows nothing asks what is wrong', async () => {
  const { question } = await start();
  expect(question?.id).toBe('symptom');
});

test('a session is asked one question after the other until nothing more would help', async () => {
  let session = await start();
  const asked: string[] = [];
  while (session.question !== undefined && asked.length < 60) {
    const { id, choices } = session.question;
    expect(asked).not.toContain(id);
    asked.push(id);
    const value = id === 'symptom' ? choices[0]!.value : 'unknown';
    const response = await answer(session.id, { question: id, value });
    expect(response.status).toBe(200);
    session = (await response.json()) as Session;
  }
  expect(session.question).toBeUndefined();
  expect(asked.length).toBeGreaterThan(1);
});

test('a symptom given at the start is not asked for', async () => {
  const { question, answers } = await start('{"symptom":"pods-apart-unreachable"}', JSON_TYPE);
  expect(answers).toEqual([{ question: 'symptom', value: 'pods-apart-unreachable' }]);
  expect(question?.id).not.toBe('symptom');
});

test('a session that began with a bundle knows what the command line finds in it', async () => {
  const bundle = new Uint8Array(execFileSync('tar', ['-czf', '-', '-C', EXAMPLE, '.']));
  const { diagnosis } = await start(bundle, { 'content-type': 'application/gzip' });
  expect(diagnosis).toEqual(JSON.parse(commandLine(['--format', 'json', EXAMPLE])));
});

test('pasted output is an answer', async () => {
  const { id } = await start('{"symptom":"pods-apart-unreachable"}', JSON_TYPE);
  const response = await answer(id, {
    question: 'symptom',
    pasted: '[root@n2 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n',
  });
  const { diagnosis } = (await response.json()) as Session;
  expect(diagnosis.diagnoses.map(({ cause }) => cause)).toContain('ip-forward-disabled');
});

test('another answer to the same question takes the place of the first', async () => {
  const { id } = await start('{"symptom":"pods-apart-unreachable"}', JSON_TYPE);
  const response = await answer(id, { question: 'symptom', value: 'neighbours-unreachable' });
  expect(((await response.json()) as Session).answers).toEqual([
    { question: 'symptom', value: 'neighbours-unreachable' },
  ]);
});

test('an answer to a session that somebody else has answered meanwhile is a conflict', async () => {
  const { id, version } = await start();
  expect((await answer(id, { question: 'symptom', value: 'unknown', version })).status).toBe(200);
  expect((await answer(id, { question: 'symptom', value: 'unknown', version })).status).toBe(409);
});

test('an answer that is no choice is told as refused', async () => {
  const { id } = await start();
  const response = await answer(id, { question: 'symptom', value: 'no-such-choice' });
  expect(((await response.json()) as Session).refused.map(({ question }) => question)).toEqual(['symptom']);
});

test.each([
  [{ question: 'symptom' }, 422],
  [{ value: 'unknown' }, 422],
  [{ question: 'symptom', value: 'unknown', more: 1 }, 422],
  [[], 422],
])('the answer %j is refused', async (body, status) => {
  const { id } = await start();
  expect((await answer(id, body)).status).toBe(status);
});

test('a session that is not there is 404', async () => {
  expect((await answer('AAAAAAAAAAAAAAAAAAAAAA', { question: 'symptom', value: 'unknown' })).status).toBe(404);
});

test('a session speaks the language it began in, or another when asked', async () => {
  const { id, question } = await start(undefined, { 'accept-language': 'zh' });
  const read = async (query: string) =>
    ((await (await fetch(`${served.url}/sessions/${id}${query}`)).json()) as Session).question?.text;
  expect(await read('')).toBe(question?.text);
  expect(await read('?lang=en')).toBe('What is wrong?');
});
