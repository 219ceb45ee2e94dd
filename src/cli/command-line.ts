import { Command, type CommanderError, Option } from 'commander';
import type { Lang } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { displayWidth, wrap } from '../report/wrap.js';
import type { AskOptions } from './ask-command.js';
import { askWordsOf } from './ask-words.js';
import type { CaptureOptions } from './capture-command.js';
import type { CollectOptions } from './collect-command.js';
import { type CollectSay, collectWordsOf } from './collect-words.js';
import { collected, formatOption, InvalidOption, langOption } from './common-options.js';
import type { DiagnoseOptions } from './diagnose-command.js';
import { askHelp, captureHelp, collectHelp, columns, helpFooter, translateTitle, walkHelp } from './help.js';
import type { InspectOptions } from './inspect-command.js';
import type { MergeOptions } from './merge-command.js';
import type { PlanOptions } from './plan-command.js';
import { addRules, type RulesActions } from './rules-command-line.js';
import type { ServeOptions } from './serve-command.js';
import { serveHelp, serveOptions } from './serve-options.js';
import { serveWordsOf } from './serve-words.js';
import type { WalkOptions } from './walk-command.js';
import { type Whole, walkOptions } from './walk-options.js';
import { walkCliWordsOf } from './walk-words.js';
import { type Say, wordsOf } from './words.js';

/** What a command does once its words are understood; each resolves to the exit status. */
export interface Actions extends RulesActions {
  diagnose(bundles: string[], options: DiagnoseOptions): Promise<void>;
  ask(options: AskOptions): Promise<void>;
  collect(options: CollectOptions): Promise<void>;
  plan(flow: string, bundles: string[], options: PlanOptions): Promise<void>;
  merge(bundles: string[], options: MergeOptions): Promise<void>;
  inspect(bundles: string[], options: InspectOptions): Promise<void>;
  capture(files: string[], options: CaptureOptions): Promise<void>;
  walk(bundles: string[], options: WalkOptions): Promise<void>;
  serve(options: ServeOptions): Promise<void>;
  /** Started by `podnet collect` in the network namespaces from which it probes. */
  probeAgent(): Promise<void>;
}

/** The words of the command line, in one language. Parsing throws CommanderError where they are not understood. */
export function buildCommandLine(lang: Lang, version: string, actions: Actions): Command {
  const say = wordsOf(lang);
  const live = collectWordsOf(lang);
  const ask = askWordsOf(lang);
  const program = new Command('podnet')
    .description(say('summary'))
    .usage(say('usageCommand'))
    .version(version, '-V, --version', say('optionVersion'))
    .helpOption('-h, --help', say('optionHelp'))
    .helpCommand('help [command]', say('helpCommand'))
    .configureHelp({
      displayWidth,
      // Commander breaks at spaces alone, of which Chinese has none.
      boxWrap: (text, width) =>
        text
          .split('\n')
          .flatMap((line) => wrap(line, width))
          .join('\n'),
      styleTitle: (title) => translateTitle(title, lang),
      // Choices and defaults are said in the descriptions, in the reader's language.
      optionDescription: (option) => option.description,
      argumentDescription: (argument) => argument.description,
    })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', helpFooter(say));

  const diagnose = program
    .command('diagnose')
    .description(say('diagnose'))
    .usage(`${say('usageOptions')} <bundle...>`)
    .argument('[bundle...]', say('diagnoseBundle'))
    .addOption(formatOption(say('optionFormat'), ['text', 'json', 'markdown']))
    .addOption(langOption(say))
    .addOption(new Option('--top <n>', say('optionTop')).argParser(topOf(say)))
    .option('--rules <dir>', say('optionRules'))
    .option('-q, --quiet', say('optionQuiet'))
    .option('--live', live('optionLive'))
    .action((bundles: string[], options: DiagnoseOptions) => {
      if (bundles.length === 0 && options.live !== true) {
        throw new InvalidOption(say('missingArgument', { what: '<bundle>' }));
      }
      refuseWithoutLive(options, live);
      return actions.diagnose(bundles, options);
    });
  for (const option of liveOptions(say, live)) diagnose.addOption(option.hideHelp());

  const questionnaire = program
    .command('ask')
    .description(ask('ask'))
    .usage(say('usageOptions'))
    .addOption(new Option('--bundle <bundle>', ask('optionBundle')).argParser(collected))
    .option('--answers <file>', ask('optionAnswers'))
    .option('--questions', ask('optionQuestions'))
    .option('--save <path>', ask('optionSave'))
    .option('--force', ask('optionForce'))
    .option('--live', ask('optionLive'))
    .addOption(formatOption(say('optionFormat'), ['text', 'json', 'markdown']))
    .addOption(langOption(say))
    .addOption(new Option('--top <n>', say('optionTop')).argParser(topOf(say)))
    .option('--rules <dir>', say('optionRules'))
    .option('-q, --quiet', say('optionQuiet'))
    .addHelpText('after', askHelp(say, ask))
    .action((options: AskOptions) => {
      refuseWithoutLive(options, live);
      return actions.ask(options);
    });
  for (const option of liveOptions(say, live)) questionnaire.addOption(option.hideHelp());

  const collect = program
    .command('collect')
    .description(live('collect'))
    .usage(`${say('usageOptions')} [bundle...]`)
    .argument('[bundle...]', live('collectBundles'))
    .option('-o, --output <path>', live('optionOutput'))
    .option('--force', live('optionForce'));
  for (const option of liveOptions(say, live)) collect.addOption(option);
  collect
    .option('--context <name>', live('optionContext'))
    .option('--kubeconfig <file>', live('optionKubeconfig'))
    .option('--capture <flow>', live('optionCapture'))
    .option('--redact', live('optionRedact'))
    .option('--redact-key <file>', live('optionRedactKey'))
    .option('--plan <flow>', live('optionPlan'))
    .addOption(langOption(say))
    .option('-q, --quiet', live('optionQuietCollect'))
    .addHelpText('after', collectHelp(say, live))
    .action((bundles: string[], options: CollectOptions & { plan?: string }) => {
      if (options.plan !== undefined) return actions.plan(options.plan, bundles, options);
      if (bundles.length > 0) throw new InvalidOption(live('bundlesWithoutPlan'));
      return actions.collect(options);
    });

  program
    .command('merge')
    .description(live('merge'))
    .usage(`${say('usageOptions')} <bundle...>`)
    .argument('<bundle...>', live('mergeBundles'))
    .requiredOption('-o, --output <path>', live('optionOutputMerge'))
    .option('--force', live('optionForce'))
    .addOption(langOption(say))
    .option('-q, --quiet', live('optionQuietCollect'))
    .action(actions.merge);

  program
    .command('inspect')
    .description(say('inspect'))
    .usage(`${say('usageOptions')} <bundle...>`)
    .argument('<bundle...>', say('diagnoseBundle'))
    .addOption(formatOption(say('optionFormatRules'), ['text', 'json']))
    .addOption(langOption(say))
    .addOption(new Option('--subject <subject>', say('optionSubject')).argParser(collected))
    .option('--rules <dir>', say('optionRules'))
    .action(actions.inspect);

  program
    .command('capture')
    .description(say('capture'))
    .usage(`${say('usageOptions')} <file...>`)
    .argument('<file...>', say('captureFiles'))
    .addOption(formatOption(say('optionFormatRules'), ['text', 'json']))
    .addOption(langOption(say))
    .addOption(new Option('--top <n>', say('optionTopCapture')).argParser(topOf(say)))
    .option('-q, --quiet', say('optionQuiet'))
    .addHelpText('after', captureHelp(say))
    .action(actions.capture);

  const walk = walkCliWordsOf(lang);
  const walked = program
    .command('walk')
    .description(walk('walk'))
    .usage(`${say('usageOptions')} <bundle...>`)
    .argument('<bundle...>', say('diagnoseBundle'));
  for (const option of walkOptions(say, walk, wholeOf(say))) walked.addOption(option);
  walked
    .addOption(langOption(say))
    .option('--rules <dir>', say('optionRules'))
    .option('-q, --quiet', say('optionQuiet'))
    .addHelpText('after', walkHelp(say, walk))
    .action(actions.walk);

  const serve = serveWordsOf(lang);
  const served = program.command('serve').description(serve('serve')).usage(say('usageOptions'));
  const whole = (option: string, from: number, to: number) => (value: string) => {
    if (/^\d{1,7}$/.test(value) && Number(value) >= from && Number(value) <= to) return Number(value);
    const allowed = serve('invalidWhole', { from, to });
    throw new InvalidOption(say('invalidArgument', { option, allowed, what: sanitize(value) }));
  };
  for (const option of serveOptions(say, serve, whole, collected)) served.addOption(option);
  served.addHelpText('after', serveHelp(serve, columns)).action(actions.serve);

  program.command('probe-agent', { hidden: true }).action(actions.probeAgent);

  addRules(program, lang, say, actions);
  return program;
}

/** What a collection takes, whether it ends in a bundle or in a diagnosis. */
function liveOptions(say: Say, live: CollectSay): Option[] {
  const checked =
    <T>(option: string, allowed: string, read: (value: string) => T | undefined) =>
    (value: string): T => {
      const found = read(value);
      if (found !== undefined) return found;
      throw new InvalidOption(say('invalidArgument', { option, allowed, what: sanitize(value) }));
    };
  return [
    new Option('--node <name>', live('optionNode')).argParser(
      checked('--node', live('invalidNode'), (value) => (/^[A-Za-z0-9][\w.-]{0,252}$/.test(value) ? value : undefined)),
    ),
    new Option('--pods <n>', live('optionPods')).argParser(
      checked('--pods', live('invalidPods'), (value) => {
        if (value === 'all' || value === 'none') return value;
        return /^\d{1,4}$/.test(value) ? Number(value) : undefined;
      }),
    ),
    new Option('--pod <pod>', live('optionPod')).argParser(collected),
    new Option('--peer <peer>', live('optionPeer')).argParser(collected),
    new Option('--targets <path>', live('optionTargets')),
    new Option('--no-probes', live('optionNoProbes')),
    new Option('--kube', live('optionKube')),
    new Option('--duration <s>', live('optionDuration')).argParser(
      checked('--duration', live('invalidDuration'), (value) => {
        const seconds = /^\d{1,4}$/.test(value) ? Number(value) : 0;
        return seconds >= 5 && seconds <= 3600 ? seconds : undefined;
      }),
    ),
  ];
}

/** What only a collection heeds is a mistake without one. */
function refuseWithoutLive(options: DiagnoseOptions, live: CollectSay): void {
  if (options.live === true) return;
  for (const name of ['node', 'pods', 'pod', 'peer', 'targets', 'kube', 'duration'] as const) {
    if (options[name] !== undefined) throw new InvalidOption(live('liveOnly', { option: `--${name}` }));
  }
  if (options.probes === false) throw new InvalidOption(live('liveOnly', { option: '--no-probes' }));
}

function topOf(say: Say): (value: string) => number {
  return (value) => {
    if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
    throw new InvalidOption(
      say('invalidArgument', { option: '--top', allowed: say('invalidTop'), what: sanitize(value) }),
    );
  };
}

function wholeOf(say: Say): Whole {
  return (option, allowed, from, to) => (value) => {
    if (/^\d{1,7}$/.test(value) && Number(value) >= from && Number(value) <= to) return Number(value);
    throw new InvalidOption(say('invalidArgument', { option, allowed, what: sanitize(value) }));
  };
}

/**
 * What commander refused, in the reader's language: its texts are English, but its codes and what it quotes are not.
 * Undefined where it merely showed help or the version.
 */
export function usageMessage(error: CommanderError, lang: Lang): string | undefined {
  if (error.exitCode === 0) return undefined;
  const say = wordsOf(lang);
  const quoted = [...error.message.matchAll(/'([^']*)'/g)].map((match) => sanitize(match[1] ?? ''));
  const what = quoted[0] ?? '';
  const suggestion = /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1];
  const hint = suggestion === undefined ? '' : `; ${say('didYouMean', { what: sanitize(suggestion) })}`;
  if (error.code === 'commander.unknownOption') return say('unknownOption', { what }) + hint;
  if (error.code === 'commander.unknownCommand') return say('unknownCommand', { what }) + hint;
  if (error.code === 'commander.missingArgument') return say('missingArgument', { what: `<${what}>` });
  if (error.code === 'commander.missingMandatoryOptionValue') {
    return say('missingArgument', { what: what.replace(/^-\w, /, '') });
  }
  if (error.code === 'commander.optionMissingArgument') return say('optionMissingArgument', { what });
  if (error.code === 'commander.excessArguments') return say('excessArguments');
  if (error.code === 'commander.invalidArgument') {
    const allowed = /Allowed choices are (.*)\.$/.exec(error.message)?.[1] ?? '';
    return say('invalidArgument', { option: what.split(' ').at(-2) ?? what, allowed, what: quoted[1] ?? '' });
  }
  return sanitize(error.message.replace(/^error: /, ''));
}
