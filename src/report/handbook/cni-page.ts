import type { Cause, Lang, Rulebook } from '../../engine/rulebook/types.js';
import { codeSpan } from '../markdown.js';
import { type CniSay, cniWordsOf, needWords } from './cni-words.js';
import { MARK } from './page-links.js';
import { joined, prose, sentence } from './prose.js';
import { handbookWordsOf } from './words.js';

type Profile = Rulebook['cnis'][number];

const ATTACHMENT = { bridge: 'bridge', routed: 'routed', ovs: 'ovs', parent: 'parent' } as const;
const ADDRESSES = { node: 'addressesNode', pools: 'addressesPools', network: 'addressesNetwork' } as const;
const POLICY = {
  iptables: 'policyIptables',
  ebpf: 'policyEbpf',
  ovs: 'policyOvs',
  optional: 'policyOptional',
  none: 'policyNone',
} as const;

/** The page of a CNI: how it is built, what looks wrong and is not, where it goes wrong. */
export function cniPage(profile: Profile, rulebook: Rulebook, lang: Lang): string {
  const say = cniWordsOf(lang);
  const other = lang === 'zh' ? 'en' : 'zh';
  const blocks = [
    MARK,
    `# ${prose(profile.title)}`,
    `${codeSpan(profile.id)} · [${handbookWordsOf(lang)('otherLanguage')}](../../${other}/cnis/${profile.id}.md)`,
  ];
  const section = (heading: string, lines: readonly string[]): void => {
    if (lines.length > 0) blocks.push(`## ${heading}`, lines.map((line) => `- ${line}`).join('\n'));
  };
  section(say('facts'), facts(profile, lang, say));
  section(
    say('normal'),
    profile.normal.map((text) => sentence(prose(text[lang]), lang)),
  );
  section(
    say('traps'),
    profile.traps.map((text) => sentence(prose(text[lang]), lang)),
  );
  section(
    say('causes'),
    rulebook.causes
      .filter((cause) => concerns(cause, profile))
      .map(({ category, id, title }) => `[${prose(title[lang])}](../${category}/${id}.md)`),
  );
  return `${blocks.join('\n\n')}\n`;
}

function facts(profile: Profile, lang: Lang, say: CniSay): string[] {
  const lines: string[] = [];
  const [label] = profile.labels;
  if (label !== undefined) lines.push(say('agent', { command: `kubectl get pods -A -o wide -l ${label}` }));
  lines.push(say(ATTACHMENT[profile.attachment]));
  lines.push(say(ADDRESSES[profile.podAddresses]));
  if (profile.underlay) lines.push(say('underlay'));
  for (const { device, kind, protocol, port, overhead } of profile.tunnels) {
    const over = protocol !== 'udp' ? say('overIp') : port === undefined ? say('overUdpAny') : say('overUdp', { port });
    lines.push(say('tunnel', { device: plain(device), kind, over, overhead, mtu: 1500 - overhead }));
  }
  if (profile.ports.bgp !== undefined) lines.push(say('bgp', { port: profile.ports.bgp }));
  if (profile.ports.health.length > 0)
    lines.push(say('health', { ports: joined(profile.ports.health.map(String), lang, 'and') }));
  if (profile.needs.length > 0) {
    const needs = profile.needs.map((need) => prose(needWords(need, lang)));
    lines.push(say('needs', { needs: joined(needs, lang, 'and') }));
  }
  lines.push(say(POLICY[profile.policy]));
  return lines;
}

/** A pattern over device names as a person writes the name: without what may lack, `N` for a number. */
function plain(pattern: string): string {
  return pattern
    .replace(/\(\?:[^()]*\)\?/g, '')
    .replaceAll('\\d+', 'N')
    .replace(/^\^|\$$/g, '')
    .replace(/\\([.-])/g, '$1')
    .replaceAll('`', '');
}

/** Whether a cause says that it occurs with a CNI. */
function concerns(cause: Cause, { id, aliases }: Profile): boolean {
  const circumstances = [cause.requires, ...cause.signature.breaks.map(({ when }) => when)];
  return circumstances.some(({ cni }) => cni?.some((name) => name === id || aliases.includes(name)));
}
