import { beforeEach, describe, expect, it } from 'vitest';
import { teamsSignature } from '../../../src/api/chat/signatures/teams.js';
import { teamsAdapter, typedInTeams } from '../../../src/api/chat/teams.js';
import { CASE_STUDIES } from './case-studies.js';
import { type LocalChat, LocalService, localChat, START } from './local-chat.js';
import { pastedCase } from './pasted-case.js';
import { textsIn } from './texts-in.js';

const TOKEN = Buffer.from('a secret of thirty-two bytes ...').toString('base64');

let chat: LocalChat;
let count = 0;

beforeEach(async () => {
  chat = await localChat(teamsAdapter({ token: TOKEN, lang: 'en', patienceMs: 60_000 }));
});

function activity(text: string, fields: Record<string, unknown> = {}): string {
  count += 1;
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>');
  return JSON.stringify({
    type: 'message',
    id: `148598340851${count}`,
    timestamp: new Date(START).toISOString(),
    serviceUrl: 'https://smba.trafficmanager.net/amer/',
    channelId: 'msteams',
    from: {
      id: '29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85gQtHieVkKilBZ9XHoq9j7Zaqt7CZ-NJWi7me2kHTL3Bw',
      name: 'Megan',
    },
    conversation: { id: '19:253b1f341670408fb6fe51050b6e5ceb@thread.skype;messageid=1485983194839' },
    text: `<at>podnet</at> ${html}`,
    textFormat: 'plain',
    ...fields,
  });
}

async function post(body: string, tampered = body) {
  return chat.app.inject({
    method: 'POST',
    url: '/hooks/teams',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      authorization: `HMAC ${teamsSignature(TOKEN, Buffer.from(body))}`,
    },
    payload: tampered,
  });
}

describe("Teams' outgoing webhook", () => {
  it('is answered with a card that holds the diagnosis', async () => {
    const answer = await post(activity(pastedCase(CASE_STUDIES[0].path)));
    const [attachment] = answer.json().attachments;
    expect(attachment.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(textsIn(attachment.content).join('')).toContain('ip-forward-disabled on node/10.9.189.51');
    expect(attachment.content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'The whole answer', url: 'https://podnet.example.org/diagnoses/announced' },
    ]);
    expect(Buffer.byteLength(answer.body)).toBeLessThan(21_000);
  });

  it('begins a session with numbered replies, of which one is the answer', async () => {
    const first = textsIn((await post(activity(''))).json()).join('');
    expect(first).toContain('2. A Service cannot be reached');
    expect(first).toContain('@podnet answer s1 NUMBER');
    await post(activity('answer s1 2'));
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
  });

  it('says where the answer will be where it takes longer than Teams waits', async () => {
    const service = new LocalService();
    service.gate = new Promise(() => {});
    chat = await localChat(teamsAdapter({ token: TOKEN, lang: 'en', patienceMs: 1 }), service);
    const card = (await post(activity('facts'))).json().attachments[0].content;
    expect(textsIn(card).join('')).toContain('The answer will be here:');
    expect(card.actions[0].url).toBe('https://podnet.example.org/diagnoses/announced');
    expect(service.diagnosed[0]?.id).toBe('announced');
  });

  it('is refused where a byte of the body has changed', async () => {
    const body = activity('facts');
    expect((await post(body, body.replace('facts', 'factz'))).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused where the time that is signed with it is old, or not there', async () => {
    expect((await post(activity('x', { timestamp: new Date(START - 301_000).toISOString() }))).statusCode).toBe(401);
    expect((await post(activity('x', { timestamp: undefined }))).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused when it comes a second time', async () => {
    const twice = activity('help');
    expect((await post(twice)).statusCode).toBe(200);
    expect((await post(twice)).statusCode).toBe(409);
  });

  it('logs no secret', async () => {
    await post(activity('facts'));
    expect(chat.log.join('')).not.toContain(TOKEN);
    expect(chat.log.join('')).not.toContain('HMAC');
  });
});

it.each([
  ['<at>podnet</at>&nbsp;', ''],
  ['<at id="0">pod net</at> ping 10.0.0.1 &gt; out &amp;&amp; a &lt;b&gt;', 'ping 10.0.0.1 > out && a <b>'],
  ['<div><at>p</at> a</div><pre>b<br/>c</pre>', 'a\nb\nc'],
  ['&amp;lt; &#39; &#x4e2d; &#9999999;', "&lt; ' 中 &#9999999;"],
])('of %j a person typed %j', (html, typed) => {
  expect(typedInTeams(html)).toBe(typed);
});
