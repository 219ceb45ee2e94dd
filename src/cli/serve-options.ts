import { Option } from 'commander';
import type { ServeSay } from './serve-words.js';
import type { Say } from './words.js';

/** What `podnet serve` can be told. `checked` makes a parser of a whole number within bounds. */
export function serveOptions(
  say: Say,
  serve: ServeSay,
  whole: (option: string, from: number, to: number) => (value: string) => number,
  repeated: (value: string, before?: string[]) => string[],
): Option[] {
  const number = (flags: string, description: string, from: number, to: number): Option =>
    new Option(flags, description).argParser(whole(flags.split(' ', 1)[0]!, from, to));
  return [
    new Option('--host <address>', serve('optionHost')),
    number('--port <n>', serve('optionPort'), 0, 65_535),
    new Option('--token-file <file>', serve('optionTokenFile')),
    new Option('--database <file>', serve('optionDatabase')),
    new Option('--database-url <url>', serve('optionDatabaseUrl')),
    new Option('--public-url <url>', serve('optionPublicUrl')),
    number('--workers <n>', serve('optionWorkers'), 1, 64),
    number('--rate-limit <n>', serve('optionRateLimit'), 0, 1_000_000),
    number('--max-body <mb>', serve('optionMaxBody'), 1, 1024),
    number('--max-seconds <s>', serve('optionMaxSeconds'), 1, 3600),
    number('--max-memory <mb>', serve('optionMaxMemory'), 64, 16_384),
    number('--keep-days <n>', serve('optionKeepDays'), 1, 3650),
    number('--session-hours <n>', serve('optionSessionHours'), 1, 8760),
    number('--stop-seconds <n>', serve('optionStopSeconds'), 0, 3600),
    new Option('--callback-host <host>', serve('optionCallbackHost')).argParser(repeated),
    new Option('--log-level <level>', serve('optionLogLevel')).choices(['error', 'warn', 'info', 'debug', 'silent']),
    new Option('--lang <lang>', say('optionLang')).choices(['en', 'zh']),
  ];
}

/** What `podnet serve --help` adds: how a token is made and used. */
export function serveHelp(serve: ServeSay, columns: (rows: [string, string][]) => string[]): string {
  return [
    '',
    serve('tokensHeading'),
    ...columns([
      ['TOKEN=$(openssl rand -hex 32)', serve('tokenMake')],
      ['printf %s "$TOKEN" | sha256sum', serve('tokenHash')],
      ['Authorization: Bearer $TOKEN', serve('tokenUse')],
    ]),
  ].join('\n');
}
