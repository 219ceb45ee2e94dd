import { describe, expect, it } from 'vitest';
import type { Answer, AskedQuestion } from '../../src/ask/interview.js';
import { interview } from '../../src/ask/interview-state.js';
import { loadRulebookFolder } from '../../src/engine/rulebook/load.js';

/**
 * The five field reports, with nobody's dump at hand: the first symptom in the reporter's words, and then answers by what
 * the people in the report saw or found where they looked. What they did not try they do not know.
 */

const { rulebook } = loadRulebookFolder('rules');
if (rulebook === undefined) throw new Error('rules/ does not load');

interface Study {
  cause: string;
  opening: Answer;
  /** Leg and yes-no questions, without the nodes where one answer holds for all. */
  told: Readonly<Record<string, string>>;
  /** Evidence that looking at a node shows, by node; what is looked for there and not listed is not so. */
  shown: Readonly<Record<string, readonly string[]>>;
}

const STUDIES: Readonly<Record<string, Study>> = {
  'pods of one underlay node reach nothing but their node': {
    cause: 'ip-forward-disabled',
    opening: { question: 'symptom@node-1,node-2', value: 'pods-apart-unreachable' },
    told: {
      'ping-own-node@node-1': 'works',
      'ping-other-node@node-1,node-2': 'timeout',
      'ping-pod-from-node@node-1,node-2': 'works',
      'ping-node-to-node@node-1,node-2': 'works',
      'ping-neighbour@node-1': 'timeout',
    },
    shown: {
      'node/node-1': ['ip-forward-off', 'ip-forward-differs-from-peers', 'lost-between-veth-and-nic'],
      'node/node-2': [],
    },
  },
  'a new node cannot use a ClusterIP': {
    cause: 'node-ip-conflict',
    opening: { question: 'symptom@new-node,old-node', value: 'service-silent-from-node' },
    told: {
      'ping-pod-from-node@new-node,old-node': 'works',
      'ping-pod@new-node,old-node': 'works',
      'connect-pod@new-node,old-node': 'works',
      'reach-service@new-node': 'works',
    },
    shown: {
      'node/new-node': [
        'nic-has-two-addresses',
        'nic-address-from-dhcp-and-static',
        'node-ip-not-primary',
        'tunnel-source-wrong-on-wire',
      ],
      'node/old-node': [],
    },
  },
  'databases fail and heal when the Cilium agent is restarted': {
    cause: 'rp-filter-strict',
    opening: { question: 'symptom@node-1,node-2', value: 'other-nodes-unreachable' },
    told: {
      'ping-own-node@node-1': 'timeout',
      'ping-neighbour@node-1': 'works',
      'ping-pod@node-1,node-2': 'works',
      'connect-outside@node-1': 'timeout',
      'restart-agent-helps': 'yes',
      'kernel-parameters-changed': 'yes',
    },
    shown: {
      'node/node-1': [
        'rp-filter-strict',
        'rp-filter-strict-on-asymmetric-interface',
        'rp-filter-differs-from-peers',
        'rp-filter-drops',
      ],
      'node/node-2': [],
    },
  },
  'no pod reaches a pod of another virtual machine': {
    cause: 'overlay-nat-mangled',
    opening: { question: 'symptom@vm-1,vm-2', value: 'pods-apart-unreachable' },
    told: {
      'ping-node-to-node@vm-1,vm-2': 'works',
      'ping-pod-back@vm-1,vm-2': 'timeout',
      'ping-other-node@vm-1,vm-2': 'works',
      'ping-neighbour@vm-1': 'works',
      'vm-nat-network': 'yes',
      'cloud-security-groups': 'no',
    },
    // Captures at both ends: encapsulated packets leave and do not arrive, in both directions.
    shown: {
      'node/vm-1': ['tunnel-unanswered-on-wire', 'lost-between-nodes-on-wire'],
      'node/vm-2': ['tunnel-unanswered-on-wire', 'lost-between-nodes-on-wire'],
    },
  },
  'a Service answers pods of one node only where the backend is elsewhere': {
    cause: 'bridge-nf-call-disabled',
    opening: { question: 'symptom@node-7,node-3', value: 'service-fails-at-times' },
    told: {
      'reach-service-beside@node-7': 'timeout',
      'reach-service-elsewhere@node-7,node-3': 'works',
      'reach-service-from-third': 'works',
      'connect-neighbour@node-7': 'works',
      'connect-pod@node-7,node-3': 'works',
      'same-node-backend-only': 'yes',
      'pod-address-works': 'yes',
    },
    shown: {
      'node/node-7': [
        'bridge-nf-call-iptables-off',
        'reply-from-untranslated-address',
        'service-connection-untranslated',
      ],
      'node/node-3': [],
    },
  },
};

function reply(study: Study, question: AskedQuestion): Answer {
  const told = study.told[question.id] ?? study.told[question.id.split('@')[0]!];
  if (told !== undefined) return { question: question.id, value: told };
  const on = /^output@([^:]+):/.exec(question.id)?.[1];
  const shown = on === undefined ? undefined : study.shown[on];
  if (shown === undefined) return { question: question.id, value: 'unknown' };
  const asked = question.id.slice(question.id.lastIndexOf(':') + 1).split('+');
  const [found] = asked.filter((id) => shown.includes(id));
  if (asked.length === 1) return { question: question.id, value: found === undefined ? 'no' : 'yes' };
  return { question: question.id, value: found ?? 'none' };
}

describe('the questionnaire', () => {
  it.each(Object.entries(STUDIES))('finds in at most six questions why %s', async (_, study) => {
    const answers = [study.opening];
    const trail: string[] = [];
    for (let asked = 0; asked < 6; asked += 1) {
      const state = await interview(undefined, answers, { rulebook, lang: 'en' });
      const [leader] = state.leading;
      if (leader?.cause === study.cause && leader.probability >= 0.5) return;
      if (state.question === undefined) break;
      const answer = reply(study, state.question);
      trail.push(`${answer.question} = ${answer.value} (before: ${leader?.cause} ${leader?.probability})`);
      answers.push(answer);
    }
    const state = await interview(undefined, answers, { rulebook, lang: 'en' });
    expect(
      `${trail.join('\n')}\n${state.leading.map(({ cause, probability }) => `${cause} ${probability}`).join(', ')}\n${state.leading[0]?.cause}`,
    ).toMatch(new RegExp(`${study.cause}$`));
  });
});
