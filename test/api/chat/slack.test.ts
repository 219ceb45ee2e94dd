import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceRefusal } from '../../../src/api/chat/adapter.js';
import { slackSignature } from '../../../src/api/chat/signatures/slack.js';
import { slackAdapter } from '../../../src/api/chat/slack.js';
import { typedInSlack } from '../../../src/api/chat/slack-blocks.js';
import { CASE_STUDIES } from './case-studies.js';
import { type LocalChat, localChat, START } from './local-chat.js';
import { type Call, LocalPlatform } from './local-platform.js';
import { pastedCase } from './pasted-case.js';
import { textsIn } from './texts-in.js';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const RESPONSE_URL = 'https://hooks.slack.com/commands/T1DC2JH3J/397700885554/96rGlfmibIGlgcZRskXaIFfN';

let chat: LocalChat;
let trigger = 0;

beforeEach(async () => {
  chat = await localChat(slackAdapter({ signingSecret: SECRET, lang: 'en' }));
});

interface Sending {
  /** Milliseconds. */
  at?: number;
  /** What arrives in place of what was signed. */
  tampered?: string;
  type?: string;
}

async function post(body: string, { at = START, tampered, type }: Sending = {}) {
  const timestamp = String(Math.floor(at / 1000));
  return chat.app.inject({
    method: 'POST',
    url: '/hooks/slack',
    headers: {
      'content-type': type ?? 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(SECRET, timestamp, Buffer.from(body)),
    },
    payload: tampered ?? body,
  });
}

/** A slash command as Slack sends it: `&`, `<` and `>` as entities. */
function command(text: string, fields: Record<string, string> = {}): string {
  trigger += 1;
  return new URLSearchParams({
    token: 'gIkuvaNzQIHg97ATvDxqgjtO',
    team_id: 'T0001',
    team_domain: 'example',
    channel_id: 'C2147483705',
    channel_name: 'ops',
    user_id: 'U2147483697',
    user_name: 'Steve',
    command: '/diagnose',
    text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    response_url: RESPONSE_URL,
    trigger_id: `13345224609.738474920.${trigger}`,
    api_app_id: 'A123456',
    ...fields,
  }).toString();
}

function press(value: string): string {
  trigger += 1;
  const payload = {
    type: 'block_actions',
    user: { id: 'U2147483697', username: 'Steve' },
    api_app_id: 'A123456',
    trigger_id: `12321423423.333649436676.${trigger}`,
    response_url: RESPONSE_URL,
    actions: [{ type: 'button', block_id: 'b', action_id: 'answer-0', value, action_ts: '1548426417.840180' }],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

interface Block {
  type: string;
  elements: { type: string; value?: string; text?: { text: string } }[];
}

/** What was posted to the response_url last. */
async function delivered() {
  await chat.service.settled();
  const last = chat.service.delivered.at(-1);
  expect(last?.url).toBe(RESPONSE_URL);
  const body = last!.body as { text: string; blocks: Block[]; replace_original?: boolean };
  const buttons = body.blocks.filter(({ type }) => type === 'actions').flatMap(({ elements }) => elements);
  return { body, buttons, shown: textsIn(body.blocks).join('') };
}

describe('a slash command of Slack', () => {
  it('is acknowledged at once, before anything is diagnosed', async () => {
    let open = (): void => {};
    chat.service.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = await post(command('facts'));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ response_type: 'ephemeral', text: 'Reading it. The answer follows.' });
    expect(chat.service.delivered).toEqual([]);
    open();
    expect((await delivered()).body.blocks).not.toEqual([]);
  });

  it.each(CASE_STUDIES)('diagnoses what was pasted: $name', async ({ path, cause, subjects }) => {
    expect((await post(command(pastedCase(path)))).statusCode).toBe(200);
    const { shown, body } = await delivered();
    expect(shown).toContain(`${cause} on ${subjects.join(', ')}`);
    expect(body.text).not.toBe('');
    expect(shown).toContain('The whole answer');
    expect(JSON.stringify(body.blocks)).toContain('https://podnet.example.org/diagnoses/d1');
  });

  it('begins a session where nothing stands behind it, with a button for each choice', async () => {
    expect((await post(command(''))).json().text).toBe('One question at a time. The first one follows.');
    const { shown, buttons } = await delivered();
    expect(shown).toContain('What is wrong?');
    expect(buttons.map(({ text }) => text?.text)).toEqual([
      'A pod cannot reach a pod on another node',
      'A Service cannot be reached',
      'Something else',
    ]);
  });

  it('answers in Chinese where it is asked to', async () => {
    await post(command(`--lang zh ${pastedCase(CASE_STUDIES[0]!.path)}`));
    expect((await delivered()).shown).toContain('支持的证据');
    expect(chat.service.diagnosed[0]?.lang).toBe('zh');
  });

  it('gives the answer in place of the acknowledgement where there is no response_url', async () => {
    const answer = await post(command('help', { response_url: '' }));
    expect(textsIn(answer.json().blocks).join('')).toContain('/diagnose asks questions');
    expect(chat.service.delivered).toEqual([]);
  });

  it('says so where the server refuses', async () => {
    chat.service.refusal = new ServiceRefusal(503, 'stopping');
    await post(command('something'));
    expect((await delivered()).shown).toContain('Try again in a minute');
  });

  it.each([
    [409, 'at the same time. Send it again'],
    [413, 'too large'],
    [422, 'That cannot be read: the server says why'],
    [429, 'Try again in a minute'],
    [504, 'took too long'],
    [500, 'podnet itself has failed'],
  ])('tells of a refusal with %i', async (status, told) => {
    chat.service.refusal = new ServiceRefusal(status, 'the server says why');
    await post(command('something'));
    expect((await delivered()).shown).toContain(told);
  });

  it('says so where the server fails, and keeps the reason to the log', async () => {
    chat.service.refusal = new Error('a path on the server');
    await post(command('something'));
    expect((await delivered()).shown).toContain('podnet itself has failed');
    expect(chat.log.join('')).toContain('a path on the server');
  });
});

describe('a button of Slack', () => {
  it('answers its question; the next one takes its place', async () => {
    await post(command(''));
    const { buttons } = await delivered();
    const answer = await post(press(buttons[1]!.value!));
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('');
    const { body, shown } = await delivered();
    expect(chat.service.answered).toEqual([{ question: 'symptom', value: 'clusterip-unreachable' }]);
    expect(body.replace_original).toBe(true);
    expect(shown).toContain('What does the node say of forwarding?');
    expect(shown).toContain('sysctl net.ipv4.ip_forward');
  });

  it('leads to the diagnosis when nothing more is asked', async () => {
    await post(command(''));
    await post(press((await delivered()).buttons[0]!.value!));
    await delivered();
    await post(command('answer s1 net.ipv4.ip_forward = 0'));
    const { shown, buttons } = await delivered();
    expect(chat.service.answered.at(-1)).toEqual({ question: 'output@node/n1', pasted: 'net.ipv4.ip_forward = 0' });
    expect(shown).toContain('One more answer would change nothing.');
    expect(buttons).toEqual([]);
  });

  it('says that its session is over', async () => {
    await post(press(JSON.stringify({ s: 'gone', q: 'symptom', v: 'unknown' })));
    expect((await delivered()).shown).toContain('There is no session gone, or no longer. Begin again with /diagnose.');
  });

  it.each(['', 'x', '[]', '{"s":1}', '{"s":"a","q":"b"}'])('that is not ours, with %j, does nothing', async (value) => {
    expect((await post(press(value))).statusCode).toBe(200);
    await chat.service.settled();
    expect(chat.service.delivered).toEqual([]);
  });
});

describe('what Slack did not sign', () => {
  it('is refused where a byte of the body has changed', async () => {
    const body = command('facts');
    const answer = await post(body, { tampered: body.replace('text=facts', 'text=factz') });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused when it is more than five minutes old', async () => {
    expect((await post(command('facts'), { at: START - 301_000 })).statusCode).toBe(401);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is refused when it comes a second time', async () => {
    const body = command('facts');
    expect((await post(body)).statusCode).toBe(200);
    expect((await post(body)).statusCode).toBe(409);
    await chat.service.settled();
    expect(chat.service.diagnosed).toHaveLength(1);
    const pressed = press(JSON.stringify({ s: 's1', q: 'symptom', v: 'unknown' }));
    expect((await post(pressed)).statusCode).toBe(200);
    expect((await post(pressed)).statusCode).toBe(409);
  });

  it.each(['', 'a=b', 'payload=%7B', 'payload='])('is refused or left alone as %j', async (body) => {
    expect((await post(body)).statusCode).toBe(400);
  });
});

describe("Slack's own questions", () => {
  it('gets its challenge back, where it signed it', async () => {
    const body = JSON.stringify({
      type: 'url_verification',
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd',
    });
    expect((await post(body, { type: 'application/json' })).json()).toEqual({
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd',
    });
    expect((await post(body, { type: 'application/json', tampered: `${body} ` })).statusCode).toBe(401);
  });

  it('gets 200 for its check of the certificate', async () => {
    expect((await post('ssl_check=1&token=x')).statusCode).toBe(200);
  });
});

describe('a message to the app in Slack', () => {
  let platform: LocalPlatform;
  let status: number | undefined;

  const answers = ({ url }: Call): unknown => {
    if (url === '/api/chat.postMessage') return { ok: true };
    return status ?? Buffer.from('version: 1\ncomplaint: a file\nreachability: []\n');
  };

  function event(fields: Record<string, unknown>, id = `Ev${trigger++}`): string {
    const base = { type: 'app_mention', user: 'U1', channel: 'C1', ts: '1515449522.000016', text: '<@U0LAN0Z89> help' };
    return JSON.stringify({ type: 'event_callback', event_id: id, event: { ...base, ...fields } });
  }

  const shared = (address: string) =>
    event({ text: '<@U0LAN0Z89>', files: [{ id: 'F1', name: 'facts.yaml', url_private_download: address }] });

  async function answered(body: string): Promise<string> {
    expect((await post(body, { type: 'application/json' })).statusCode).toBe(200);
    await chat.service.settled();
    const last = platform.calls.at(-1);
    return last?.url === '/api/chat.postMessage' ? textsIn(JSON.parse(last.body).blocks).join('') : '';
  }

  beforeEach(async () => {
    status = undefined;
    platform = new LocalPlatform(answers);
    await platform.listen();
    const api = { botToken: 'xoxb-17653672481', origin: platform.origin, filesOrigin: platform.origin };
    chat = await localChat(slackAdapter({ signingSecret: SECRET, lang: 'en', api }));
  });

  afterEach(() => platform.close());

  it('is answered in its thread', async () => {
    expect(await answered(event({}))).toContain('asks questions');
    const [call] = platform.calls;
    expect(call?.authorization).toBe('Bearer xoxb-17653672481');
    expect(JSON.parse(call!.body)).toMatchObject({ channel: 'C1', thread_ts: '1515449522.000016' });
  });

  it('brings a file, which is diagnosed under its name', async () => {
    expect(await answered(shared(`${platform.origin}/files-pri/T1-F1/download/facts.yaml`))).toContain('a file');
    expect(chat.service.diagnosed[0]?.input.name).toBe('facts.yaml');
  });

  it('brings no file from elsewhere, and the token goes nowhere else', async () => {
    const elsewhere = new LocalPlatform(() => Buffer.from('x'));
    await elsewhere.listen();
    expect(await answered(shared(`${elsewhere.origin}/x`))).toContain('did not give the file out');
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.close();
  });

  it('brings no file that Slack redirects or refuses', async () => {
    for (status of [302, 403]) {
      expect(await answered(shared(`${platform.origin}/f`))).toContain('did not give the file out');
      expect(platform.calls.map(({ url }) => url)).not.toContain('/elsewhere');
    }
  });

  it('is not done again when it comes a second time, as Slack sends until it is answered', async () => {
    const twice = event({}, 'once');
    await answered(twice);
    await answered(twice);
    expect(platform.calls).toHaveLength(1);
  });

  it.each([
    { bot_id: 'B1' },
    { type: 'message', channel_type: 'channel' },
    { type: 'message', subtype: 'message_changed' },
  ])('is not answered as %j', async (fields) => {
    await answered(event(fields));
    expect(platform.calls).toEqual([]);
  });

  it('logs no secret', async () => {
    await answered(shared('https://files.example/xoxb'));
    expect(chat.log.join('')).not.toContain('xoxb-17653672481');
  });
});

it('what a person typed is read behind what Slack makes of it', () => {
  expect(typedInSlack('curl <http://web.default|web.default> &amp;&amp; a &lt;b&gt; &amp;lt;')).toBe(
    'curl web.default && a <b> &lt;',
  );
  expect(typedInSlack('<https://10.96.0.1:443/healthz>')).toBe('https://10.96.0.1:443/healthz');
});

it('no secret of it is logged', async () => {
  await post(command('facts'));
  await post(command('facts'), { tampered: 'x' });
  await chat.service.settled();
  const log = chat.log.join('');
  expect(log).toContain('/hooks/slack');
  for (const secret of [SECRET, 'gIkuvaNzQIHg97ATvDxqgjtO', RESPONSE_URL, 'v0=']) expect(log).not.toContain(secret);
});
