import { expect, it } from 'vitest';
import { alertmanagerAdapter } from '../../../src/api/chat/alertmanager.js';
import { dingtalkAdapter } from '../../../src/api/chat/dingtalk.js';
import { feishuAdapter } from '../../../src/api/chat/feishu.js';
import { mattermostAdapter } from '../../../src/api/chat/mattermost.js';
import { dingtalkSignature } from '../../../src/api/chat/signatures/dingtalk.js';
import { slackSignature } from '../../../src/api/chat/signatures/slack.js';
import { teamsSignature } from '../../../src/api/chat/signatures/teams.js';
import { encryptWecom, wecomKey, wecomSignature } from '../../../src/api/chat/signatures/wecom.js';
import { slackAdapter } from '../../../src/api/chat/slack.js';
import { teamsAdapter } from '../../../src/api/chat/teams.js';
import { wecomAdapter } from '../../../src/api/chat/wecom.js';
import { localChat, START } from './local-chat.js';

/** Bodies that are signed as they should be and are nothing that the platform sends. */
const BODIES = [
  '',
  'null',
  '[]',
  '1',
  '"x"',
  '{}',
  '{"actions":[null]}',
  '{"actions":{},"response_url":1}',
  '{"event":[],"type":"event_callback"}',
  '{"header":{"token":"t0ken","event_type":"card.action.trigger"},"event":[]}',
  '{"header":{"token":"t0ken","event_type":"im.message.receive_v1"},"event":{"message":{"message_id":5}}}',
  '{"header":[],"event":{"message":1}}',
  '{"text":{"content":1},"msgtype":"text"}',
  '{"msgtype":"richText","content":{"richText":{}}}',
  '{"msgtype":"mixed","mixed":{"msg_item":1}}',
  '{"msgtype":["text"]}',
  '{"text":5,"timestamp":7,"conversation":[],"id":{}}',
  '{"alerts":[null,1,[],{"status":"firing"},{"status":"firing","labels":[],"annotations":"x","startsAt":{}}]}',
  '['.repeat(100_000),
  '{"__proto__":{"actions":[]}}',
  '\ud800',
  'payload=null',
  'payload=%5B%5D',
  '%',
];

const TIME = String(START / 1000);
const KEY = wecomKey('jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C')!;
const PATH = 'k3y-of-the-path-0001';

const PLATFORMS = [
  {
    adapter: slackAdapter({ signingSecret: 's', lang: 'en' }),
    request: (body: string) => ({
      url: '/hooks/slack',
      headers: {
        'x-slack-request-timestamp': TIME,
        'x-slack-signature': slackSignature('s', TIME, Buffer.from(body)),
      },
    }),
  },
  {
    adapter: dingtalkAdapter({ appSecret: 's', pathSecret: PATH, lang: 'zh' }),
    request: () => ({
      url: `/hooks/dingtalk/${PATH}`,
      headers: { timestamp: String(START), sign: dingtalkSignature('s', String(START)) },
    }),
  },
  {
    adapter: feishuAdapter({
      verificationToken: 't0ken',
      api: { appId: 'a', appSecret: 's', origin: 'https://feishu.invalid' },
      lang: 'zh',
    }),
    request: () => ({ url: '/hooks/feishu', headers: {} }),
  },
  {
    adapter: wecomAdapter({ token: 's', key: KEY, receiveId: '', lang: 'zh' }),
    request: (body: string) => {
      const encrypt = encryptWecom(KEY, body, '');
      const query = { timestamp: TIME, nonce: 'n', msg_signature: wecomSignature('s', TIME, 'n', encrypt) };
      return { url: '/hooks/wecom', query, payload: JSON.stringify({ encrypt }) };
    },
  },
  {
    adapter: teamsAdapter({ token: 'c2VjcmV0', lang: 'en' }),
    request: (body: string) => ({
      url: '/hooks/teams',
      headers: { authorization: `HMAC ${teamsSignature('c2VjcmV0', Buffer.from(body))}` },
    }),
  },
  {
    adapter: mattermostAdapter({ token: 's', pathSecret: PATH, lang: 'en', later: false }),
    request: () => ({ url: `/hooks/mattermost/${PATH}`, headers: { authorization: 'Token s' } }),
  },
  {
    adapter: alertmanagerAdapter({ token: 's', pathSecret: PATH, lang: 'en' }),
    request: () => ({ url: `/hooks/alertmanager/${PATH}`, headers: { authorization: 'Bearer s' } }),
  },
];

it.each(PLATFORMS)('$adapter.platform answers whatever is signed, and never fails', async ({ adapter, request }) => {
  const { app, service } = await localChat(adapter);
  for (const body of BODIES) {
    const answer = await app.inject({ method: 'POST', payload: body, ...request(body) });
    expect([200, 400, 401]).toContain(answer.statusCode);
  }
  await service.settled();
});
