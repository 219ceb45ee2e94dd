import type { Lang } from '../engine/rulebook/types.js';
import { displayWidth } from '../report/wrap.js';
import type { Say } from './words.js';

const TITLES: Readonly<Record<string, string>> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Commands:': '命令：',
};

/** Commander's headings in the reader's language. */
export function translateTitle(title: string, lang: Lang): string {
  return lang === 'zh' ? (TITLES[title] ?? title) : title;
}

/** What `podnet --help` teaches below the commands: examples, exit statuses, what a bundle is, the environment. */
export function helpFooter(say: Say): string {
  return [
    '',
    say('examples'),
    ...columns([
      ['podnet diagnose ./bundle support.tar.gz', say('exampleFolder')],
      ['kubectl get pods -A -o json | podnet diagnose -', say('exampleStdin')],
      ['podnet diagnose --format markdown --lang zh ./bundle', say('exampleTicket')],
      ['podnet inspect --subject node/n2 ./bundle', say('exampleInspect')],
      ['podnet rules show ip-forward-disabled', say('exampleRule')],
    ]),
    '',
    say('bundle'),
    ...columns([
      ['facts.yaml', say('bundleFacts')],
      ['cluster/<resource>.json', say('bundleCluster')],
      ['nodes/<node>/<command>', say('bundleNode')],
      ['pods/<namespace>/<pod>/<command>', say('bundlePod')],
      ['captures/<node>/<interface>.txt', say('bundleCapture')],
      ['logs/<component>/<node-or-pod>.log', say('bundleLog')],
    ]),
    '',
    say('statuses'),
    ...columns([
      ['0', say('status0')],
      ['1', say('status1')],
      ['2', say('status2')],
      ['3', say('status3')],
      ['4', say('status4')],
      ['70', say('status70')],
      ['130', say('status130')],
    ]),
    '',
    say('environment'),
    ...columns([
      ['PODNET_LANG', say('environmentLang')],
      ['NO_COLOR', say('environmentColor')],
      ['PODNET_DEBUG', say('environmentDebug')],
    ]),
  ].join('\n');
}

/** A wide left column puts its explanation on the line below, so that the page holds on 80 columns. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => displayWidth(name)));
  if (left > 40) return rows.flatMap(([name, about]) => [`  ${name}`, `      ${about}`]);
  return rows.map(([name, about]) => `  ${name}${' '.repeat(left - displayWidth(name))}  ${about}`);
}
