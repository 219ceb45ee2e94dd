import { beforeAll, describe, expect, it } from 'vitest';
import { teamsMessage } from '../../../src/api/chat/adaptive-card.js';
import { diagnosisMessage } from '../../../src/api/chat/diagnosis-message.js';
import { dingtalkMessage } from '../../../src/api/chat/dingtalk.js';
import { feishuCard } from '../../../src/api/chat/feishu-card.js';
import {
  DINGTALK_MARKDOWN,
  MATTERMOST_MARKDOWN,
  markdownMessage,
  WECOM_MARKDOWN,
} from '../../../src/api/chat/markdown-dialect.js';
import type { Message } from '../../../src/api/chat/message.js';
import { stateMessage } from '../../../src/api/chat/question-message.js';
import { slackMessage } from '../../../src/api/chat/slack-blocks.js';
import type { AskedQuestion } from '../../../src/ask/interview.js';
import type { Diagnosis } from '../../../src/engine/diagnosis.js';
import { CASE_STUDIES } from './case-studies.js';
import { diagnosisOf } from './local-chat.js';
import { pastedCase } from './pasted-case.js';

/** What a stranger might write into a name, a value or a line of a log, for any of the platforms. */
const HOSTILE = [
  '<!channel> <@U123> <!subteam^S1> <https://evil.example/a|click> <at user_id="all"></at> <at>all</at> <@all>',
  '[click](https://evil.example/b) ![x](https://evil.example/c.png) https://evil.example/d www.evil.example',
  '@all @channel @here @所有人 *bold* **strong** _em_ __u__ ~~s~~ `code` ```fence``` # head > quote | a | b |',
  '<font color="warning">x</font> :smile: ~town-square &lt;b&gt; \u202edlrow\u0007\u001b[31m\u200b\n# line\n- item\n1. one',
].join(' ');

let diagnosis: Diagnosis;
let diagnosed: Message;
let asked: Message;

/** The diagnosis of a real case with the hostile text in all that a dump can bring. */
beforeAll(async () => {
  const real = await diagnosisOf({ content: pastedCase(CASE_STUDIES[4].path) }, 'en');
  const cause = real.diagnoses[0]!;
  const fact = { subject: `node/${HOSTILE}`, name: HOSTILE, value: HOSTILE, source: { file: HOSTILE, line: 1 } };
  const step = { do: HOSTILE, on: `node/${HOSTILE}`, run: HOSTILE, risk: HOSTILE, expect: HOSTILE };
  diagnosis = {
    ...real,
    verdict: HOSTILE,
    complaint: HOSTILE,
    diagnoses: [
      {
        ...cause,
        title: HOSTILE,
        mechanism: HOSTILE,
        subjects: [`node/${HOSTILE}`],
        fix: [step],
        verify: [step],
        evidence: cause.evidence.map((entry) => ({ ...entry, statement: HOSTILE, collect: HOSTILE, facts: [fact] })),
      },
      { ...cause, rank: 2, title: HOSTILE, subjects: [HOSTILE] },
    ],
    notFaults: [{ id: 'x', explains: [HOSTILE], statement: HOSTILE }],
    unexplained: [{ flow: HOSTILE, leg: HOSTILE, error: HOSTILE, source: {} }],
    alsoFound: [{ cause: HOSTILE, title: HOSTILE, subjects: [HOSTILE], why: HOSTILE }],
    next: [{ id: 'x', text: HOSTILE, collect: HOSTILE, gain: 1, cost: 'look', separates: [] }],
  };
  const question: AskedQuestion = {
    id: 'x',
    kind: 'output',
    text: HOSTILE,
    why: HOSTILE,
    choices: [{ value: 'yes', text: HOSTILE }],
    commands: [{ run: HOSTILE, on: `node/${HOSTILE}` }],
    separates: [],
    cost: 'look',
    gain: 1,
  };
  const state = {
    question,
    open: [question],
    leading: [{ cause: 'x', title: HOSTILE, probability: 0.5, subjects: [HOSTILE] }],
    contradictions: [{ questions: ['x'], text: HOSTILE }],
    refused: [{ question: 'x', why: HOSTILE }],
    diagnosis,
  };
  diagnosed = diagnosisMessage(diagnosis, 'https://podnet.example.org/diagnoses/d1');
  const place = { session: 's1', sessionLink: 'https://podnet.example.org/sessions/s1', invocation: '/diagnose' };
  asked = stateMessage(state, place);
});

/** All objects in a nested value. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)];
}

const messages = (): Message[] => [diagnosed, asked];

/** Controls, directional marks, invisible characters. */
const OBEYED = /[\p{Cc}\p{Cf}]/u;

it('no control character and nothing invisible is left in a message', () => {
  for (const { parts, summary } of messages()) {
    expect(summary).not.toMatch(OBEYED);
    for (const part of parts) {
      if (part.kind === 'code') expect(part.text.replaceAll('\n', '')).not.toMatch(OBEYED);
      else for (const { text } of part.runs) expect(text).not.toMatch(OBEYED);
    }
  }
});

describe('in Slack', () => {
  it('all that a stranger wrote stands in elements without markup; the one link is our own', () => {
    for (const message of messages()) {
      const { blocks, mrkdwn } = slackMessage(message, 'en');
      const types = new Set(
        objectsIn(blocks)
          .map(({ type }) => type)
          .filter((type) => type !== undefined),
      );
      expect(
        [...types].filter(
          (type) =>
            !/^(?:rich_text(?:_section|_preformatted)?|text|link|actions|button|plain_text)$/.test(String(type)),
        ),
      ).toEqual([]);
      expect(
        objectsIn(blocks)
          .filter(({ type }) => type === 'link')
          .map(({ url }) => url),
      ).toEqual([message.link?.url]);
      expect(mrkdwn).toBe(false);
    }
  });

  it('the text for notifications has nothing in angle brackets', () => {
    for (const message of messages()) expect(slackMessage(message, 'en').text).not.toMatch(/[<>]/);
  });

  it('a message stays below what Slack takes', () => {
    for (const message of messages()) {
      const { blocks } = slackMessage(message, 'en');
      expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
      expect(blocks.length).toBeLessThanOrEqual(50);
    }
  });
});

describe('in Feishu', () => {
  it('all text is plain, buttons lead nowhere but to our own address', () => {
    for (const message of messages()) {
      const card = feishuCard(message, 'zh');
      const tags = new Set(
        objectsIn(card)
          .map(({ tag }) => tag)
          .filter((tag) => tag !== undefined),
      );
      expect([...tags].filter((tag) => !/^(?:div|action|button|plain_text)$/.test(String(tag)))).toEqual([]);
      expect(
        objectsIn(card)
          .map(({ url }) => url)
          .filter((url) => url !== undefined),
      ).toEqual([message.link?.url]);
      expect(Buffer.byteLength(JSON.stringify({ content: JSON.stringify(card) }))).toBeLessThan(20_480);
    }
  });
});

describe('in Teams', () => {
  it('all text stands in runs, which know no Markdown', () => {
    for (const message of messages()) {
      const { attachments } = teamsMessage(message, 'en');
      const types = objectsIn(attachments)
        .map(({ type }) => type)
        .filter((type) => type !== undefined);
      expect([...new Set(types)].sort()).toEqual(['Action.OpenUrl', 'AdaptiveCard', 'RichTextBlock', 'TextRun']);
      expect(Buffer.byteLength(JSON.stringify({ type: 'message', attachments }))).toBeLessThanOrEqual(20_500);
    }
  });
});

/** A text without its fenced blocks, and without its code spans where `spans` says so. */
function outsideOfCode(text: string, spans: boolean): string {
  const prose = text.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '');
  return spans ? prose.replace(/(?<![`\\])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '') : prose;
}

describe('in Mattermost', () => {
  it('no mention, link, picture, emoji, channel or HTML is left outside of code', () => {
    for (const message of messages()) {
      const text = markdownMessage(message, MATTERMOST_MARKDOWN, {
        limit: { max: 16_383, unit: 'characters' },
        lang: 'en',
      });
      const prose = outsideOfCode(text, true).replace(/\[[\w ]+\]\(https:\/\/podnet\.example\.org\/[\w/]+\)/, '');
      expect(prose).not.toMatch(/@[a-z\p{Script=Han}]/u);
      expect(prose).not.toMatch(/(?<!\\)[[\]<>~]/);
      expect(prose).not.toMatch(/:\/\//);
      expect(prose).not.toMatch(/(?<!\\):[a-z_]+:/);
      expect(prose).not.toMatch(/\bwww\.e/);
      expect(prose).not.toMatch(/^#/m);
      expect(text.length).toBeLessThanOrEqual(16_383);
    }
  });

  it('a fence is longer than any in what it holds', () => {
    expect(MATTERMOST_MARKDOWN.block('a ```` b\n@channel')).toBe('`````\na ```` b\n@channel\n`````');
    expect(MATTERMOST_MARKDOWN.code('`')).toBe('`` ` ``');
  });
});

describe.each([
  ['DingTalk', DINGTALK_MARKDOWN, 16_000],
  ['WeCom', WECOM_MARKDOWN, 4096],
] as const)('in %s', (_, dialect, max) => {
  it('no mark of Markdown that a stranger wrote is left outside of blocks, whether code spans are known or not', () => {
    for (const message of messages()) {
      const text = markdownMessage(message, dialect, { limit: { max, unit: 'bytes' }, lang: 'zh' });
      const prose = outsideOfCode(text, false)
        .replace(/\[[^\]]+\]\(https:\/\/podnet\.example\.org\/[\w/]+\)/, '')
        .replace(/\*\*([^*]*)\*\*/g, '$1')
        .replace(/`([^`]*)`/g, '$1');
      expect(prose).not.toMatch(/[*`[\]<>|@#~!]|:\/\/|www\./);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(max);
    }
  });

  it('a block cannot be ended, nor a link or a mention begun, from within', () => {
    const block = dialect.block(HOSTILE);
    expect(block.slice(4, -4)).not.toMatch(/```|\]\(|<@/);
  });

  it('names with underscores stay as they are', () => {
    expect(dialect.escape('net.ipv4.ip_forward of nf_conntrack_max')).toBe('net.ipv4.ip_forward of nf_conntrack_max');
  });
});

it("a button of DingTalk's sends nothing but its own answer", () => {
  const { actionCard } = dingtalkMessage(asked, 'zh');
  expect(actionCard?.btns.map(({ actionURL }) => actionURL)).toEqual([
    'dtmd://dingtalkclient/sendMessage?content=answer%20s1%20%3Fx%20yes',
  ]);
});
