import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dingtalkAdapter } from '../../../src/api/chat/dingtalk.js';
import { dingtalkSignature } from '../../../src/api/chat/signatures/dingtalk.js';
import { slackSignature } from '../../../src/api/chat/signatures/slack.js';
import { slackAdapter } from '../../../src/api/chat/slack.js';
import { buildServer, type PodnetServer } from '../../../src/api/server.js';
import { CASE_STUDIES } from './case-studies.js';
import { pastedCase } from './pasted-case.js';
import { textsIn } from './texts-in.js';

/** The adapters in the real server: its threads, its store, its sessions. Only what goes out to a platform is caught. */

const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const DINGTALK_SECRET = 'SECf6b6c1f1e1d2c3b4a5';
const PATH = 'k3y-of-the-path-0001';
const RESPONSE_URL = 'https://hooks.slack.com/commands/T1/2/3';
const WEBHOOK = 'https://oapi.dingtalk.com/robot/sendBySession?session=0b2a7c';

let server: PodnetServer;
const posted: { url: string; body: Record<string, unknown> }[] = [];
let arrived: (() => void) | undefined;

beforeAll(async () => {
  server = await buildServer(
    {
      rulebookFile: 'dist/rulebook.json',
      workersAt: new URL('../../../dist/bin/', import.meta.url),
      publicUrl: 'https://podnet.example.org',
      tokenHashes: ['0'.repeat(64)],
      callbackHosts: ['hooks.slack.com', 'oapi.dingtalk.com'],
      logLevel: 'silent',
      fetch: async (url, init) => {
        posted.push({ url: String(url), body: JSON.parse(String(init?.body)) });
        arrived?.();
        return new Response('ok');
      },
    },
    [
      slackAdapter({ signingSecret: SLACK_SECRET, lang: 'en' }),
      dingtalkAdapter({ appSecret: DINGTALK_SECRET, pathSecret: PATH, lang: 'zh' }),
    ],
  );
  await server.app.ready();
});

afterAll(() => server?.stop());

/** What is posted to a platform after `send` was answered with 200. */
async function answerTo(send: () => Promise<{ statusCode: number }>): Promise<{ url: string; body: unknown }> {
  const before = posted.length;
  const comes = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  expect((await send()).statusCode).toBe(200);
  if (posted.length === before) await comes;
  return posted[before]!;
}

let count = 0;

async function postSlack(fields: Record<string, string>) {
  const body = new URLSearchParams(fields).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  return server.app.inject({
    method: 'POST',
    url: '/hooks/slack',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(SLACK_SECRET, timestamp, Buffer.from(body)),
    },
    payload: body,
  });
}

async function slackCommand(text: string) {
  count += 1;
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const fields = { command: '/diagnose', text: escaped, response_url: RESPONSE_URL, trigger_id: `t${count}` };
  return answerTo(() => postSlack(fields));
}

async function slackPress(value: string) {
  count += 1;
  const payload = { type: 'block_actions', trigger_id: `t${count}`, response_url: RESPONSE_URL, actions: [{ value }] };
  return answerTo(() => postSlack({ payload: JSON.stringify(payload) }));
}

async function dingtalk(content: string) {
  count += 1;
  const timestamp = String(Date.now());
  const message = {
    msgId: `m${count}`,
    msgtype: 'text',
    text: { content },
    sessionWebhook: WEBHOOK,
    sessionWebhookExpiredTime: Date.now() + 3_600_000,
  };
  return answerTo(() =>
    server.app.inject({
      method: 'POST',
      url: `/hooks/dingtalk/${PATH}`,
      headers: {
        'content-type': 'application/json',
        timestamp,
        sign: dingtalkSignature(DINGTALK_SECRET, timestamp),
      },
      payload: JSON.stringify(message),
    }),
  );
}

interface SlackBody {
  blocks: { type: string; elements: { value?: string; text?: { text: string } }[] }[];
}

function buttonsIn(body: unknown) {
  return (body as SlackBody).blocks.filter(({ type }) => type === 'actions').flatMap(({ elements }) => elements);
}

describe.each(CASE_STUDIES)('$name', ({ path, cause, subjects }) => {
  it('is diagnosed in Slack, and kept where the message says', async () => {
    const { url, body } = await slackCommand(pastedCase(path));
    expect(url).toBe(RESPONSE_URL);
    expect(textsIn(body).join('')).toContain(`${cause} on ${subjects.join(', ')}`);
    const permalink = textsIn(body, 'url').find((each) => each.startsWith('https://podnet.example.org/'));
    const kept = await server.app.inject({
      url: permalink!.slice('https://podnet.example.org'.length),
      headers: { accept: 'application/json' },
    });
    expect(kept.json().diagnoses[0]).toMatchObject({ cause, subjects });
  });

  it('is diagnosed in DingTalk, in Chinese', async () => {
    const { url, body } = await dingtalk(pastedCase(path));
    expect(url).toBe(WEBHOOK);
    expect(textsIn(body).join('')).toContain(`${cause}，位于 ${subjects.join(', ')}`);
  });
});

describe('a session in Slack', () => {
  it('begins with the ways to say what is wrong, by number, and asks on when one is pressed', async () => {
    const first = await slackCommand('');
    const buttons = buttonsIn(first.body);
    expect(buttons.length).toBeGreaterThan(20);
    expect(buttons.map(({ text }) => text?.text)).toEqual(buttons.map((_, index) => String(index + 1)));
    expect(textsIn(first.body).join('')).toContain('1. A pod cannot reach a pod on another node');
    const second = await slackPress(buttons[0]!.value!);
    expect(buttonsIn(second.body).map(({ text }) => text?.text)).toEqual(
      expect.not.arrayContaining(buttons.map(({ text }) => text?.text)),
    );
    expect(textsIn(second.body).join('')).toContain('In the lead so far');
  });
});

describe('a session in DingTalk', () => {
  it('is answered by number until the cause is known', async () => {
    const first = textsIn((await dingtalk('/diagnose')).body).join('');
    const session = /answer (\S+) 编号/.exec(first)?.[1];
    expect(session).toBeDefined();
    const second = textsIn((await dingtalk(`/diagnose answer ${session} 1`)).body).join('');
    expect(second).toContain('目前可能性最高的原因');
    const pasted = '[root@n1 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0';
    expect(textsIn((await dingtalk(`/diagnose answer ${session} ${pasted}`)).body).join('')).toContain('ip');
  });

  it('that is not there is said to be over', async () => {
    const { body } = await dingtalk('/diagnose answer nothing-of-ours 1');
    expect(textsIn(body).join('')).toContain('会话 nothing-of-ours 不存在或已过期');
  });
});

it('a message is a replay for all adapters of one store', async () => {
  const fields = { command: '/diagnose', text: 'help', response_url: RESPONSE_URL, trigger_id: 'once' };
  expect((await postSlack(fields)).statusCode).toBe(200);
  expect((await postSlack(fields)).statusCode).toBe(409);
});

it('a callback to another host is not made', async () => {
  const before = posted.length;
  const fields = {
    command: '/diagnose',
    text: 'help',
    response_url: 'https://evil.example/x',
    trigger_id: 'elsewhere',
  };
  expect((await postSlack(fields)).statusCode).toBe(200);
  await slackCommand('help');
  expect(posted.slice(before).map(({ url }) => url)).toEqual([RESPONSE_URL]);
});
