import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What the questionnaire says around the rulebook's own questions. */

const EN = {
  opening: 'What is wrong?',
  openingWhy: 'It says where to begin. An error message or the output of a command, pasted, does as well.',
  outputOne: 'On {place}: is it so that {statement}?',
  outputMany: 'On {place}: run these and paste what they print, or say which of these is so',
  outputWhy: 'It would show {cause}.',
  separates: 'Tells {first} from {others}.',
  yes: 'yes',
  no: 'no',
  unknown: "don't know",
  none: 'none of these',
  works: 'it works',
  timeout: 'no answer (timeout)',
  refused: 'refused at once (connection refused, reset)',
  unreachable: 'no route to host, or network unreachable',
  stalls: 'it begins and then hangs',
  nxdomain: 'no such name (NXDOMAIN)',
  servfail: 'the server reports a failure (SERVFAIL)',
  fails: 'it fails in another way',
  slow: 'it works, but slowly',
  'at-times': 'sometimes it works, sometimes not',
  cluster: 'a workstation with kubectl',
  doneProven: 'The cause is proven: nothing more needs to be asked.',
  doneSure: 'What is known is enough to act upon: one more answer would not change what to do.',
  doneNoGain: 'No further question would tell the remaining causes apart.',
  doneHealthy: 'Nothing that was told is a fault.',
  contradictsAnswer: '“{question}” ({answer}) and “{other}” ({otherAnswer}) cannot both be so.',
  contradictsMeasured: '“{question}” was answered with “{answer}”, but what was measured says otherwise ({source}).',
  contradictsRest: '“{question}”: “{answer}” does not fit with everything else that is known; is it right?',
  refusedQuestion: 'there is no such question',
  refusedChoice: 'there is no such choice',
  refusedEmpty: 'neither a choice nor a text was given',
  refusedPaste: 'nothing in the pasted text was recognised',
} as const;

const ZH = {
  opening: '出了什么问题？',
  openingWhy: '由此决定从哪里问起。也可以直接粘贴报错信息或命令输出。',
  outputOne: '在 {place} 上是否如此：{statement}？',
  outputMany: '在 {place} 上执行以下命令并粘贴输出，或选出属实的一项',
  outputWhy: '可以证实“{cause}”。',
  separates: '用于区分 {first} 与 {others}。',
  yes: '是',
  no: '否',
  unknown: '不知道',
  none: '都不是',
  works: '正常',
  timeout: '没有响应（超时）',
  refused: '立即被拒绝（connection refused、reset）',
  unreachable: '提示 no route to host 或 network unreachable',
  stalls: '能开始，随后卡住',
  nxdomain: '域名不存在（NXDOMAIN）',
  servfail: '服务器返回失败（SERVFAIL）',
  fails: '以其他方式失败',
  slow: '能通但很慢',
  'at-times': '时通时不通',
  cluster: '能使用 kubectl 的机器',
  doneProven: '根因已经证实，无需再问。',
  doneSure: '现有信息足以采取行动，再多一个答案也不会改变处理办法。',
  doneNoGain: '再问下去也无法区分剩下的原因。',
  doneHealthy: '所述现象都不是故障。',
  contradictsAnswer: '“{question}”（{answer}）与“{other}”（{otherAnswer}）不可能同时成立。',
  contradictsMeasured: '“{question}”的回答是“{answer}”，但实测结果相反（{source}）。',
  contradictsRest: '“{question}”的回答“{answer}”与其他已知情况不符，请确认。',
  refusedQuestion: '没有这个问题',
  refusedChoice: '没有这个选项',
  refusedEmpty: '既没有选择，也没有粘贴内容',
  refusedPaste: '粘贴的内容无法识别',
} as const satisfies Record<keyof typeof EN, string>;

const WORDS: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type InterviewSay = Speaker<typeof EN>;

export function interviewWordsOf(lang: Lang): InterviewSay {
  return speakerOf<typeof EN>(WORDS[lang]);
}
