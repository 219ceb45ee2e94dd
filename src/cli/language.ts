import type { Lang } from '../engine/rulebook/types.js';

/** `zh`, `zh-CN`, `zh_CN.UTF-8`, `en`: the language that a locale's name begins with, where podnet speaks it. */
export function langOf(name: string | undefined): Lang | undefined {
  const language = /^[a-z]+/i.exec(name ?? '')?.[0].toLowerCase();
  return language === 'zh' || language === 'en' ? language : undefined;
}

/** `--lang` beats PODNET_LANG beats the locale; what none of them settles is English. */
export function chooseLang(option: string | undefined, environment: NodeJS.ProcessEnv): Lang {
  return (
    langOf(option) ?? langOf(environment.PODNET_LANG) ?? langOf(Intl.DateTimeFormat().resolvedOptions().locale) ?? 'en'
  );
}

/** The value of `--lang` before the options are parsed: help and usage errors are in a language too. */
export function langArgument(argv: readonly string[]): string | undefined {
  for (const [index, word] of argv.entries()) {
    if (word === '--') return undefined;
    if (word === '--lang') return argv[index + 1];
    if (word.startsWith('--lang=')) return word.slice('--lang='.length);
  }
  return undefined;
}
