import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, fill, type Speaker, speakerOf } from '../report/catalogue.js';

/** What the server says of itself: problems, fields, the page to try it. */

const EN = {
  'bad-request': 'The request cannot be understood',
  'invalid-fields': 'Parts of the request are wrong',
  'not-json': 'The body is not JSON',
  'empty-body': 'The body is empty',
  'incomplete-body': 'The body ended early',
  'bad-multipart': 'The multipart body cannot be read: {why}',
  'no-file': 'The multipart body has no file and no field "facts" or "text"',
  unauthorized: 'A bearer token is needed: Authorization: Bearer <token>',
  'not-found': 'There is nothing at this address',
  'no-diagnosis': 'There is no diagnosis of this id, or no longer',
  'no-session': 'There is no session of this id, or no longer',
  'no-cause': 'No root cause has this id',
  'method-not-allowed': 'This address takes {allowed}',
  'not-acceptable': 'Answers are application/json, text/markdown or text/plain',
  'body-timeout': 'The request came too slowly',
  'session-conflict': 'The session was answered by somebody else in the meantime: read it again',
  'session-full': 'The session has {limit} answers, which is the limit',
  'body-too-large': 'The body is larger than {limit}',
  'unsupported-type': 'This Content-Type is not taken; the header Accept-Post lists those that are',
  'unsupported-encoding': 'Content-Encoding {what} is not taken: send the archive as it is',
  'too-many-requests': 'Too many requests: try again in {seconds} s',
  'headers-too-large': 'The headers are too large',
  internal: 'podnet itself has failed; the log says more under the id of this request',
  'out-of-memory': 'This input needs more memory than a diagnosis may have ({limit})',
  busy: 'The server has as much to do as it takes on: try again soon',
  stopping: 'The server is stopping',
  'store-gone': 'The history cannot be reached: try again soon',
  'time-limit': 'This input took more than {seconds} s and was given up',
  missing: 'is missing',
  'wrong-type': 'is to be {what}',
  'not-one-of': 'is to be one of {what}',
  'not-const': 'is to be {what}',
  'unknown-field': 'is not known here',
  'wrong-form': 'does not have the form {what}',
  'too-long': 'has more than {limit} characters',
  'too-short': 'has fewer than {limit} characters',
  'too-many': 'has more than {limit} entries',
  'too-few': 'has fewer than {limit} entries',
  'too-great': 'is greater than {limit}',
  'too-small': 'is less than {limit}',
  'wrong-shape': 'does not have one of the shapes that are taken',
  'not-a-time': 'is not a time of ISO 8601',
  'not-an-address': 'is not an IP address',
  typeObject: 'an object',
  typeArray: 'a list',
  typeString: 'a text',
  typeNumber: 'a number',
  typeInteger: 'a whole number',
  typeBoolean: 'true or false',
  typeNull: 'null',
  diagnosisTitle: 'podnet: diagnosis',
  sessionTitle: 'podnet: questionnaire',
} as const;

const ZH = {
  'bad-request': '无法理解该请求',
  'invalid-fields': '请求中有错误的部分',
  'not-json': '请求体不是 JSON',
  'empty-body': '请求体为空',
  'incomplete-body': '请求体提前结束',
  'bad-multipart': '无法读取 multipart 请求体：{why}',
  'no-file': 'multipart 请求体中既没有文件，也没有 "facts" 或 "text" 字段',
  unauthorized: '需要令牌：Authorization: Bearer <token>',
  'not-found': '该地址没有内容',
  'no-diagnosis': '没有该编号的诊断，或已过期',
  'no-session': '没有该编号的会话，或已过期',
  'no-cause': '没有该编号的根因',
  'method-not-allowed': '该地址只接受 {allowed}',
  'not-acceptable': '可返回 application/json、text/markdown 或 text/plain',
  'body-timeout': '请求发送得太慢',
  'session-conflict': '会话同时被他人回答：请重新读取',
  'session-full': '会话已有 {limit} 个回答，达到上限',
  'body-too-large': '请求体超过 {limit}',
  'unsupported-type': '不接受该 Content-Type；可接受的类型见响应头 Accept-Post',
  'unsupported-encoding': '不接受 Content-Encoding {what}：请直接发送归档文件',
  'too-many-requests': '请求过多：请在 {seconds} 秒后重试',
  'headers-too-large': '请求头过大',
  internal: 'podnet 自身出错；日志中以本请求的编号记录了详情',
  'out-of-memory': '该输入所需内存超过一次诊断的上限（{limit}）',
  busy: '服务器已满负荷：请稍后重试',
  stopping: '服务器正在停止',
  'store-gone': '无法访问历史记录：请稍后重试',
  'time-limit': '该输入超过 {seconds} 秒仍未完成，已放弃',
  missing: '缺失',
  'wrong-type': '应为{what}',
  'not-one-of': '应为其中之一：{what}',
  'not-const': '应为 {what}',
  'unknown-field': '不是已知字段',
  'wrong-form': '不符合格式 {what}',
  'too-long': '超过 {limit} 个字符',
  'too-short': '少于 {limit} 个字符',
  'too-many': '超过 {limit} 项',
  'too-few': '少于 {limit} 项',
  'too-great': '大于 {limit}',
  'too-small': '小于 {limit}',
  'wrong-shape': '不符合任何可接受的形式',
  'not-a-time': '不是 ISO 8601 时间',
  'not-an-address': '不是 IP 地址',
  typeObject: '对象',
  typeArray: '列表',
  typeString: '文本',
  typeNumber: '数字',
  typeInteger: '整数',
  typeBoolean: 'true 或 false',
  typeNull: 'null',
  diagnosisTitle: 'podnet：诊断',
  sessionTitle: 'podnet：问诊',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type Word = keyof typeof EN;
export type ApiSay = Speaker<typeof EN>;

/** The texts of one language. */
export function apiWordsOf(lang: Lang): ApiSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}

/** A text whose slots are known only at run time; what fills them is a message's business. */
export function wordIn(lang: Lang, word: Word, slots: Readonly<Record<string, string | number>> = {}): string {
  return fill(CATALOGUES[lang][word], slots);
}
