import { beforeAll, describe, expect, it } from 'vitest';
import { teamsMessage } from '../../../src/api/chat/adaptive-card.js';
import { dingtalkMessage } from '../../../src/api/chat/dingtalk.js';
import { feishuCard } from '../../../src/api/chat/feishu-card.js';
import { markdownMessage, WECOM_MARKDOWN } from '../../../src/api/chat/markdown-dialect.js';
import type { Message } from '../../../src/api/chat/message.js';
import { stateMessage } from '../../../src/api/chat/question-message.js';
import { slackMessage } from '../../../src/api/chat/slack-blocks.js';
import { openingQuestion } from '../../../src/ask/asked-question.js';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { diagnosisOf } from './local-chat.js';
import { textsIn } from './texts-in.js';

/** The opening question has more choices than buttons can say in words. */

let message: Message;
let choices: string[];

beforeAll(async () => {
  const question = openingQuestion(loadRulebookFolder('rules').rulebook!, 'zh');
  choices = question.choices.map(({ text }) => text);
  const diagnosis = await diagnosisOf({ content: '' }, 'zh');
  const state = { question, open: [question], leading: [], contradictions: [], refused: [], diagnosis };
  const session = 'uWq3kRZ0Y8mB5nT1xVc7aLd2';
  const place = { session, sessionLink: `https://podnet.example.org/sessions/${session}`, invocation: '/diagnose' };
  message = stateMessage(state, place);
});

describe('a question of many choices', () => {
  it('has a button with a number for each of them in Slack and Feishu, and lists them', () => {
    const numbers = choices.map((_, index) => String(index + 1));
    expect(numbers.length).toBeGreaterThan(20);
    const { blocks } = slackMessage(message, 'zh');
    const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(buttons.map(({ text }) => text.text)).toEqual(numbers);
    const card = feishuCard(message, 'zh');
    const pressed = card.elements.flatMap((element) => (element.tag === 'action' ? element.actions : []));
    expect(pressed.filter(({ value }) => value !== undefined).map(({ text }) => text.content)).toEqual(numbers);
    for (const choice of choices) {
      expect(textsIn(blocks).join('')).toContain(choice);
      expect(textsIn(card, 'content').join('')).toContain(choice);
    }
  });

  it('is answered by number in DingTalk, Teams and WeCom, which list them all', () => {
    const texts = [
      dingtalkMessage(message, 'zh').markdown!.text,
      textsIn(teamsMessage(message, 'zh')).join(''),
      markdownMessage(message, WECOM_MARKDOWN, { limit: { max: 4096, unit: 'bytes' }, lang: 'zh' }),
    ];
    for (const text of texts) {
      expect(text).toContain('/diagnose answer uWq3kRZ0Y8mB5nT1xVc7aLd2 编号');
      expect(text).toContain(`${choices.length}. `);
    }
    expect(Buffer.byteLength(texts[2]!)).toBeLessThanOrEqual(4096);
    expect(texts[2]).toContain('https://podnet.example.org/sessions/');
  });

  it('is cut in its list before it loses how to answer', () => {
    const text = markdownMessage(message, WECOM_MARKDOWN, { limit: { max: 1000, unit: 'bytes' }, lang: 'zh' });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1000);
    expect(text).toContain('/diagnose answer uWq3kRZ0Y8mB5nT1xVc7aLd2 编号');
    expect(text).toContain('1. ');
  });
});
