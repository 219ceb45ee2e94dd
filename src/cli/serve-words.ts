import type { Lang } from '../engine/rulebook/types.js';
import { type Catalogues, type Speaker, speakerOf } from '../report/catalogue.js';

/** What `podnet serve` says of itself. */

const EN = {
  serve: 'answer over HTTP: diagnoses, the questionnaire, chat bots',
  optionHost: 'address to listen on (default: PODNET_HOST, else 127.0.0.1); another than loopback needs --token-file',
  optionPort: 'port (default: PODNET_PORT, else 8080; 0: any that is free)',
  optionTokenFile:
    'file with the SHA-256 of each token that opens the server, one a line, a name after it (or PODNET_TOKEN_FILE)',
  optionDatabase:
    "SQLite's file for history and sessions (default: PODNET_DATABASE, else podnet/history.db below XDG_STATE_HOME or ~/.local/state; :memory: keeps nothing)",
  optionDatabaseUrl: 'postgres://…: history and sessions there, for several replicas (or PODNET_DATABASE_URL)',
  optionPublicUrl: 'what permalinks begin with: https://podnet.example.org (or PODNET_PUBLIC_URL)',
  optionWorkers: 'diagnoses that are worked on at the same time (default: one a processor)',
  optionRateLimit: 'requests of one caller a minute (default: 600; 0: no limit)',
  optionMaxBody: 'largest body, megabytes (default: 64)',
  optionMaxSeconds: 'longest work on one diagnosis, seconds (default: 30)',
  optionMaxMemory: 'heap of one diagnosis, megabytes (default: 512)',
  optionKeepDays: 'how long the history is kept, days (default: 90)',
  optionSessionHours: 'how long a session lives after its last answer, hours (default: 24)',
  optionStopSeconds: 'how long a stop waits for requests that run, seconds (default: 30)',
  optionCallbackHost:
    'host to which chat callbacks may go beside those of the platforms; *.example.org is all below; repeatable',
  optionLogLevel: 'error, warn, info, debug or silent (default: info); the log is JSON on standard error',
  tokensHeading: 'Tokens:',
  tokenMake: 'make one; the caller keeps this',
  tokenHash: 'its line in the token file',
  tokenUse: 'how a caller sends it',
  listening: 'podnet listens on {url}',
  invalidWhole: 'a whole number from {from} to {to}',
  needsTokens: '{host} is not loopback: name the tokens that open the server with --token-file',
  noTokens: '{file} holds no token',
  tokenNotHashed: '{file}:{line}: not the SHA-256 of a token (64 hexadecimal digits)',
  cannotRead: '{file} cannot be read ({why})',
  cannotMake: '{file} cannot be made ({why})',
  cannotListen: 'cannot listen on {host}:{port} ({why})',
  badUrl: 'option {option} takes an address such as {example}',
} as const;

const ZH = {
  serve: '通过 HTTP 提供服务：诊断、问诊、聊天机器人',
  optionHost: '监听地址（默认：PODNET_HOST，否则 127.0.0.1）；非回环地址需要 --token-file',
  optionPort: '端口（默认：PODNET_PORT，否则 8080；0：任一空闲端口）',
  optionTokenFile: '令牌文件：每行一个可访问服务器的令牌的 SHA-256，其后可写名称（或 PODNET_TOKEN_FILE）',
  optionDatabase:
    '存放历史与会话的 SQLite 文件（默认：PODNET_DATABASE，否则 XDG_STATE_HOME 或 ~/.local/state 下的 podnet/history.db；:memory: 不保存）',
  optionDatabaseUrl: 'postgres://…：历史与会话存于此，供多个副本使用（或 PODNET_DATABASE_URL）',
  optionPublicUrl: '永久链接的开头：https://podnet.example.org（或 PODNET_PUBLIC_URL）',
  optionWorkers: '同时进行的诊断数（默认：每个处理器一个）',
  optionRateLimit: '每个调用者每分钟的请求数（默认：600；0：不限）',
  optionMaxBody: '请求体上限，MB（默认：64）',
  optionMaxSeconds: '一次诊断的最长时间，秒（默认：30）',
  optionMaxMemory: '一次诊断的堆内存，MB（默认：512）',
  optionKeepDays: '历史保留天数（默认：90）',
  optionSessionHours: '最后一次回答后会话保留的小时数（默认：24）',
  optionStopSeconds: '停止时等待进行中请求的秒数（默认：30）',
  optionCallbackHost: '除各平台外允许聊天回调的主机；*.example.org 表示其下所有主机；可重复',
  optionLogLevel: 'error、warn、info、debug 或 silent（默认：info）；日志为标准错误上的 JSON',
  tokensHeading: '令牌：',
  tokenMake: '生成一个；由调用者保管',
  tokenHash: '它在令牌文件中的一行',
  tokenUse: '调用者如何发送',
  listening: 'podnet 正在监听 {url}',
  invalidWhole: '{from} 到 {to} 的整数',
  needsTokens: '{host} 不是回环地址：请用 --token-file 指定可访问服务器的令牌',
  noTokens: '{file} 中没有令牌',
  tokenNotHashed: '{file}:{line}：不是令牌的 SHA-256（64 位十六进制）',
  cannotRead: '无法读取 {file}（{why}）',
  cannotMake: '无法创建 {file}（{why}）',
  cannotListen: '无法监听 {host}:{port}（{why}）',
  badUrl: '选项 {option} 应为地址，例如 {example}',
} as const satisfies Record<keyof typeof EN, string>;

const CATALOGUES: Catalogues<typeof EN, typeof ZH> = { en: EN, zh: ZH };

export type ServeSay = Speaker<typeof EN>;

/** The words of one language. */
export function serveWordsOf(lang: Lang): ServeSay {
  return speakerOf<typeof EN>(CATALOGUES[lang]);
}
