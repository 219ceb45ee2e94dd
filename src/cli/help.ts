import type { Lang } from '../engine/rulebook/types.js';
import { displayWidth, wrap } from '../report/wrap.js';
import type { AskSay } from './ask-words.js';
import type { CollectSay } from './collect-words.js';
import type { WalkCliSay } from './walk-words.js';
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
      ['podnet ask', say('exampleAsk')],
      ['podnet collect --peer 10.0.0.2', say('exampleCollect')],
      ['podnet diagnose --live', say('exampleLive')],
      ['podnet inspect --subject node/n2 ./bundle', say('exampleInspect')],
      ['podnet capture captures/', say('exampleCapture')],
      ['podnet walk ./bundle', say('exampleWalk')],
      ['podnet rules show ip-forward-disabled', say('exampleRule')],
    ]),
    '',
    say('bundle'),
    ...columns([
      ['facts.yaml', say('bundleFacts')],
      ['cluster/<resource>.json', say('bundleCluster')],
      ['nodes/<node>/<command>', say('bundleNode')],
      ['pods/<namespace>/<pod>/<command>', say('bundlePod')],
      ['captures/<node>/<interface>.pcap', say('bundleCapture')],
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

/** What `podnet ask --help` teaches: examples, how it goes, keys, what a file of answers looks like, exit statuses. */
export function askHelp(say: Say, ask: AskSay): string {
  return [
    '',
    say('examples'),
    ...columns([
      ['podnet ask', ask('exampleStart')],
      ['podnet ask --bundle dump.tgz', ask('exampleBundle')],
      ['podnet ask --save case.tgz', ask('exampleSave')],
      ['podnet ask --bundle case.tgz', ask('exampleResume')],
      ['podnet ask --answers answers.yaml', ask('exampleAnswers')],
      ['podnet ask --questions', ask('exampleQuestions')],
    ]),
    '',
    ask('how'),
    ...prose(ask('howText')),
    '',
    ask('keys'),
    ...columns([
      ['↑ ↓ 1 2 3', ask('keysMenu')],
      ['Ctrl-D', ask('keysEnd')],
      ['Ctrl-C', ask('keysLeave')],
    ]),
    '',
    ask('answersFile'),
    '  - {question: restart-agent-helps, value: yes}',
    '  - question: output@node/n1',
    '    pasted: |',
    '      $ sysctl net.ipv4.ip_forward',
    '      net.ipv4.ip_forward = 0',
    '',
    say('statuses'),
    ...columns([
      ['0', say('status0')],
      ['1', say('status1')],
      ['2', ask('status2')],
      ['3', say('status3')],
      ['4', say('status4')],
      ['130', say('status130')],
    ]),
  ].join('\n');
}

/** What `podnet collect --help` teaches: examples, what it does to a machine, exit statuses. */
export function collectHelp(say: Say, live: CollectSay): string {
  return [
    '',
    say('examples'),
    ...columns([
      ['podnet collect', live('collectExampleNode')],
      ['podnet collect --peer 10.0.0.2 --peer 10.96.0.10:53/udp', live('collectExamplePeers')],
      ['podnet collect --pods all --targets cluster.tgz', live('collectExampleTargets')],
      ['podnet merge n1.tgz n2.tgz --output both.tgz', live('collectExampleMerge')],
      ['podnet diagnose --live', live('collectExampleLive')],
    ]),
    '',
    live('collectDoes'),
    ...prose(live('collectDoesText')),
    '',
    say('statuses'),
    ...columns([
      ['0', live('collectStatus0')],
      ['2', live('collectStatus2')],
      ['130', say('status130')],
    ]),
  ].join('\n');
}

/** What `podnet capture --help` teaches: examples, how to name files, what filters hide. */
export function captureHelp(say: Say): string {
  return [
    '',
    say('examples'),
    ...columns([
      ['podnet capture eth0.pcap', say('captureExampleOne')],
      ['podnet capture n1/veth1.pcap n1/eth0.pcap n2/eth0.pcap', say('captureExampleSome')],
      ['podnet capture captures/', say('captureExampleFolder')],
      ['ssh n1 tcpdump -i eth0 -c 1000 -U -w - | podnet capture -', say('captureExampleRemote')],
      ['podnet capture --format json eth0.pcap', say('captureExampleProgram')],
    ]),
    '',
    say('captureNaming'),
    ...prose(say('captureNamingNames')),
    '',
    say('captureFilters'),
    ...columns([
      ['host POD', say('captureFilterHost')],
      ['udp port 8472 or icmp', say('captureFilterTunnel')],
      ['tcp port 80', say('captureFilterPort')],
    ]),
    ...prose(say('captureFiltersText')),
    '',
    say('statuses'),
    ...columns([
      ['0', say('captureStatus0')],
      ['1', say('captureStatus1')],
      ['2', say('status2')],
      ['4', say('captureStatus4')],
    ]),
  ].join('\n');
}

/** What `podnet walk --help` teaches: examples, how ends are written, how to read a walk, exit statuses. */
export function walkHelp(say: Say, walk: WalkCliSay): string {
  return [
    '',
    say('examples'),
    ...columns([
      ['podnet walk dump.tgz --from pod/default/a --to 10.96.0.10:53/udp', walk('exampleOne')],
      ['podnet walk dump.tgz --from pod/default/a --to pod/default/b --size 1500', walk('exampleLarge')],
      ['podnet walk dump.tgz --from external --to node/n1:30080', walk('exampleOutside')],
      ['podnet walk dump.tgz', walk('exampleFailed')],
      ['podnet walk dump.tgz --flows flows.yaml --format json', walk('exampleList')],
    ]),
    '',
    walk('ends'),
    ...columns([
      ['pod/default/web-1:8080/tcp', walk('endPod')],
      ['node/n1', walk('endNode')],
      ['service/default/web:80', walk('endService')],
      ['10.96.0.10:53/udp', walk('endAddress')],
      ['web.default:80, web.default/dns', walk('endName')],
      ['external', walk('endExternal')],
    ]),
    ...prose(walk('endsText')),
    '',
    walk('reading'),
    ...prose(walk('readingText')),
    '',
    say('statuses'),
    ...columns([
      ['0', walk('status0')],
      ['1', walk('status1')],
      ['2', say('status2')],
      ['4', walk('status4')],
    ]),
  ].join('\n');
}

/** A wide left column puts its explanation on the line below, so that the page holds on 80 columns. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => displayWidth(name)));
  if (left > 40) return rows.flatMap(([name, about]) => [`  ${name}`, `      ${about}`]);
  return rows.map(([name, about]) => `  ${name}${' '.repeat(left - displayWidth(name))}  ${about}`);
}

/** A paragraph, set in. */
function prose(text: string): string[] {
  return wrap(text, 76).map((line) => `  ${line}`);
}
