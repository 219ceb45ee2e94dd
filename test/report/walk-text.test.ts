import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { DROP_REASONS, STEP_KINDS, type WalkBranch, type WalkResult } from '../../src/facts/walk/result.js';
import type { WalkedFlow } from '../../src/facts/walk/walked-flow.js';
import { WALK_SCHEMA } from '../../src/report/schema.js';
import { dropWords } from '../../src/report/walk-drop-words.js';
import { renderWalkJson } from '../../src/report/walk-json.js';
import { WalkOverview } from '../../src/report/walk-overview.js';
import { stepText } from '../../src/report/walk-step-words.js';
import { renderWalk, type WalkTextOptions } from '../../src/report/walk-text.js';
import { displayWidth } from '../../src/report/wrap.js';

const PLAIN: WalkTextOptions = { color: false, width: 80, lang: 'en', verbose: false };

const STEP = {
  on: 'node/n1',
  kind: 'routed',
  packet: '10.0.0.1 > 10.0.0.2/icmp',
  detail: { via: '10.0.0.9' },
} as const;

function result(more: Partial<WalkResult>): WalkResult {
  return {
    ...{ verdict: 'delivered', at: 'node/n1', label: '', missing: [], steps: [STEP], from: 'a', to: 'b' },
    ...more,
  };
}

function walked(more: Partial<WalkResult>, own: Pick<WalkedFlow, 'happened'> = {}): WalkedFlow {
  return { from: 'pod/d/a', to: 'pod/d/b/icmp', result: result(more), ...own };
}

async function jsonOf(...walks: WalkedFlow[]): Promise<string> {
  let text = '';
  for await (const piece of renderWalkJson(walks)) text += piece;
  return text;
}

const ajv = new Ajv2020.Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(WALK_SCHEMA);

describe('words', () => {
  test.each(DROP_REASONS)('%s says why and what to look at next, in both languages', (reason) => {
    for (const lang of ['en', 'zh'] as const) {
      const { what, next } = dropWords(reason, lang);
      expect(what).not.toMatch(/[.。]$/);
      expect(next).toMatch(/[.。]$/);
    }
    expect(dropWords(reason, 'zh').what).toMatch(/\p{Script=Han}/u);
  });

  test('what to look at next only reads', () => {
    for (const reason of DROP_REASONS) {
      for (const [, command] of dropWords(reason, 'en').next.matchAll(/`([^`]+)`/g)) {
        expect(command).not.toMatch(/(?<!\S)(?:add|del|delete|set|flush|apply|edit|restart|-w|-F|-D|rm)(?!\S)/);
      }
    }
  });

  test.each(STEP_KINDS)('the step %s holds without any of its values, and shows those that it has', (kind) => {
    for (const lang of ['en', 'zh'] as const) {
      const bare = stepText({ on: 'node/n1', kind, packet: 'x', detail: {} }, lang);
      expect(bare).not.toMatch(/[{}]/);
      expect(bare.trim()).not.toBe('');
      const full = stepText({ on: 'node/n1', kind, packet: 'x', detail: { unheard: 'of$&' } }, lang);
      expect(full).toContain('unheard of$&');
    }
  });

  test('a value that holds braces is not filled in again', () => {
    const text = stepText(
      { on: 'node/n1', kind: 'routed', packet: 'x', detail: { via: '{device}' }, device: 'e' },
      'en',
    );
    expect(text).toBe('routed, via {device}, out of e');
  });
});

describe('the verdict', () => {
  test('of a reply that is dropped says that it is the way back', () => {
    const end = { verdict: 'dropped', at: 'node/n2', reason: 'reverse-path', by: 'rp_filter', missing: [] } as const;
    const text = renderWalk(walked({ ...end, reply: { ...end, steps: [{ ...STEP, on: 'node/n2' }] } }), PLAIN);
    expect(text).toMatch(/^DROPPED on the way back, at node\/n2: rp_filter\n/);
    expect(text).toContain('The way back');
  });

  test('has the source where what decided does not name it', () => {
    const source = { file: 'nodes/n1/ip_route', line: 3 };
    const text = renderWalk(walked({ verdict: 'dropped', by: 'blackhole 10.0.0.0/8', source }), PLAIN);
    expect(text.split('\n')[0]).toBe('DROPPED at node/n1: blackhole 10.0.0.0/8 (nodes/n1/ip_route:3)');
  });

  test('of what leaves the cluster is bounded', () => {
    expect(renderWalk(walked({ beyond: 'outside' }), PLAIN)).toMatch(/^DELIVERED as far as the state shows: it leaves/);
  });

  test('that is unknown lists what is missing with the command, and what is likely', () => {
    const missing = [{ on: 'node/n1', what: 'net.ipv4.ip_forward', collect: 'sysctl net.ipv4.ip_forward' }];
    const text = renderWalk(walked({ verdict: 'unknown', missing, otherwise: 'delivered' }), PLAIN);
    expect(text).toContain('If nothing that is missing speaks against it: delivered');
    expect(text).toContain('  - node/n1: net.ipv4.ip_forward\n      sysctl net.ipv4.ip_forward\n');
  });

  test('of ways that are partly not known counts them', () => {
    const way = (verdict: WalkBranch['verdict'], label: string): WalkBranch => ({ ...result({ verdict }), label });
    const branches = [way('dropped', 'x'), way('delivered', 'y'), way('unknown', 'z')];
    expect(renderWalk(walked({ verdict: 'varies', branches }), PLAIN).replaceAll('\n', ' ')).toMatch(
      /^VARIES: of 3 ways 1 drop it, 1 deliver it, 1 are not known/,
    );
  });

  test('that what happened contradicts is said to', () => {
    const text = renderWalk(walked({ verdict: 'dropped' }, { happened: { proto: 'tcp', state: 'ok' } }), PLAIN);
    expect(text).toContain('What happened: it worked, which is not what the state predicts');
  });
});

describe('the page', () => {
  test('folds many chains into their number', () => {
    const steps = Array.from({ length: 9 }, (_, i) => ({
      ...STEP,
      kind: 'passed-chain' as const,
      detail: { chain: `filter C${i}` },
    }));
    expect(renderWalk(walked({ steps }), PLAIN)).toContain('passes 9 chains');
    expect(renderWalk(walked({ steps }), { ...PLAIN, verbose: true })).toContain('9. passes filter C8');
  });

  test('obeys nothing that a dump holds', () => {
    const evil = 'x\u001b]0;owned\u0007\u202e\r\n- not a line';
    const text = renderWalk(
      {
        ...walked({
          ...{ verdict: 'dropped', at: `node/${evil}`, by: evil, source: { file: evil, line: 1 } },
          steps: [{ ...STEP, on: `node/${evil}`, device: evil, text: evil, packet: evil, detail: { [evil]: evil } }],
          missing: [{ on: evil, what: evil, collect: evil }],
          branches: [result({ label: evil }), result({ label: `${evil}2` })],
        }),
        from: evil,
        to: evil,
      },
      PLAIN,
    );
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(text).not.toMatch(/^- not a line/m);
  });

  test.each(['en', 'zh'] as const)('holds on 60 columns in %s', (lang) => {
    const text = renderWalk(walked({ verdict: 'dropped', reason: 'mtu-exceeded', by: 'x'.repeat(200) }), {
      ...PLAIN,
      lang,
      width: 60,
    });
    expect(text.split('\n').filter((line) => displayWidth(line) > 60)).toEqual([]);
  });

  test('of a very long rule shows its beginning', () => {
    const steps = [{ ...STEP, text: 'y'.repeat(100_000) }];
    expect(renderWalk(walked({ steps }), PLAIN).length).toBeLessThan(2000);
  });
});

describe('an overview', () => {
  test('puts the dropped first, one group for each thing that drops', () => {
    const overview = new WalkOverview(PLAIN);
    for (const by of [undefined, 'rule 1', 'rule 2', 'rule 2'])
      overview.add(walked(by === undefined ? {} : { verdict: 'dropped', by }));
    expect(overview.toString().match(/^\S.*\(\d\)$/gm)).toEqual([
      'Dropped at node/n1: rule 2 (2)',
      'Dropped at node/n1: rule 1 (1)',
      'Delivered (1)',
    ]);
  });

  test('makes one group of what ends for one reason in one place, in whatever words', () => {
    const overview = new WalkOverview(PLAIN);
    for (const by of ['nobody has 10.0.0.1', 'nobody has 10.0.0.2'])
      overview.add(walked({ verdict: 'dropped', reason: 'nobody-has-address', by }));
    expect(overview.toString()).toContain('Dropped at node/n1: no machine here has the address (2)');
  });

  test('keeps what failed although the state delivers it apart from what worked', () => {
    const overview = new WalkOverview(PLAIN);
    for (const state of ['ok', 'failing', 'ok'] as const)
      overview.add(walked({}, { happened: { proto: 'tcp', state } }));
    expect(overview.toString().match(/^\S.*\(\d\)$/gm)).toEqual(['Delivered, but it failed (1)', 'Delivered (2)']);
  });

  test('has an end to its groups', () => {
    const overview = new WalkOverview(PLAIN);
    for (let i = 0; i < 5000; i += 1) overview.add(walked({ verdict: 'dropped', by: `rule ${i}` }));
    const text = new WalkOverview({ ...PLAIN, verbose: true });
    for (let i = 0; i < 5000; i += 1) text.add(walked({ verdict: 'dropped', by: `rule ${i}` }));
    expect(overview.toString()).toMatch(/^5000 flows: 5000 dropped\n/);
    expect(text.toString()).toContain('Others, each for a reason of its own (4800)');
  });

  test('names some flows of a large group and counts the others', () => {
    const overview = new WalkOverview(PLAIN);
    for (let i = 0; i < 1000; i += 1) overview.add(walked({}));
    const text = overview.toString();
    expect(text).toContain('and 992 more');
    expect(text.split('\n').length).toBeLessThan(20);
  });
});

describe('JSON', () => {
  test('of nothing is an empty array', async () => {
    expect(await jsonOf()).toBe('[]\n');
  });

  test('escapes what a terminal would obey, and a reader gets it unchanged', async () => {
    const evil = 'a\u001b[2J\u202e"\\\n';
    const text = await jsonOf(walked({ verdict: 'dropped', by: evil }));
    expect(text).not.toMatch(/\u001b|\u202e/);
    expect((JSON.parse(text) as { by: string }[])[0]!.by).toBe(evil);
  });

  test('of the documentation meets the schema', () => {
    const page = readFileSync(new URL('../../docs/walk.md', import.meta.url), 'utf8');
    const sample = JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(page)![1]!) as unknown;
    expect(validate(sample), JSON.stringify(validate.errors)).toBe(true);
  });

  test('knows every kind of step and every reason', async () => {
    const walks = DROP_REASONS.map((reason) =>
      walked({ verdict: 'dropped', reason, steps: STEP_KINDS.map((kind) => ({ ...STEP, kind })) }),
    );
    const all = JSON.parse(await jsonOf(...walks)) as unknown;
    expect(validate(all), JSON.stringify(validate.errors)).toBe(true);
  });
});
