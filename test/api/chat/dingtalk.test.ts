import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dingtalkAdapter } from '../../../src/api/chat/dingtalk.js';
import { dingtalkSignature } from '../../../src/api/chat/signatures/dingtalk.js';
import { CASE_STUDIES } from './case-studies.js';
import { type LocalChat, localChat, START } from './local-chat.js';
import { type Call, LocalPlatform } from './local-platform.js';
import { pastedCase } from './pasted-case.js';

const SECRET = 'SECf6b6c1f1e1d2c3b4a5';
const PATH = 'k3y-of-the-path-0001';
const WEBHOOK = 'https://oapi.dingtalk.com/robot/sendBySession?session=0b2a7c';

let chat: LocalChat;
let count = 0;

beforeEach(async () => {
  chat = await localChat(dingtalkAdapter({ appSecret: SECRET, pathSecret: PATH, lang: 'zh' }));
});

/** A message as a robot's HTTP mode sends it. */
function message(content: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  count += 1;
  return {
    conversationId: 'cidm3r4',
    atUsers: [{ dingtalkId: '$:LWCP_v1:$rob0t' }],
    chatbotUserId: '$:LWCP_v1:$rob0t',
    msgId: `msg${count}==`,
    senderNick: '值班',
    isAdmin: false,
    sessionWebhookExpiredTime: START + 5_400_000,
    createAt: START,
    conversationType: '2',
    senderId: '$:LWCP_v1:$s3nder',
    conversationTitle: '故障群',
    isInAtList: true,
    sessionWebhook: WEBHOOK,
    text: { content: ` ${content}` },
    msgtype: 'text',
    ...fields,
  };
}

async function post(
  body: unknown,
  { at = START, path = PATH, sign }: { at?: number; path?: string; sign?: string } = {},
) {
  const timestamp = String(at);
  return chat.app.inject({
    method: 'POST',
    url: `/hooks/dingtalk/${path}`,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      timestamp,
      sign: sign ?? dingtalkSignature(SECRET, timestamp),
    },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

interface Delivered {
  msgtype: string;
  markdown?: { title: string; text: string };
  actionCard?: { title: string; text: string; btns: { title: string; actionURL: string }[] };
}

async function delivered(): Promise<Delivered> {
  await chat.service.settled();
  const last = chat.service.delivered.at(-1);
  expect(last?.url).toBe(WEBHOOK);
  return last!.body as unknown as Delivered;
}

describe('a message to the robot in DingTalk', () => {
  it('is acknowledged at once', async () => {
    expect((await post(message('事实'))).json()).toEqual({
      msgtype: 'text',
      text: { content: '正在读取，结果随后给出。' },
    });
  });

  it.each(CASE_STUDIES)('diagnoses what was pasted: $name', async ({ path, cause, subjects }) => {
    expect((await post(message(pastedCase(path)))).statusCode).toBe(200);
    const { msgtype, markdown } = await delivered();
    expect(msgtype).toBe('markdown');
    expect(markdown?.text).toContain(`${cause}，位于 ${subjects.join(', ')}`);
    expect(markdown?.text).toContain('[完整结果](https://podnet.example.org/diagnoses/d1)');
    expect(Buffer.byteLength(JSON.stringify(markdown))).toBeLessThan(20_000);
  });

  it('begins a session where it says nothing, with buttons that send the answers', async () => {
    await post(message('/diagnose'));
    const { msgtype, actionCard } = await delivered();
    expect(msgtype).toBe('actionCard');
    expect(actionCard?.text).toContain('/diagnose answer s1 编号');
    const [, second] = actionCard!.btns;
    const sent = new URL(second!.actionURL).searchParams.get('content');
    expect(sent).toBe('answer s1 ?symptom clusterip-unreachable');
    await post(message(sent!));
    await delivered();
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
  });

  it('takes a number as the answer to what is asked now', async () => {
    await post(message(''));
    await delivered();
    await post(message('/diagnose answer s1 １'));
    const { actionCard } = await delivered();
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'pods-apart-unreachable' }]);
    expect(actionCard?.text).toContain('sysctl net.ipv4.ip_forward');
    expect(actionCard?.text).toContain('/diagnose answer s1 命令输出');
  });

  it('of several pieces is put together', async () => {
    const content = { richText: [{ text: '@podnet ' }, { text: '--lang en ' }, { text: 'help' }] };
    await post(message('', { msgtype: 'richText', content }));
    expect((await delivered()).markdown?.text).toContain('asks questions until the cause is known');
  });

  it('that is a picture is answered with what can be read', async () => {
    const answer = await post(message('', { msgtype: 'picture', content: { downloadCode: 'x' } }));
    expect(answer.json().text.content).toBe('这里只能读取文本和文件。');
  });

  it('is answered in the answer where its webhook has ended or is not there', async () => {
    const ended = await post(message('help', { sessionWebhookExpiredTime: START - 1 }));
    expect(ended.json().markdown.text).toContain('逐个提问');
    const without = await post(message('help', { sessionWebhook: undefined }));
    expect(without.json().markdown.text).toContain('逐个提问');
    expect(chat.service.delivered).toEqual([]);
  });
});

describe('a file sent to the robot in DingTalk', () => {
  const sent = () =>
    message('', { msgtype: 'file', robotCode: 'dingr0b0t', content: { downloadCode: 'c0de', fileName: 'facts.yaml' } });
  let platform: LocalPlatform;

  /** DingTalk's API, as far as the robot uses it. */
  const answers = ({ url }: Call, origin: string): unknown => {
    if (url === '/v1.0/oauth2/accessToken') return { accessToken: 'acc3ss', expireIn: 7200 };
    if (url === '/v1.0/robot/messageFiles/download') return { downloadUrl: `${origin}/f1le?signature=x` };
    return Buffer.from('version: 1\ncomplaint: 一个文件\nreachability: []\n');
  };

  beforeEach(async () => {
    platform = new LocalPlatform(answers);
    await platform.listen();
    const api = { appKey: 'dingkey', appSecret: SECRET, origin: platform.origin };
    chat = await localChat(dingtalkAdapter({ appSecret: SECRET, pathSecret: PATH, lang: 'zh', api }));
  });

  afterEach(() => platform.close());

  it('is fetched and diagnosed under its name', async () => {
    await post(sent());
    expect((await delivered()).markdown?.text).toContain('一个文件');
    expect(chat.service.diagnosed[0]?.input.name).toBe('facts.yaml');
    expect(platform.calls.map(({ body }) => body)).toEqual([
      JSON.stringify({ appKey: 'dingkey', appSecret: SECRET }),
      JSON.stringify({ downloadCode: 'c0de', robotCode: 'dingr0b0t' }),
      '',
    ]);
  });

  it('is answered with what else can be done where it cannot be fetched', async () => {
    await platform.close();
    await post(sent());
    expect((await delivered()).markdown?.text).toContain('平台没有给出该文件');
    for (const secret of [SECRET, 'acc3ss', 'c0de']) expect(chat.log.join('')).not.toContain(secret);
  });
});

describe('what DingTalk did not sign', () => {
  it('is refused with another signature', async () => {
    const sign = dingtalkSignature(`${SECRET}x`, String(START));
    expect((await post(message('事实'), { sign })).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused when it is more than an hour old', async () => {
    expect((await post(message('事实'), { at: START - 3_600_001 })).statusCode).toBe(401);
  });

  it('is refused when it comes a second time', async () => {
    const twice = message('事实');
    expect((await post(twice)).statusCode).toBe(200);
    expect((await post(twice)).statusCode).toBe(409);
    await chat.service.settled();
    expect(chat.service.diagnosed).toHaveLength(1);
  });

  it('is not there without the secret end of the address', async () => {
    expect((await post(message('事实'), { path: 'k3y-of-the-path-0002' })).statusCode).toBe(404);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it.each(['', '[]', '{', 'null'])('is refused as %j', async (body) => {
    expect((await post(body)).statusCode).toBe(400);
  });
});

it('no secret of it is logged', async () => {
  await post(message('事实'));
  await post(message('事实'), { sign: 'x' });
  await chat.service.settled();
  const log = chat.log.join('');
  expect(log).toContain('/hooks/dingtalk');
  for (const secret of [SECRET, PATH, WEBHOOK]) expect(log).not.toContain(secret);
});
