import type { Lang } from '../../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../../report/catalogue.js';

/** What the bots say of themselves; the words of an answer are the report's. */

const EN = {
  working: 'Reading it. The answer follows.',
  willBeAt: 'This takes longer than the chat waits. The answer will be here:',
  starting: 'One question at a time. The first one follows.',
  whole: 'The whole answer',
  sessionPage: 'The whole session',
  cut: '… cut to what a chat message holds; the whole answer has the rest',
  why: 'Why this is asked',
  leading: 'In the lead so far',
  choose: 'To answer, send the number:',
  numberPlace: 'NUMBER',
  choosePaste: 'Or send the output of the commands:',
  pastePlace: 'OUTPUT',
  runOn: 'To learn it, on {where}',
  done: 'No more questions',
  contradictions: 'These cannot all be so',
  refused: 'An answer that could not be used',
  expired: 'There is no session {session}, or no longer. Begin again with {command}.',
  tooLarge: 'That is too large to diagnose in a chat: send it to the server as a bundle.',
  unreadable: 'That cannot be read: {why}',
  busy: 'The server has too much to do or is stopping. Try again in a minute.',
  conflict: 'Somebody else answered in this session at the same time. Send it again.',
  tooLong: 'That took too long and was stopped.',
  failed: 'podnet itself has failed; the log of the server says more.',
  fileNotTaken: 'Files cannot be read here: paste the text, or send the file to the server. {why}',
  fileTooLarge: 'The file is larger than {limit} MB.',
  fileUnreachable: 'The platform did not give the file out.',
  notText: 'Only texts and files can be read here.',
  answered: 'Answered: {choice}',
  help: 'Without anything behind it, {command} asks questions until the cause is known. With pasted outputs, a terminal session, or facts.yaml behind it, it diagnoses them. --lang en or --lang zh chooses the language.',
  alert: 'Alert',
} as const;

const ZH = {
  working: '正在读取，结果随后给出。',
  willBeAt: '所需时间超过聊天平台的等待时限，结果将出现在这里：',
  starting: '每次只问一个问题，第一个问题随后给出。',
  whole: '完整结果',
  sessionPage: '完整会话',
  cut: '……已按聊天消息的长度截断，其余内容见完整结果',
  why: '为什么问这个问题',
  leading: '目前可能性最高的原因',
  choose: '请发送编号作为回答：',
  numberPlace: '编号',
  choosePaste: '也可以发送命令的输出：',
  pastePlace: '命令输出',
  runOn: '查明方法：在 {where} 上执行',
  done: '没有更多问题了',
  contradictions: '以下内容不可能同时成立',
  refused: '有一个回答无法使用',
  expired: '会话 {session} 不存在或已过期，请用 {command} 重新开始。',
  tooLarge: '内容过大，无法在聊天中诊断：请把它作为数据包发给服务器。',
  unreadable: '无法读取：{why}',
  busy: '服务器繁忙或正在停止，请一分钟后再试。',
  conflict: '有人在同一会话中同时作答，请重新发送。',
  tooLong: '诊断时间过长，已停止。',
  failed: 'podnet 自身出错，详情见服务器日志。',
  fileNotTaken: '这里无法读取文件：请粘贴文本，或把文件发给服务器。{why}',
  fileTooLarge: '文件超过 {limit} MB。',
  fileUnreachable: '平台没有给出该文件。',
  notText: '这里只能读取文本和文件。',
  answered: '已回答：{choice}',
  help: '只发送 {command} 时，会逐个提问直到查明原因；在它后面附上粘贴的命令输出、终端会话或 facts.yaml，则直接诊断。--lang en 或 --lang zh 可选择语言。',
  alert: '告警',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type ChatSay = Speaker<typeof EN>;

export function chatWordsOf(lang: Lang): ChatSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}
