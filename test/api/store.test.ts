import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/podnet.js';
import { Postgres, postgresPrograms } from './postgres.js';
import { cleanUp, diagnose, FACTS, JSON_TYPE, type Served, scratch, serve, until } from './server.js';

/** What is acknowledged stays, whatever happens to the server or to its database. */

const programs = postgresPrograms();
const all = process.env.PODNET_REQUIRE === 'all';

beforeAll(build, 120_000);
afterAll(cleanUp);

test.runIf(all)('PostgreSQL is installed', () => {
  expect(programs).toBeTypeOf('string');
});

interface Listed {
  diagnoses: { id: string; at: string; found: { cause: string; subject: string }[] }[];
  next?: string;
}

async function history(url: string, query = ''): Promise<Listed> {
  const response = await fetch(`${url}/diagnoses${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Listed;
}

function idOf(response: Response): string {
  return response.headers.get('content-location')!.replace('/diagnoses/', '');
}

interface Database {
  options(): Promise<string[]>;
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
}

const sqlite: Database = (() => {
  let folder = '';
  return {
    async options() {
      folder = join(scratch(), 'state');
      return ['--database', join(folder, 'history.db')];
    },
    async takeAway() {
      renameSync(folder, `${folder}-away`);
    },
    async bringBack() {
      renameSync(`${folder}-away`, folder);
    },
  };
})();

const postgresql: Database = (() => {
  let server: Postgres | undefined;
  return {
    async options() {
      server = await Postgres.start(programs!);
      return ['--database-url', server.url];
    },
    takeAway: async () => server?.down(),
    bringBack: async () => server?.up(),
  };
})();

describe.each([
  ['SQLite', sqlite],
  ...(programs === undefined ? [] : [['PostgreSQL', postgresql] as [string, Database]]),
] as [string, Database][])('with %s', (_name, database) => {
  let options: string[];
  let served: Served;

  beforeAll(async () => {
    options = await database.options();
    served = await serve(options);
  }, 60_000);

  afterAll(async () => {
    await served.end();
    await database.takeAway();
  });

  test('a diagnosis is found again under its address, to the byte', async () => {
    const response = await diagnose(served.url);
    const answer = await response.text();
    const kept = await fetch(`${served.url}/diagnoses/${idOf(response)}`);
    expect(await kept.text()).toBe(answer);
  });

  test('the history is searched by cause, subject and time', async () => {
    const id = idOf(await diagnose(served.url));
    const [{ found, at }] = (await history(served.url, '?limit=1')).diagnoses as [Listed['diagnoses'][0]];
    const { cause, subject } = found[0]!;
    const ids = async (query: string) => (await history(served.url, query)).diagnoses.map((one) => one.id);
    expect(await ids(`?cause=${cause}&subject=${encodeURIComponent(subject)}&from=${at}&to=${at}`)).toContain(id);
    expect(await ids(`?cause=${cause}&subject=node/`)).toContain(id);
    expect(await ids('?cause=no-such-cause')).toEqual([]);
    expect(await ids('?subject=node/elsewhere')).toEqual([]);
    expect(await ids('?from=2999-01-01')).toEqual([]);
  });

  test('ids that no database takes are not found', async () => {
    for (const id of ['%00', '%ED%A0%80', "';--", '%F0%9F%92%A5']) {
      const { status } = await fetch(`${served.url}/diagnoses/${id}`);
      expect([400, 404], id).toContain(status);
      expect([400, 404], id).toContain((await fetch(`${served.url}/sessions/${id}`)).status);
    }
    expect((await history(served.url, '?subject=%00&cause=%00')).diagnoses).toEqual([]);
  });

  test('a long history is read page by page, each diagnosis once', async () => {
    for (let i = 0; i < 5; i += 1) await diagnose(served.url);
    const read: string[] = [];
    let next: string | undefined = '/diagnoses?limit=2';
    while (next !== undefined) {
      const page = (await (await fetch(served.url + next)).json()) as Listed;
      read.push(...page.diagnoses.map(({ id }) => id));
      next = page.next;
    }
    expect(new Set(read).size).toBe(read.length);
    expect(read.length).toBe((await history(served.url, '?limit=100')).diagnoses.length);
  });

  test('two answers to one session at the same time are both kept', async () => {
    const session = (await (await fetch(`${served.url}/sessions`, { method: 'POST' })).json()) as { id: string };
    const answer = (question: string) =>
      fetch(`${served.url}/sessions/${session.id}/answers`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ question, value: 'unknown' }),
      });
    const statuses = await Promise.all([answer('symptom'), answer('restart-agent-helps')]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
    const state = (await (await fetch(`${served.url}/sessions/${session.id}`)).json()) as {
      answers: { question: string }[];
    };
    expect(state.answers.map(({ question }) => question).sort()).toEqual(['restart-agent-helps', 'symptom']);
  });

  test('while the database is gone answers are 503, and afterwards all is as before', async () => {
    const before = idOf(await diagnose(served.url));
    await database.takeAway();
    const response = await diagnose(served.url);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect((await fetch(`${served.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    await database.bringBack();
    await until(async () => (await fetch(`${served.url}/readyz`)).ok);
    expect((await diagnose(served.url)).status).toBe(200);
    expect((await fetch(`${served.url}/diagnoses/${before}`)).status).toBe(200);
  });

  test('a server killed in the middle of load has lost nothing that it acknowledged', async () => {
    const acknowledged: string[] = [];
    let killed = false;
    const caller = async (): Promise<void> => {
      while (!killed) {
        try {
          const response = await diagnose(served.url, FACTS);
          if (response.ok) acknowledged.push(idOf(response));
        } catch {
          // Cut off: nobody was told that it is kept.
        }
      }
    };
    const callers = Array.from({ length: 8 }, caller);
    await until(async () => acknowledged.length >= 40);
    await served.end('SIGKILL');
    killed = true;
    await Promise.all(callers);
    served = await serve(options);
    const lost: string[] = [];
    for (const id of acknowledged) if (!(await fetch(`${served.url}/diagnoses/${id}`)).ok) lost.push(id);
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
    expect(lost).toEqual([]);
  });
});

test.runIf(programs !== undefined)('two servers on one PostgreSQL continue the same session', async () => {
  const postgres = await Postgres.start(programs!);
  const [one, other] = await Promise.all([0, 1].map(() => serve(['--database-url', postgres.url])));
  const session = (await (await fetch(`${one!.url}/sessions`, { method: 'POST' })).json()) as { id: string };
  const answered = await fetch(`${other!.url}/sessions/${session.id}/answers`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ question: 'symptom', value: 'unknown' }),
  });
  expect(answered.status).toBe(200);
  const state = (await (await fetch(`${one!.url}/sessions/${session.id}`)).json()) as { version: number };
  expect(state.version).toBe(1);
  await Promise.all([one!.end(), other!.end()]);
  await postgres.down();
});

test('a second server is not let at the SQLite file of one that runs', async () => {
  const options = await sqlite.options();
  const first = await serve(options);
  const second = await serve(options, { ready: false });
  expect((await fetch(`${second.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  await Promise.all([first.end(), second.end()]);
});
