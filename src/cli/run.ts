import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { type Actions, buildCommandLine, usageMessage } from './command-line.js';
import { InvalidOption } from './common-options.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang, langArgument } from './language.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

/**
 * Runs a command line (without `node` and the script) and resolves to its exit status. What the caller can put right is
 * told on standard error; anything else is thrown.
 */
export async function run(argv: readonly string[]): Promise<ExitStatus> {
  const lang = chooseLang(langArgument(argv), process.env);
  const say = wordsOf(lang);
  let status: ExitStatus = EXIT.healthy;
  const actions: Actions = {
    async diagnose(bundles, options) {
      const { runDiagnose } = await import('./diagnose-command.js');
      status = await runDiagnose(bundles, options);
    },
    async ask(options) {
      const { runAsk } = await import('./ask-command.js');
      status = await runAsk(options);
    },
    async plan(flow, bundles, options) {
      const { runPlan } = await import('./plan-command.js');
      status = await runPlan(flow, bundles, options);
    },
    async collect(options) {
      const { runCollect } = await import('./collect-command.js');
      status = await runCollect(options);
    },
    async merge(bundles, options) {
      const { runMerge } = await import('./merge-command.js');
      status = await runMerge(bundles, options);
    },
    async inspect(bundles, options) {
      const { runInspect } = await import('./inspect-command.js');
      status = await runInspect(bundles, options);
    },
    async capture(files, options) {
      const { runCapture } = await import('./capture-command.js');
      status = await runCapture(files, options);
    },
    async walk(bundles, options) {
      const { runWalk } = await import('./walk-command.js');
      status = await runWalk(bundles, options);
    },
    async serve(options) {
      const { runServe } = await import('./serve-command.js');
      status = await runServe(options);
    },
    async probeAgent() {
      const { runProbeAgent } = await import('./probe-agent-command.js');
      status = await runProbeAgent();
    },
    async list(options) {
      const { runRulesList } = await import('./rules-list-command.js');
      status = await runRulesList(options);
    },
    async show(id, options) {
      const { runRulesShow } = await import('./rules-show-command.js');
      status = await runRulesShow(id, options);
    },
    async lint(folder, options) {
      const { runRulesLint } = await import('./rules-lint-command.js');
      status = await runRulesLint(folder, options);
    },
    async test(folders, options) {
      const { runRulesTest } = await import('./rules-test-command.js');
      status = await runRulesTest(folders, options);
    },
    async create(id, options) {
      const { runRulesNew } = await import('./rules-new-command.js');
      status = await runRulesNew(id, options);
    },
    async docs(folder, options) {
      const { runRulesDocs } = await import('./rules-docs-command.js');
      status = await runRulesDocs(folder, options);
    },
  };
  try {
    await buildCommandLine(lang, version(), actions).parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help that nobody asked for is on standard error already: there was no command.
      if (error.code === 'commander.help') return EXIT.usage;
      const message = usageMessage(error, lang);
      if (message === undefined) return EXIT.healthy;
      complain(say('error', { message }));
      complain(say('tryHelp', { command: 'podnet' }));
      return EXIT.usage;
    }
    if (error instanceof UsageError || error instanceof InvalidOption) {
      complain(say('error', { message: error.message }));
      return EXIT.usage;
    }
    throw error;
  }
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
