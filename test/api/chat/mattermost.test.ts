import { beforeEach, describe, expect, it } from 'vitest';
import { mattermostAdapter } from '../../../src/api/chat/mattermost.js';
import { type LocalChat, localChat } from './local-chat.js';

const TOKEN = 'ixtpk3ugkffzdqjuprmgmcubjr';
const PATH = 'k3y-of-the-path-0001';
const RESPONSE_URL = 'https://mattermost.example.org/hooks/commands/abc';

let chat: LocalChat;
let trigger = 0;

beforeEach(async () => {
  chat = await localChat(mattermostAdapter({ token: TOKEN, pathSecret: PATH, lang: 'en', later: true }));
});

function command(text: string, fields: Record<string, string> = {}): string {
  trigger += 1;
  return new URLSearchParams({
    channel_id: 'jr6egwk4wtbb9djwrjrbdojxew',
    channel_name: 'ops',
    command: '/diagnose',
    response_url: RESPONSE_URL,
    team_domain: 'example',
    text,
    token: TOKEN,
    trigger_id: `t${trigger}`,
    user_name: 'somename',
    ...fields,
  }).toString();
}

async function post(body: string, path = PATH, authorization = `Token ${TOKEN}`) {
  return chat.app.inject({
    method: 'POST',
    url: `/hooks/mattermost/${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
    payload: body,
  });
}

async function delivered(): Promise<string> {
  await chat.service.settled();
  const last = chat.service.delivered.at(-1);
  expect(last?.url).toBe(RESPONSE_URL);
  expect(last?.body).toMatchObject({ response_type: 'ephemeral', skip_slack_parsing: true });
  return String(last?.body.text);
}

describe("Mattermost's slash command", () => {
  it('begins a session with numbered replies, of which one is the answer', async () => {
    expect((await post(command(''))).json().text).toBe('One question at a time. The first one follows.');
    const first = await delivered();
    expect(first).toContain('2. A Service cannot be reached');
    expect(first).toContain('`/diagnose answer s1 NUMBER`');
    await post(command('answer s1 2'));
    expect(await delivered()).toContain('```\nsysctl net.ipv4.ip_forward\n```');
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
  });

  it('answers at once where it has no later place', async () => {
    expect((await post(command('help', { response_url: '' }))).json().text).toContain('asks questions');
  });

  it('answers at once where nothing may be posted to its host', async () => {
    chat = await localChat(mattermostAdapter({ token: TOKEN, pathSecret: PATH, lang: 'en', later: false }));
    expect((await post(command('help'))).json().text).toContain('asks questions');
    expect(chat.service.delivered).toEqual([]);
  });

  it('is refused with another token in the header or the body', async () => {
    expect((await post(command('x'), PATH, 'Token another')).statusCode).toBe(401);
    expect((await post(command('x', { token: 'another' }))).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused when it comes a second time, and without the secret end of the address', async () => {
    const twice = command('help');
    expect((await post(twice)).statusCode).toBe(200);
    expect((await post(twice)).statusCode).toBe(409);
    expect((await post(command('x'), 'another-end-of-the-path')).statusCode).toBe(404);
  });

  it('logs no secret', async () => {
    await post(command('facts'));
    await chat.service.settled();
    for (const secret of [TOKEN, PATH, RESPONSE_URL]) expect(chat.log.join('')).not.toContain(secret);
  });
});
