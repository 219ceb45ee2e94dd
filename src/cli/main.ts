#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { sanitize } from '../report/sanitize.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang, langArgument } from './language.js';
import { wordsOf } from './words.js';

// On a machine with much memory V8 lets garbage double the heap of a large dump before it looks; podnet runs beside the
// ticket system on a support engineer's laptop.
setFlagsFromString('--heap-growing-percent=50');

const argv = process.argv.slice(2);

/** An error of podnet itself is told in one line; the stack is for whoever asks for it. */
function internal(error: unknown): ExitStatus {
  const say = wordsOf(chooseLang(langArgument(argv), process.env));
  const message = error instanceof Error ? error.message : String(error);
  const lines = [say('error', { message: say('internal', { message: sanitize(message.split('\n', 1)[0] ?? '') }) })];
  if (process.env.PODNET_DEBUG && error instanceof Error) lines.push(...(error.stack ?? '').split('\n').map(sanitize));
  process.stderr.write(`${lines.join('\n')}\n`);
  return EXIT.internal;
}

// A reader that has seen enough (`podnet … | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? (process.exitCode ?? EXIT.healthy) : internal(error));
});
process.on('SIGINT', () => process.exit(EXIT.interrupted));
process.on('uncaughtException', (error) => process.exit(internal(error)));

// Node ends with 1 where a module cannot be loaded, which would be an answer: everything else is loaded in here.
try {
  const { run } = await import('./run.js');
  process.exitCode = await run(argv);
} catch (error) {
  process.exitCode = internal(error);
}
