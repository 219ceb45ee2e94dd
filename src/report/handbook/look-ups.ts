import type { Evidence, FactDefinition, Lang, Rulebook } from '../../engine/rulebook/types.js';
import { joined, prose } from './prose.js';
import type { HandbookSay } from './words.js';

/** How an evidence is looked up by hand. */
export type LookUp =
  | { kind: 'command'; run: string }
  | { kind: 'log'; components: string[]; pattern: string; run: string | undefined }
  | { kind: 'question'; text: string }
  | { kind: 'walk' }
  | { kind: 'pattern' };

/** Where the logs of a component are on a machine or in the cluster; the pattern is piped in behind. */
const LOGS: Readonly<Record<string, string>> = {
  system: 'journalctl --since -2d',
  kernel: 'journalctl -k',
  kubelet: 'journalctl -u kubelet --since -2d',
  containerd: 'journalctl -u containerd --since -2d',
  dockerd: 'journalctl -u docker --since -2d',
  events: 'kubectl get events -A',
  coredns: 'kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1',
  'kube-dns': 'kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1',
  'kube-proxy': 'kubectl -n kube-system logs -l k8s-app=kube-proxy --tail=-1',
  'calico-node': 'kubectl -n kube-system logs -l k8s-app=calico-node --tail=-1',
  flannel: 'kubectl -n kube-flannel logs -l app=flannel --tail=-1',
  'kube-flannel': 'kubectl -n kube-flannel logs -l app=flannel --tail=-1',
  cilium: 'kubectl -n kube-system logs -l k8s-app=cilium --tail=-1',
};

export class LookUps {
  readonly #facts: ReadonlyMap<string, FactDefinition>;
  readonly #questions: ReadonlyMap<string, string>;

  constructor(rulebook: Rulebook, lang: Lang) {
    this.#facts = new Map(rulebook.facts.map((fact) => [fact.name, fact]));
    this.#questions = new Map(rulebook.questions.map(({ fact, text }) => [fact, text[lang]]));
  }

  /** How to learn whether an evidence is there. */
  of({ collect, facts }: Evidence): LookUp {
    const definitions = facts.map((name) => this.#facts.get(name)).filter((fact) => fact !== undefined);
    const log = definitions.find(({ from, pattern }) => from === 'log' && pattern !== undefined);
    if (log !== undefined && collect === '') {
      const components = log.components ?? [];
      const source = components.map((component) => LOGS[component]).find((command) => command !== undefined);
      const pattern = log.pattern!;
      const run = source === undefined ? undefined : `${source} | grep -P ${quoted(pattern)}`;
      return { kind: 'log', components, pattern, run };
    }
    for (const name of facts) {
      const question = this.#questions.get(name);
      if (question !== undefined) return { kind: 'question', text: question };
    }
    if (collect !== '') return { kind: 'command', run: collect };
    return definitions.some(({ from }) => from === 'derivation walks') ? { kind: 'walk' } : { kind: 'pattern' };
  }
}

/** In single quotes, as a shell takes it literally. */
function quoted(pattern: string): string {
  return `'${pattern.replaceAll("'", `'\\''`)}'`;
}

/** What a look-up says in front of its command. */
export function lookUpIntro(lookUp: LookUp, lang: Lang, say: HandbookSay): string {
  switch (lookUp.kind) {
    case 'command':
      return '';
    case 'log':
      return lookUp.components.length === 0
        ? say('inLog')
        : say('inLogOf', { components: prose(joined(lookUp.components, lang, 'or')) });
    case 'question':
      return say('asked', { question: prose(lookUp.text) });
    case 'walk':
      return say('byWalk');
    case 'pattern':
      return say('byPattern');
  }
}

/** The command of a look-up, or the pattern that no command is known to find. */
export function lookUpCommand(lookUp: LookUp): string | undefined {
  if (lookUp.kind === 'command') return lookUp.run;
  return lookUp.kind === 'log' ? (lookUp.run ?? lookUp.pattern) : undefined;
}
