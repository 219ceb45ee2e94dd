const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;

const ISO = /(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?/y;
/** klog: `I0224 10:11:12.123456`. */
const KLOG = /[IWEF](\d{2})(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?/y;
/** syslog (RFC 3164), which has no year: `Feb 11 09:49:03`. hubble adds milliseconds. */
const SYSLOG =
  /(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?/y;
/** `dmesg -T`: `[Tue Feb 11 09:49:03 2025]`. */
const DMESG =
  /\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})\]/y;
/** `journalctl -o short-full`: `Tue 2025-02-11 09:49:03 CST host …`. A zone by its letters is not known: taken for UTC. */
const WEEKDAY = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=\d{4}-\d{2}-\d{2} )/y;
/** `journalctl -o short-unix`: `1707615543.123456 host …`. */
const UNIX = /(\d{10})\.(\d{6}) (?=\S)/y;
/** RFC 5424: `<30>1 2025-02-11T09:49:03.123Z host …`. */
const RFC5424 = /<\d{1,3}>1 (?=\d{4}-)/y;
/** Structured logs: `time="2024-…"`, `"ts":"2024-…"`, `"time":"…"`, within this many characters. */
const FIELD = /(?:\btime=|"(?:ts|time|timestamp|@timestamp)" ?: ?)"?(?=\d{4}-)/;
const FIELD_WITHIN = 300;

/**
 * A time of ISO 8601's family as UTC to the millisecond (`2024-02-11T01:49:03.123Z`), so that times compare as text. A
 * time without a zone is taken for UTC, which is what containers and most servers run on. Undefined where it is none.
 */
export function isoTime(text: string): string | undefined {
  return isoAt(text, 0);
}

/**
 * The time a line of a log starts with. Formats without a year take it from `takenAt` (ISO), the time at which the log was
 * collected: no line is younger than that. Without it they tell no time.
 */
export function logTime(line: string, takenAt: string | undefined): string | undefined {
  const from = line.startsWith('[') ? 1 : endOf(WEEKDAY, line) || endOf(RFC5424, line);
  const iso = isoAt(line, from);
  if (iso !== undefined) return iso;
  KLOG.lastIndex = 0;
  const klog = KLOG.exec(line);
  if (klog !== null) return yearless(Number(klog[1]), Number(klog[2]), klog[3]!, klog[4]!, klog[5]!, klog[6], takenAt);
  SYSLOG.lastIndex = 0;
  const syslog = SYSLOG.exec(line);
  if (syslog !== null)
    return yearless(
      MONTHS.indexOf(syslog[1]!) + 1,
      Number(syslog[2]),
      syslog[3]!,
      syslog[4]!,
      syslog[5]!,
      syslog[6],
      takenAt,
    );
  DMESG.lastIndex = 0;
  const dmesg = DMESG.exec(line);
  if (dmesg !== null)
    return utc(
      Number(dmesg[6]),
      MONTHS.indexOf(dmesg[1]!) + 1,
      Number(dmesg[2]),
      dmesg[3]!,
      dmesg[4]!,
      dmesg[5]!,
      undefined,
      'Z',
    );
  UNIX.lastIndex = 0;
  const unix = UNIX.exec(line);
  if (unix !== null) return new Date(Number(unix[1]) * 1000 + Math.floor(Number(unix[2]) / 1000)).toISOString();
  const field = FIELD.exec(line.slice(0, FIELD_WITHIN));
  return field === null ? undefined : isoAt(line, field.index + field[0].length);
}

/** Where a sticky pattern ends that the text begins with; 0 where it does not. */
function endOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

function isoAt(text: string, index: number): string | undefined {
  ISO.lastIndex = index;
  const match = ISO.exec(text);
  if (match === null) return undefined;
  return utc(
    Number(match[1]),
    Number(match[2]),
    Number(match[3]),
    match[4]!,
    match[5]!,
    match[6]!,
    match[7],
    match[8] ?? 'Z',
  );
}

function utc(
  year: number,
  month: number,
  day: number,
  hours: string,
  minutes: string,
  seconds: string,
  fraction: string | undefined,
  zone: string,
): string | undefined {
  if (
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > 31 ||
    Number(hours) > 24 ||
    Number(minutes) > 59 ||
    Number(seconds) > 60
  )
    return undefined;
  const milliseconds = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  let ms = Date.UTC(year, month - 1, day, Number(hours), Number(minutes), Number(seconds), milliseconds);
  if (zone !== 'Z') {
    const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
    ms -= (zone.startsWith('-') ? -offset : offset) * 60_000;
  }
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function yearless(
  month: number,
  day: number,
  hours: string,
  minutes: string,
  seconds: string,
  fraction: string | undefined,
  takenAt: string | undefined,
): string | undefined {
  const taken = takenAt === undefined ? undefined : isoTime(takenAt);
  if (taken === undefined) return undefined;
  const year = Number(taken.slice(0, 4));
  const at = utc(year, month, day, hours, minutes, seconds, fraction, 'Z');
  // A day of grace: the log's zone is not known.
  if (at !== undefined && Date.parse(at) > Date.parse(taken) + DAY_MS)
    return utc(year - 1, month, day, hours, minutes, seconds, fraction, 'Z');
  return at;
}
