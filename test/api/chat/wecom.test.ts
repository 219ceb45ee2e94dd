import { beforeEach, describe, expect, it } from 'vitest';
import { decryptWecom, encryptWecom, wecomKey, wecomSignature } from '../../../src/api/chat/signatures/wecom.js';
import { wecomAdapter } from '../../../src/api/chat/wecom.js';
import { CASE_STUDIES } from './case-studies.js';
import { type LocalChat, LocalService, localChat, START } from './local-chat.js';
import { pastedCase } from './pasted-case.js';

const TOKEN = 'QDG6eK';
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const KEY = wecomKey(AES_KEY)!;
const RESPONSE_URL = 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=abc';

let chat: LocalChat;
let count = 0;

beforeEach(async () => {
  chat = await localChat(wecomAdapter({ token: TOKEN, key: KEY, receiveId: '', lang: 'zh', patienceMs: 60_000 }));
});

function query(encrypted: string, at = START): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  return { msg_signature: wecomSignature(TOKEN, timestamp, '263014780', encrypted), timestamp, nonce: '263014780' };
}

function message(content: string, fields: Record<string, unknown> = {}): string {
  count += 1;
  const event = {
    msgid: `CAIQ16HMjQYY${count}`,
    aibotid: 'AIBOTID',
    chatid: 'CHATID',
    chattype: 'group',
    from: { userid: 'USERID' },
    response_url: RESPONSE_URL,
    msgtype: 'text',
    text: { content: `@podnet ${content}` },
    ...fields,
  };
  return encryptWecom(KEY, JSON.stringify(event), '');
}

async function post(encrypted: string, { at = START, tampered = encrypted } = {}) {
  return chat.app.inject({
    method: 'POST',
    url: '/hooks/wecom',
    query: query(encrypted, at),
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify({ encrypt: tampered }),
  });
}

/** The Markdown in an encrypted answer, which is signed as WeCom checks it. */
function contentOf(answer: { json(): unknown }): string {
  const { encrypt, msgsignature, timestamp, nonce } = answer.json() as Record<string, string>;
  expect(msgsignature).toBe(wecomSignature(TOKEN, String(timestamp), nonce!, encrypt!));
  const { msgtype, stream } = JSON.parse(decryptWecom(KEY, encrypt!, '')!);
  expect(msgtype).toBe('stream');
  expect(stream.finish).toBe(true);
  return stream.content;
}

describe("WeCom's check of the address", () => {
  it('is answered with the text in echostr, bare', async () => {
    const echostr = encryptWecom(KEY, '1616140317555161061', '');
    const answer = await chat.app.inject({ url: '/hooks/wecom', query: { ...query(echostr), echostr } });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('1616140317555161061');
  });

  it('is refused where its signature is wrong or missing', async () => {
    const echostr = encryptWecom(KEY, '1', '');
    const wrong = await chat.app.inject({ url: '/hooks/wecom', query: { ...query('x'), echostr } });
    expect(wrong.statusCode).toBe(401);
    expect((await chat.app.inject({ url: '/hooks/wecom' })).statusCode).toBe(401);
  });
});

describe('a message to the bot in WeCom', () => {
  it.each(CASE_STUDIES)('diagnoses what was pasted, in 4,096 bytes: $name', async ({ path, cause }) => {
    const content = contentOf(await post(message(pastedCase(path))));
    expect(content).toContain(cause);
    expect(content).toContain('[完整结果](https://podnet.example.org/diagnoses/announced)');
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4096);
  });

  it('begins a session with numbered replies, of which one is the answer', async () => {
    expect(contentOf(await post(message('')))).toContain('/diagnose answer s1 编号');
    await post(message('/diagnose answer s1 2'));
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
  });

  it('of text and pictures is read for its texts', async () => {
    const msg_item = [
      { msgtype: 'image', image: { url: 'x' } },
      { msgtype: 'text', text: { content: '@podnet help' } },
    ];
    const content = contentOf(await post(message('', { msgtype: 'mixed', mixed: { msg_item } })));
    expect(content).toContain('逐个提问');
  });

  it('is answered later where it takes long, at its response_url', async () => {
    const service = new LocalService();
    let open = (): void => {};
    service.gate = new Promise((resolve) => {
      open = resolve;
    });
    chat = await localChat(wecomAdapter({ token: TOKEN, key: KEY, receiveId: '', lang: 'zh', patienceMs: 1 }), service);
    expect(contentOf(await post(message('事实')))).toContain('结果随后给出');
    open();
    await service.settled();
    expect(service.delivered).toMatchObject([{ url: RESPONSE_URL, body: { msgtype: 'markdown' } }]);
  });

  it('is refused where a byte of it has changed, or when it is old', async () => {
    const encrypted = message('事实');
    const tampered = `${encrypted[0] === 'A' ? 'B' : 'A'}${encrypted.slice(1)}`;
    expect((await post(encrypted, { tampered })).statusCode).toBe(401);
    expect((await post(encrypted, { at: START - 301_000 })).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('that comes a second time is ended with an empty answer', async () => {
    const event = { msgid: 'once' };
    await post(message('事实', event));
    const again = await post(message('事实', event));
    expect(again.statusCode).toBe(200);
    expect(again.body).toBe('');
    expect(chat.service.diagnosed).toHaveLength(1);
  });

  it('that is an event needs no answer', async () => {
    const answer = await post(message('', { msgtype: 'event', event: { eventtype: 'enter_chat' } }));
    expect(answer.body).toBe('');
  });

  it('for somebody else is refused', async () => {
    expect((await post(encryptWecom(KEY, '{}', 'wx5823bf96d3bd56c7'))).statusCode).toBe(400);
  });

  it('logs no secret', async () => {
    await post(message('事实'));
    for (const secret of [TOKEN, AES_KEY, RESPONSE_URL]) expect(chat.log.join('')).not.toContain(secret);
  });
});
