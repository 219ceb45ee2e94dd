import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { feishuAdapter } from '../../../src/api/chat/feishu.js';
import { encryptFeishu, feishuSignature } from '../../../src/api/chat/signatures/feishu.js';
import { CASE_STUDIES } from './case-studies.js';
import { type LocalChat, LocalService, localChat, START } from './local-chat.js';
import { type Call, LocalPlatform } from './local-platform.js';
import { pastedCase } from './pasted-case.js';
import { textsIn } from './texts-in.js';

const ENCRYPT_KEY = 'test key';
const TOKEN = 'v3rification';
const APP_SECRET = 'a99-s3cret';

let file = Buffer.alloc(0);

/** Feishu's API, as far as the bot uses it. */
function answer({ url }: Call): unknown {
  if (url.endsWith('/tenant_access_token/internal'))
    return { code: 0, msg: 'ok', tenant_access_token: 't-g1044', expire: 7200 };
  return url.includes('/resources/') ? file : { code: 0, msg: 'success', data: {} };
}

interface Card {
  elements: { tag: string; actions?: { value?: unknown; url?: string }[] }[];
}

/** The last card that was sent. */
function sentCard(): Card {
  return JSON.parse(JSON.parse(feishu.calls.at(-1)!.body).content);
}

let feishu: LocalPlatform;
let chat: LocalChat;
let count = 0;

async function start(
  settings: { encryptKey?: string; patienceMs?: number } = { encryptKey: ENCRYPT_KEY },
  service = new LocalService(),
) {
  const api = { appId: 'cli_a1', appSecret: APP_SECRET, origin: feishu.origin };
  return localChat(
    feishuAdapter({ patienceMs: 60_000, ...settings, verificationToken: TOKEN, api, lang: 'zh' }),
    service,
  );
}

beforeEach(async () => {
  feishu = new LocalPlatform(answer);
  await feishu.listen();
  chat = await start();
});

afterEach(() => feishu.close());

function event(event_type: string, content: unknown, header: Record<string, unknown> = {}) {
  count += 1;
  const base = { event_id: `e${count}`, event_type, create_time: String(START), token: TOKEN, app_id: 'cli_a1' };
  return { schema: '2.0', header: { ...base, ...header }, event: content };
}

function message(message_type: string, content: unknown, header: Record<string, unknown> = {}) {
  const fields = { message_id: 'om_dc13', chat_id: 'oc_5ad1', chat_type: 'group', message_type };
  const sent = { ...fields, content: JSON.stringify(content), mentions: [{ key: '@_user_1', name: 'podnet' }] };
  return event('im.message.receive_v1', { sender: { sender_id: { open_id: 'ou_7d8a' } }, message: sent }, header);
}

const text = (typed: string, header: Record<string, unknown> = {}) =>
  message('text', { text: `@_user_1 ${typed}` }, header);

async function post(what: unknown, { at = START, tampered = '', unsigned = false } = {}) {
  const body = JSON.stringify({ encrypt: encryptFeishu(ENCRYPT_KEY, JSON.stringify(what)) });
  const timestamp = String(Math.floor(at / 1000));
  const signed = {
    'x-lark-request-timestamp': timestamp,
    'x-lark-request-nonce': '8f1d2a',
    'x-lark-signature': feishuSignature(ENCRYPT_KEY, timestamp, '8f1d2a', Buffer.from(body)),
  };
  return chat.app.inject({
    method: 'POST',
    url: '/hooks/feishu',
    headers: { 'content-type': 'application/json; charset=utf-8', ...(unsigned ? {} : signed) },
    payload: `${body}${tampered}`,
  });
}

describe("Feishu's challenge", () => {
  const challenge = { challenge: 'ajls384kdjx98XX', token: TOKEN, type: 'url_verification' };

  it('is given back, decrypted, though it is not signed', async () => {
    expect((await post(challenge, { unsigned: true })).json()).toEqual({ challenge: 'ajls384kdjx98XX' });
  });

  it('is refused with another token', async () => {
    expect((await post({ ...challenge, token: 'another' }, { unsigned: true })).statusCode).toBe(401);
  });

  it('is given back in the clear where no key is set', async () => {
    chat = await start({});
    const answer = await chat.app.inject({ method: 'POST', url: '/hooks/feishu', payload: challenge });
    expect(answer.json()).toEqual({ challenge: 'ajls384kdjx98XX' });
  });

  it('is refused in the clear where a key is set', async () => {
    const answer = await chat.app.inject({ method: 'POST', url: '/hooks/feishu', payload: challenge });
    expect(answer.statusCode).toBe(401);
  });
});

describe('a message to the bot in Feishu', () => {
  it('is acknowledged, and answered with a card through the API', async () => {
    expect((await post(text(pastedCase(CASE_STUDIES[0].path)))).json()).toEqual({});
    await chat.service.settled();
    const [token, reply] = feishu.calls;
    expect(JSON.parse(token!.body)).toEqual({ app_id: 'cli_a1', app_secret: APP_SECRET });
    expect(reply).toMatchObject({ url: '/open-apis/im/v1/messages/om_dc13/reply', authorization: 'Bearer t-g1044' });
    const shown = textsIn(sentCard(), 'content').join('\n');
    expect(shown).toContain('ip-forward-disabled，位于 node/10.9.189.51');
    expect(Buffer.byteLength(reply!.body)).toBeLessThanOrEqual(20_480);
  });

  it('begins a session with a button for each choice; pressed, the next question takes its place', async () => {
    await post(text(''));
    await chat.service.settled();
    const buttons = sentCard().elements.flatMap(({ actions = [] }) => actions);
    const { value } = buttons[1]!;
    expect(value).toEqual({ session: 's1', question: 'symptom', value: 'clusterip-unreachable' });
    const context = { open_message_id: 'om_abc', open_chat_id: 'oc_5ad1' };
    const answer = await post(event('card.action.trigger', { action: { tag: 'button', value }, context }));
    expect(textsIn(answer.json().card.data, 'content').join('')).toContain('sysctl net.ipv4.ip_forward');
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
  });

  it('brings a file, which is diagnosed under its name', async () => {
    file = Buffer.from('version: 1\ncomplaint: 一个文件\nreachability: []\n');
    await post(message('file', { file_key: 'file_456a92d6', file_name: 'facts.yaml' }));
    await chat.service.settled();
    expect(feishu.calls.map(({ url }) => url)).toContain(
      '/open-apis/im/v1/messages/om_dc13/resources/file_456a92d6?type=file',
    );
    expect(chat.service.diagnosed[0]?.input.name).toBe('facts.yaml');
    expect(textsIn(sentCard(), 'content').join('')).toContain('一个文件');
  });

  it('of several lines is put together', async () => {
    await post(
      message('post', { title: '', content: [[{ tag: 'at', user_id: '@_user_1' }], [{ tag: 'text', text: 'help' }]] }),
    );
    await chat.service.settled();
    expect(textsIn(sentCard(), 'content').join('')).toContain('逐个提问');
  });

  it('that is a picture is answered with what can be read', async () => {
    await post(message('image', { image_key: 'x' }));
    await chat.service.settled();
    expect(textsIn(sentCard(), 'content').join('')).toContain('只能读取文本和文件');
  });

  it('takes one token for two messages', async () => {
    await post(text('help'));
    await chat.service.settled();
    await post(text('help'));
    await chat.service.settled();
    expect(feishu.calls.filter(({ url }) => url.endsWith('/internal'))).toHaveLength(1);
  });
});

describe("a button of Feishu's that takes long", () => {
  it('is acknowledged, and its card replaced later', async () => {
    const service = new LocalService();
    const session = await service.startSession('zh');
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const stands = service.session.bind(service);
    service.session = async (id) => {
      await gate;
      return stands(id);
    };
    chat = await start({ encryptKey: ENCRYPT_KEY, patienceMs: 1 }, service);
    const value = { session: session.id, question: 'symptom', value: 'unknown' };
    const context = { open_message_id: 'om_abc' };
    const answer = await post(event('card.action.trigger', { action: { value }, context }));
    expect(answer.json().toast.content).toContain('结果随后给出');
    open();
    await service.settled();
    expect(feishu.calls.at(-1)).toMatchObject({ method: 'PATCH', url: '/open-apis/im/v1/messages/om_abc' });
  });
});

describe('what Feishu did not sign', () => {
  it('is refused without a signature, where a byte has changed, and when it is old', async () => {
    expect((await post(text('x'), { unsigned: true })).statusCode).toBe(401);
    expect((await post(text('x'), { tampered: ' ' })).statusCode).toBe(401);
    expect((await post(text('x'), { at: START - 301_000 })).statusCode).toBe(401);
    expect((await post(text('x', { token: 'another' }))).statusCode).toBe(401);
    await chat.service.settled();
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is not done again when it comes a second time, as Feishu sends until it is answered', async () => {
    const twice = text('事实', { event_id: 'once' });
    expect((await post(twice)).statusCode).toBe(200);
    expect((await post(twice)).statusCode).toBe(200);
    await chat.service.settled();
    expect(chat.service.diagnosed).toHaveLength(1);
  });

  it('is refused by its token where no key is set', async () => {
    chat = await start({});
    const answer = await chat.app.inject({
      method: 'POST',
      url: '/hooks/feishu',
      payload: text('x', { token: 'another' }),
    });
    expect(answer.statusCode).toBe(401);
  });
});

it('no secret of it is logged', async () => {
  await post(text('事实'));
  await chat.service.settled();
  for (const secret of [TOKEN, ENCRYPT_KEY, APP_SECRET, 't-g1044']) expect(chat.log.join('')).not.toContain(secret);
});
