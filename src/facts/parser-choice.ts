import { isKnownProgram } from './bundle/command.js';
import { errorInsteadOfOutput } from './bundle/error-output.js';
import { isCopy } from './bundle/machine-file.js';
import type { Place } from './bundle/place.js';
import type { Parser } from './parsers/parser.js';
import { isSystemComponent } from './parsers/system-log.js';

/** Lines at the start of a file by which a parser may recognise it. */
const HEAD_LINES = 20;

/** Parsers that read a document rather than lines: a long line is no mistake there, nor is an escape sequence. */
export const DOCUMENT_PARSERS: ReadonlySet<string> = new Set(['kube-objects', 'facts-file']);

/** Parsers of logs: a message such as `command not found` is a line of the log there, not what stands in its place. */
const LOG_PARSERS: ReadonlySet<string> = new Set(['system-log', 'component-log']);

/** What a file's place alone says of who reads it: a parser, nobody, or that the content must tell. */
export type ByPlace = Parser | 'nobody' | 'content';

/** Finds the parser of a file among some, in the order in which they stand. */
export class ParserChoice {
  readonly #parsers: readonly Parser[];

  constructor(parsers: readonly Parser[]) {
    this.#parsers = parsers;
  }

  byPlace({ kind, command, component, named }: Pick<Place, 'kind' | 'command' | 'component' | 'named'>): ByPlace {
    if (kind === 'facts') return this.#byId('facts-file');
    if (kind === 'objects') return this.#byId('kube-objects');
    if (kind === 'log') return this.log(component ?? '');
    if (command.program === '') return 'content';
    for (const parser of this.#parsers) if (parser.reads(command)) return parser;
    // `ip route get` resembles `ip route`, and a sysctl.conf what is set now: what a name tells is not overruled by what
    // the content looks like.
    return named === true || isKnownProgram(command.program) || isCopy(command) ? 'nobody' : 'content';
  }

  byContent(lines: readonly string[]): Parser | undefined {
    const head = lines.slice(0, HEAD_LINES);
    return this.#parsers.find((parser) => parser.recognises?.(head) === true);
  }

  /**
   * The parser of what a file really holds, where its name says another and its content plainly is not that one's: the
   * name's own parser does not know it again, and a parser of another format does.
   */
  instead(named: Parser, lines: readonly string[]): Parser | undefined {
    const head = lines.slice(0, HEAD_LINES);
    if (named.recognises === undefined || named.recognises(head)) return undefined;
    const other = this.byContent(lines);
    return other === undefined || other === named || LOG_PARSERS.has(other.id) ? undefined : other;
  }

  log(component: string): ByPlace {
    return this.#byId(isSystemComponent(component) ? 'system-log' : 'component-log');
  }

  #byId(id: string): ByPlace {
    return this.#parsers.find((parser) => parser.id === id) ?? 'nobody';
  }
}

/** Why a file holds nothing for its parser: it is empty, or an error message stands there instead. */
export function whyNoOutput(lines: readonly string[], parser: Parser, exit: number | undefined): string | undefined {
  if (LOG_PARSERS.has(parser.id)) return undefined;
  const isProbe = parser.provides.every((name) => name === 'probe');
  if (lines.every((line) => line.trim() === '')) {
    return isProbe || parser.emptyIsOutput === true ? undefined : 'the file is empty';
  }
  return errorInsteadOfOutput(lines, isProbe, exit);
}

/** klog, logrus and zap, CoreDNS, containerd and Felix: how the first words of a line of a component's log look. */
const LOG_LINE =
  /^(?:[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} |time="\d{4}-|level=\w|\{"(?:level|ts|time|log|severity|msg)":|\[(?:INFO|ERROR|WARNING|FATAL)\] |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{1,9}(?:Z|[+-]\d\d:\d\d)? \[?(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|stdout|stderr)\b)/;

/** Whether most lines at the start of a file are those of a component's log. */
export function looksLikeLog(lines: readonly string[]): boolean {
  const head = lines.slice(0, HEAD_LINES).filter((line) => line.trim() !== '');
  return head.filter((line) => LOG_LINE.test(line)).length * 2 > head.length;
}
