import { beforeEach, describe, expect, it } from 'vitest';
import { ServiceRefusal } from '../../../src/api/chat/adapter.js';
import { alertFacts } from '../../../src/api/chat/alert-facts.js';
import { alertmanagerAdapter } from '../../../src/api/chat/alertmanager.js';
import { type LocalChat, localChat } from './local-chat.js';

const TOKEN = 'al3rts-of-production';
const PATH = 'k3y-of-the-path-0001';

let chat: LocalChat;

beforeEach(async () => {
  chat = await localChat(alertmanagerAdapter({ token: TOKEN, pathSecret: PATH, lang: 'en' }));
});

function webhook(...alerts: Record<string, unknown>[]) {
  return {
    version: '4',
    groupKey: '{}:{alertname="ProbeFailed"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'podnet',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'https://alertmanager.example.org',
    alerts: alerts.map((alert) => ({ status: 'firing', startsAt: '2026-03-01T07:55:00Z', annotations: {}, ...alert })),
  };
}

const flow = (to: string) => ({
  labels: {
    alertname: 'PodPingFailed',
    from_kind: 'pod',
    from_node: 'n1',
    from_ip: '10.244.1.5',
    to_kind: 'pod',
    to_node: to,
    to_ip: '10.244.2.7',
    proto: 'icmp',
    error: 'timeout',
  },
});

async function post(body: unknown, { path = PATH, authorization = `Bearer ${TOKEN}` } = {}) {
  return chat.app.inject({
    method: 'POST',
    url: `/hooks/alertmanager/${path}`,
    headers: { 'content-type': 'application/json', authorization },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe("Alertmanager's webhook", () => {
  it('is diagnosed, and answered with where the diagnosis is', async () => {
    const answer = await post(webhook(flow('n2')));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ diagnosed: true, permalink: 'https://podnet.example.org/diagnoses/d1' });
    expect(JSON.parse(String(chat.service.diagnosed[0]?.input.content)).reachability).toHaveLength(1);
    expect(answer.json().outcome).not.toBe('insufficient');
  });

  it('is a cause where its alert says enough', async () => {
    const labels = { alertname: 'NodeHighNumberConntrackEntriesUsed', instance: 'n3:9100' };
    const annotations = { description: '99.6% of conntrack entries are used.' };
    expect((await post(webhook({ labels, annotations }))).json()).toMatchObject({
      outcome: 'diagnosed',
      verdict: expect.stringContaining('node/n3'),
    });
  });

  it('needs nothing where all is resolved', async () => {
    expect((await post(webhook({ ...flow('n2'), status: 'resolved' }))).json()).toEqual({ diagnosed: false });
    expect(chat.service.diagnosed).toEqual([]);
  });

  it('is told to come again where the server is busy', async () => {
    chat.service.refusal = new ServiceRefusal(503, 'busy');
    expect((await post(webhook(flow('n2')))).statusCode).toBe(503);
  });

  it('is refused without its token, and without the secret end of the address', async () => {
    expect((await post(webhook(flow('n2')), { authorization: 'Bearer another' })).statusCode).toBe(401);
    expect((await post(webhook(flow('n2')), { path: 'another-end-of-the-path' })).statusCode).toBe(404);
    expect(chat.service.diagnosed).toEqual([]);
  });

  it.each(['', '[]', '{}', '{"alerts":1}'])('is refused as %j', async (body) => {
    expect((await post(body)).statusCode).toBe(400);
  });

  it('logs no secret', async () => {
    await post(webhook(flow('n2')));
    for (const secret of [TOKEN, PATH]) expect(chat.log.join('')).not.toContain(secret);
  });
});

describe('an alert as facts', () => {
  const factsOf = (...alerts: Record<string, unknown>[]) => alertFacts(webhook(...alerts));

  it('is a flow where its labels say from where to where', () => {
    expect(factsOf(flow('n2'))?.reachability).toEqual([
      {
        from: { kind: 'pod', node: 'n1', ip: '10.244.1.5' },
        to: { kind: 'pod', node: 'n2', ip: '10.244.2.7' },
        proto: 'icmp',
        ok: false,
        error: 'timeout',
        at: '2026-03-01T07:55:00Z',
      },
    ]);
  });

  it.each([
    ['KubeNodeNotReady', { node: 'n1' }, '', 'node/n1', 'node.ready', false],
    ['KubePodNotReady', { namespace: 'prod', pod: 'web-0' }, '', 'pod/prod/web-0', 'pod.ready', false],
    ['KubePodCrashLooping', { namespace: 'a', pod: 'b' }, '', 'pod/a/b', 'pod.waiting-reason', 'CrashLoopBackOff'],
    [
      'NodeHighNumberConntrackEntriesUsed',
      { instance: 'n3:9100' },
      '91.2% of conntrack entries are used.',
      'node/n3',
      'conntrack.fill',
      91.2,
    ],
    [
      'NodeNetworkReceiveErrs',
      { instance: '10.0.0.3:9100', device: 'eth0' },
      '10.0.0.3:9100 interface eth0 has encountered 26 receive errors in the last two minutes.',
      'node/10.0.0.3',
      'nic.drops',
      26,
    ],
  ])('%s tells of its subject', (alertname, labels, description, subject, name, value) => {
    const facts = factsOf({ labels: { alertname, ...labels }, annotations: { description } });
    expect(facts?.facts).toEqual([{ subject, name, value }]);
  });

  it('tells no more than its labels do: another one is a complaint alone', () => {
    const facts = factsOf({ labels: { alertname: 'Watchdog', node: 'n1' }, annotations: { summary: 'always fires' } });
    expect(facts).toEqual({
      version: 1,
      complaint: 'Watchdog: always fires',
      incident: { from: '2026-03-01T07:55:00Z' },
      reachability: [],
      facts: [],
    });
  });

  it('names no subject that is no name', () => {
    expect(factsOf({ labels: { alertname: 'KubeNodeNotReady', node: 'n1\nnode/n2' } })?.facts).toEqual([]);
    expect(factsOf({ labels: { alertname: 'constructor' } })?.facts).toEqual([]);
  });
});
