import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { loadRulebookFolder } from '../src/engine/rulebook/load.js';
import { handbookFiles, isGenerated } from '../src/report/handbook/handbook.js';
import { handbookWordsOf } from '../src/report/handbook/words.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HANDBOOK = path.join(ROOT, 'docs', 'handbook');
const rulebook = loadRulebookFolder(path.join(ROOT, 'rules')).rulebook!;
const files = handbookFiles(rulebook);
const LANGUAGES = ['en', 'zh'] as const;

/** Headings that no page of a fault, or of what is none, is without. */
const HEADINGS = {
  fault: ['symptoms', 'mechanism', 'confirm', 'excluded', 'neighbours', 'fix', 'verify', 'references'],
  notFault: ['notFault', 'check', 'references'],
} as const;

const pageOf = (cause: { id: string; category: string }, lang: string): string =>
  files.get(`${lang}/${cause.category}/${cause.id}.md`) ?? '';

describe.each(LANGUAGES)('pages in %s', (lang) => {
  const say = handbookWordsOf(lang);

  it('are there for every cause, with the headings that a reader counts on', () => {
    const lacking: string[] = [];
    for (const cause of rulebook.causes) {
      const headings = new Set(pageOf(cause, lang).match(/^## .*$/gm) ?? []);
      for (const heading of HEADINGS[cause.category === 'not-a-fault' ? 'notFault' : 'fault'])
        if (!headings.has(`## ${say(heading)}`)) lacking.push(`${cause.id}: ${say(heading)}`);
    }
    expect(lacking).toEqual([]);
  });

  it('show every alert, every command that undoes a step, and what proves the cause', () => {
    const lacking: string[] = [];
    for (const cause of rulebook.causes) {
      const page = pageOf(cause, lang);
      const steps = [...cause.fix, ...cause.persist, ...cause.verify, ...cause.prevent];
      const alerts = steps.flatMap(({ alert }) => (alert === undefined ? [] : [alert.expr.trim().split('\n')[0]!]));
      const undone = steps.flatMap(({ undo }) => (undo === undefined ? [] : [say('undo')]));
      for (const text of [...alerts, ...undone]) if (!page.includes(text)) lacking.push(`${cause.id}: ${text}`);
    }
    expect(lacking).toEqual([]);
  });

  it('are found from the index by category, each once at least', () => {
    const index = files.get(`${lang}/README.md`)!;
    expect(rulebook.causes.filter(({ id, category }) => !index.includes(`(${category}/${id}.md)`))).toEqual([]);
  });

  it('are there for every CNI', () => {
    expect(rulebook.cnis.filter(({ id }) => !files.has(`${lang}/cnis/${id}.md`)).map(({ id }) => id)).toEqual([]);
  });

  it('leave no slot or placeholder of podnet unfilled', () => {
    const open = [...files]
      .filter(([file]) => file.startsWith(`${lang}/`))
      .flatMap(([file, text]) => {
        const found =
          /\{(?:node|pod|namespace|service|addresses\.nic|tunnel\.\w+|here|there|third)\}|undefined|\[object/.exec(
            text,
          );
        return found === null ? [] : [`${file}: ${found[0]}`];
      });
    expect(open).toEqual([]);
  });

  it('list under each complaint at least one cause', () => {
    const index = files.get(`${lang}/README.md`)!;
    expect(index).not.toMatch(/^\*\*[^\n]+\*\*\n\n(?!- )/m);
  });
});

it('links of pages lead to pages', () => {
  const broken: string[] = [];
  for (const [file, text] of files) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (!files.has(path.posix.join(path.posix.dirname(file), target))) broken.push(`${file}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

it('all alerts are one Prometheus rule file, each by a name of its own', () => {
  const text = files.get('alerts.yaml');
  const alerts = rulebook.causes.flatMap(({ prevent }) => prevent.flatMap(({ alert }) => alert ?? []));
  if (text === undefined) return expect(alerts).toEqual([]);
  const { groups } = parse(text) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.map(({ expr }) => expr.trim()).sort()).toEqual(alerts.map(({ expr }) => expr.trim()).sort());
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

it('two runs give the same to the byte', () => {
  expect([...handbookFiles(rulebook)]).toEqual([...files]);
});

it('bears in every file the mark by which it knows its own', () => {
  expect([...files].filter(([, text]) => !isGenerated(text)).map(([file]) => file)).toEqual([]);
});

// Pages are made anew with `./podnet rules docs` when the rules have changed.
test('the committed handbook is what the rules give', () => {
  const differing = [...files].filter(([file, text]) => {
    const full = path.join(HANDBOOK, file);
    return !existsSync(full) || readFileSync(full, 'utf8') !== text;
  });
  expect(differing.map(([file]) => file)).toEqual([]);
});
