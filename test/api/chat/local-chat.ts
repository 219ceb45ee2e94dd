import Fastify, { type FastifyInstance } from 'fastify';
import {
  type ChatAdapter,
  type ChatInput,
  type ChatService,
  type ChatSession,
  ServiceRefusal,
  type StoredDiagnosis,
} from '../../../src/api/chat/adapter.js';
import type { Answer, AskedQuestion, InterviewState } from '../../../src/ask/interview.js';
import type { Diagnosis } from '../../../src/engine/diagnosis.js';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import type { Lang, Rulebook } from '../../../src/engine/rulebook/types.js';
import { diagnoseBundles } from '../../../src/pipeline/diagnose-bundles.js';

let rulebook: Rulebook | undefined;

function theRulebook(): Rulebook {
  const loaded = rulebook ?? loadRulebookFolder('rules').rulebook;
  if (loaded === undefined) throw new Error('the rulebook does not load');
  rulebook = loaded;
  return loaded;
}

/** A diagnosis by the real pipeline. */
export async function diagnosisOf({ content, name }: ChatInput, lang: Lang): Promise<Diagnosis> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return diagnoseBundles([{ stdin: bytes, name: name ?? 'message' }], { lang, rulebook: theRulebook() });
}

export const START = Date.parse('2026-03-01T08:00:00Z');

/** What the server does for adapters, in this process: diagnoses are real, callbacks are kept, sessions ask two questions. */
export class LocalService implements ChatService {
  time = START;
  readonly delivered: { url: string; body: Record<string, unknown> }[] = [];
  readonly diagnosed: { input: ChatInput; lang: Lang; id: string }[] = [];
  readonly answered: Answer[] = [];
  /** Where set, diagnosing waits for it, or ends with it. */
  gate: Promise<void> | undefined;
  refusal: Error | undefined;
  readonly #seen = new Set<string>();
  readonly #sessions = new Map<string, { lang: Lang; answers: Answer[] }>();
  readonly #background: Promise<void>[] = [];

  async diagnose(input: ChatInput, lang: Lang, id = `d${this.diagnosed.length + 1}`): Promise<StoredDiagnosis> {
    this.diagnosed.push({ input, lang, id });
    await this.gate;
    if (this.refusal !== undefined) throw this.refusal;
    return { id, diagnosis: await diagnosisOf(input, lang), permalink: `https://podnet.example.org/diagnoses/${id}` };
  }

  announce(): { id: string; permalink: string } {
    return { id: 'announced', permalink: 'https://podnet.example.org/diagnoses/announced' };
  }

  async startSession(lang: Lang): Promise<ChatSession> {
    const id = `s${this.#sessions.size + 1}`;
    this.#sessions.set(id, { lang, answers: [] });
    return this.session(id);
  }

  async session(id: string): Promise<ChatSession> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new ServiceRefusal(404, 'no such session');
    return { id, state: await stateOf(session.lang, session.answers) };
  }

  async answer(id: string, answer: Answer): Promise<InterviewState> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new ServiceRefusal(404, 'no such session');
    session.answers.push(answer);
    this.answered.push(answer);
    return (await this.session(id)).state;
  }

  sessionLink(id: string): string {
    return `https://podnet.example.org/sessions/${id}`;
  }

  async seen(platform: string, messageId: string): Promise<boolean> {
    const key = `${platform} ${messageId}`;
    const before = this.#seen.has(key);
    this.#seen.add(key);
    return before;
  }

  async deliver(url: string, body: unknown): Promise<boolean> {
    this.delivered.push({ url, body: JSON.parse(JSON.stringify(body)) });
    return true;
  }

  background(work: () => Promise<void>): void {
    this.#background.push(work());
  }

  now(): number {
    return this.time;
  }

  /** Once all that goes on after the answers has ended. */
  async settled(): Promise<void> {
    while (this.#background.length > 0) await this.#background.shift();
  }
}

export const QUESTIONS: readonly [AskedQuestion, AskedQuestion] = [
  {
    id: 'symptom',
    kind: 'symptom',
    text: 'What is wrong?',
    why: 'It says where to begin.',
    choices: [
      { value: 'pods-apart-unreachable', text: 'A pod cannot reach a pod on another node' },
      { value: 'clusterip-unreachable', text: 'A Service cannot be reached' },
      { value: 'unknown', text: 'Something else' },
    ],
    commands: [],
    separates: [],
    cost: 'look',
    gain: 1,
  },
  {
    id: 'output@node/n1',
    kind: 'output',
    text: 'What does the node say of forwarding?',
    why: 'It tells ip-forward-disabled from overlay-port-blocked.',
    choices: [{ value: 'unknown', text: 'I do not know' }],
    commands: [{ run: 'sysctl net.ipv4.ip_forward', on: 'node/n1' }],
    separates: [{ cause: 'ip-forward-disabled', title: 'The node does not forward' }],
    cost: 'look',
    gain: 0.9,
  },
];

const FAILING = JSON.stringify({
  version: 1,
  reachability: [
    {
      from: { kind: 'pod', node: 'n1', ip: '10.244.1.5' },
      to: { kind: 'pod', node: 'n2', ip: '10.244.2.7' },
      proto: 'icmp',
      ok: false,
      error: 'timeout',
    },
  ],
});

async function stateOf(lang: Lang, answers: readonly Answer[]): Promise<InterviewState> {
  const diagnosis = await diagnosisOf({ content: FAILING, name: 'facts.json' }, lang);
  const question = QUESTIONS[answers.length];
  const leading = diagnosis.diagnoses.map(({ cause, title, probability, subjects }) => ({
    cause,
    title,
    probability,
    subjects,
  }));
  const state = { open: question === undefined ? [] : [question], leading, contradictions: [], refused: [], diagnosis };
  return question === undefined ? { ...state, done: 'One more answer would change nothing.' } : { ...state, question };
}

export interface LocalChat {
  app: FastifyInstance;
  service: LocalService;
  /** Lines of the log so far. */
  log: string[];
}

/** An adapter's routes as the server holds them: bodies as they came, whatever their type. */
export async function localChat(adapter: ChatAdapter, service = new LocalService()): Promise<LocalChat> {
  const log: string[] = [];
  const app = Fastify({ logger: { level: 'trace', stream: { write: (line: string) => void log.push(line) } } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  adapter.register(app, service);
  await app.ready();
  return { app, service, log };
}
