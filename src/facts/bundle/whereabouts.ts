import { CLUSTER, nodeSubject, podSubject, type Subject } from '../model.js';
import { UNNAMED_NAMESPACE } from './place.js';

/** Where a command ran: a subject, and what is known of it besides. */
export interface Whereabouts {
  /** Undefined where nothing tells. */
  subject?: Subject;
  /** A pod whose namespace, or whose very name, nobody said. */
  pod?: string;
  /** The node of that pod. */
  node?: string;
}

/** What a command line leads into: another host, or a pod. */
export interface Entrance {
  to: Whereabouts;
  /** The command that runs there; empty for a shell in which more commands follow. */
  argv: string[];
  /** The shell's prompt stays the same although it is elsewhere. */
  samePrompt: boolean;
}

const SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a|k|z)?sh$/;

/** Options of kubectl exec and of docker exec that take a value, which is not the pod's name. */
const VALUED =
  /^(?:-n|--namespace|-c|--container|--context|--kubeconfig|--cluster|--user|-s|--server|-u|-e|-w|--env|--workdir|-i=|--tail)$/;

/**
 * What a command leads into, where it does: `kubectl exec`, `docker exec`, `crictl exec`, `nsenter`, `ip netns exec`, `ssh`,
 * `oc debug node/…`. `node` is the host on which it was typed, where that is known.
 */
export function entranceOf(argv: readonly string[], node: string | undefined): Entrance | undefined {
  const words = argv[0] === 'sudo' ? argv.slice(1) : argv;
  switch (words[0]?.replace(/^.*\//, '')) {
    case 'kubectl':
    case 'oc':
      return kubectlEntrance(words);
    case 'docker':
    case 'crictl':
    case 'nerdctl':
    case 'podman':
      return containerEntrance(words, node);
    case 'nsenter':
      return nsenterEntrance(words, node);
    case 'ip':
      if (words[1] !== 'netns' || words[2] !== 'exec' || words[3] === undefined) return undefined;
      return entrance(unnamedPod(words[3], node), words.slice(4), true);
    case 'ssh':
      return sshEntrance(words);
    default:
      return undefined;
  }
}

function entrance(to: Whereabouts, argv: readonly string[], samePrompt = false): Entrance {
  const isShell = argv.length === 0 || (argv.length === 1 && SHELLS.test(argv[0]!));
  return { to, argv: isShell ? [] : [...argv], samePrompt };
}

function unnamedPod(name: string, node: string | undefined): Whereabouts {
  const subject = podSubject(UNNAMED_NAMESPACE, name);
  return node === undefined ? { subject, pod: name } : { subject, pod: name, node };
}

function kubectlEntrance(words: readonly string[]): Entrance | undefined {
  const verb = words.findIndex((word, i) => i > 0 && (word === 'exec' || word === 'debug' || word === 'rsh'));
  if (verb < 0) return undefined;
  let namespace: string | undefined;
  let pod: string | undefined;
  let rest: string[] = [];
  for (let i = 1; i < words.length; i += 1) {
    const word = words[i]!;
    if (word === '--') {
      rest = words.slice(i + 1);
      break;
    }
    if (word === '-n' || word === '--namespace') namespace = words[++i];
    else if (word.startsWith('--namespace=')) namespace = word.slice('--namespace='.length);
    else if (/^-n./.test(word)) namespace = word.slice(2).replace(/^=/, '');
    else if (VALUED.test(word)) i += 1;
    else if (word.startsWith('-') || i === verb) continue;
    else if (pod === undefined) pod = word;
    else {
      // `kubectl exec POD ls`, as it was written before `--` was demanded.
      rest = words.slice(i);
      break;
    }
  }
  if (pod === undefined) return undefined;
  if (words[verb] === 'debug') {
    return pod.startsWith('node/') ? entrance({ subject: nodeSubject(pod.slice('node/'.length)) }, rest) : undefined;
  }
  const name = pod.replace(/^(?:pods?|po)\//, '');
  // `deploy/web` is one of its pods, nobody knows which.
  if (name.includes('/')) return entrance(unnamedPod(name.replace(/^.*\//, ''), undefined), rest);
  if (namespace === undefined) return entrance({ subject: podSubject('default', name), pod: name }, rest);
  return entrance({ subject: podSubject(namespace, name) }, rest);
}

function containerEntrance(words: readonly string[], node: string | undefined): Entrance | undefined {
  const verb = words.indexOf('exec');
  if (verb < 0) return undefined;
  let i = verb + 1;
  while (i < words.length && words[i]!.startsWith('-')) i += VALUED.test(words[i]!) ? 2 : 1;
  const container = words[i];
  return container === undefined ? undefined : entrance(unnamedPod(container, node), words.slice(i + 1));
}

/** Of process 1 it is the host's own namespace; of another it is a container's, if the network is entered at all. */
function nsenterEntrance(words: readonly string[], node: string | undefined): Entrance | undefined {
  let target: string | undefined;
  let net = false;
  let i = 1;
  for (; i < words.length && words[i]!.startsWith('-'); i += 1) {
    const word = words[i]!;
    const name = /^(?:--net=|-n)(\/.+)$/.exec(word);
    if (name !== null) {
      target = name[1]!.replace(/^.*\//, '');
      net = true;
    } else if (word === '-t' || word === '--target') target = words[++i];
    else if (/^(?:--target=|-t)\d+$/.test(word)) target = word.replace(/^\D+/, '');
    else if (word === '--net' || word === '--all' || word === '-a' || /^-[a-zA-Z]*n[a-zA-Z]*$/.test(word)) net = true;
  }
  if (target === undefined || !net) return undefined;
  const here: Whereabouts = node === undefined ? {} : { subject: nodeSubject(node) };
  const to = target === '1' ? here : unnamedPod(/^\d+$/.test(target) ? `pid-${target}` : target, node);
  return entrance(to, words.slice(i), true);
}

function sshEntrance(words: readonly string[]): Entrance | undefined {
  let i = 1;
  while (i < words.length && words[i]!.startsWith('-')) i += /^-[bcDEeFIiJLlmOopQRSWw]$/.test(words[i]!) ? 2 : 1;
  const host = words[i]?.replace(/^.*@/, '');
  if (host === undefined || host === '') return undefined;
  const rest = words.slice(i + 1);
  // A command that was quoted as a whole is one word here.
  return entrance({ subject: nodeSubject(host) }, rest.length === 1 ? rest[0]!.split(/\s+/) : rest);
}

/** Where commands run that ask the API server, wherever they are typed. */
export const ANYWHERE: Whereabouts = { subject: CLUSTER };
