import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../../src/facts/derive/ipv4.js';
import { NetNamespace } from '../../../src/facts/walk/namespace.js';
import { reversePathFault } from '../../../src/facts/walk/reverse-path.js';
import { host, type Way } from '../../../src/facts/walk/way.js';
import { storeOf } from './netfilter/node-filter.js';
import { RandomSequence } from './netfilter/random-sequence.js';
import { askKernel, commandOf, type KernelRoute, whyNoNamespaces } from './routing-kernel.js';
import { DEVICES, madeDevices, type RouteQuestion, randomQuestion, randomRouting } from './routing-random.js';

const reason = whyNoNamespaces();
const isRequired = process.env.PODNET_REQUIRE === 'all';

/** Parameters of the check for each device, drawn. */
function randomChecks(random: RandomSequence): string[] {
  return ['all', ...Object.keys(DEVICES)].flatMap((dev) => [
    `net.ipv4.conf.${dev}.rp_filter=${dev === 'all' ? random.pick([0, 0, 0, 1, 2]) : random.below(3)}`,
    `net.ipv4.conf.${dev}.accept_local=${random.chance(0.2) ? 1 : 0}`,
    `net.ipv4.conf.${dev}.src_valid_mark=${random.chance(0.3) ? 1 : 0}`,
    `net.ipv4.conf.${dev}.route_localnet=${random.chance(0.1) ? 1 : 0}`,
    `net.ipv4.conf.${dev}.send_redirects=${random.below(2)}`,
    `net.ipv4.conf.${dev}.forwarding=1`,
  ]);
}

function incoming(random: RandomSequence): RouteQuestion {
  for (;;) {
    const question = randomQuestion(random);
    if (question.iif === undefined) continue;
    if (random.chance(0.5))
      question.src = random.pick(['10.1.0.7', '10.1.1.1', '172.16.1.7', '10.9.9.9', '10.1.2.255', '127.0.0.5']);
    return question;
  }
}

function wayOf({ src, dst, mark }: RouteQuestion): Way {
  return {
    packet: {
      proto: 'udp',
      src: host(parseIpv4(src!)!),
      dst: host(parseIpv4(dst)!),
      state: 'NEW',
      translated: { dst: false, src: false },
      mark,
      connmark: 0,
    },
    ...{
      size: 64,
      mayFragment: true,
      inner: [],
      tracked: new Map(),
      direction: 'there',
      there: [],
      back: [],
      choices: [],
    },
    ...{ mayDrop: [], mayDivert: [], labels: [], hops: 0 },
  };
}

/** Where the check and the kernel do not agree, in words; nothing is asked of packets that the routes alone end. */
function difference(namespace: NetNamespace, question: RouteQuestion, answer: KernelRoute): string | undefined {
  const { dst, src, mark, iif } = question;
  const decision = namespace.routing.lookup({ src: parseIpv4(src!), dst: parseIpv4(dst)!, mark, iif: iif! });
  if ((decision.kind !== 'unicast' && decision.kind !== 'local') || decision.hops.length > 1) return undefined;
  const way = wayOf(question);
  const out = decision.kind === 'unicast' ? decision.hops[0]!.dev : undefined;
  const fault = reversePathFault(way, namespace, iif!, out);
  const told = `${commandOf(question)} -> ${answer.text.trim().split('\n')[0]}`;
  if (way.mayDrop.length + way.mayDivert.length > 0) return `${told}; the walk has doubts`;
  const passes = answer.kind === 'unicast' || answer.kind === 'local';
  if (passes === (fault === undefined)) return undefined;
  return `${told}; the walk says ${fault?.by ?? 'nothing against it'}`;
}

describe.skipIf(reason !== undefined && !isRequired)('the check of source addresses against the kernel', () => {
  it.each(Array.from({ length: 20 }, (_, i) => 1 + i))(
    'random parameters, rules and routes let pass what the kernel lets pass, draw %i',
    (seed) => {
      expect(reason).toBeUndefined();
      const random = new RandomSequence(seed * 104729);
      // A device that is down carries nothing that could be checked.
      const routing = randomRouting(random).filter((line) => line !== 'link set d2 down');
      // Half of the namespaces have the kernel's own rules alone, for which it takes a shortcut.
      const setup = [...madeDevices(), ...routing.filter((line) => seed % 2 === 0 || /^(?!.*throw)route/.test(line))];
      const questions = Array.from({ length: 40 }, () => incoming(random));
      const { outputs, answers } = askKernel(setup, randomChecks(random), questions);
      const namespace = new NetNamespace(storeOf(outputs), 'node/n1', {});
      const differences = questions.flatMap((question, i) => difference(namespace, question, answers[i]!) ?? []);
      expect(differences).toEqual([]);
    },
    20_000,
  );
});

describe('rp_filter of which a part is known', () => {
  const STATE = {
    ip_addr: `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 10.0.0.1/24 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    inet 10.0.1.1/24 scope global eth1
`,
    ip_route: 'default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 scope link\n10.0.1.0/24 dev eth1 scope link\n',
  };
  const asked = (sysctls: string): { fault: string | undefined; missing: number; diverts: number } => {
    const namespace = new NetNamespace(storeOf({ ...STATE, 'sysctl_-a': sysctls }), 'node/n1', {});
    const way = wayOf({ src: '10.9.9.9', dst: '10.0.0.1', mark: 0 });
    const fault = reversePathFault(way, namespace, 'eth1');
    return { fault: fault?.reason, missing: way.mayDrop.length, diverts: way.mayDivert.length };
  };

  it('a strict value drops, unless that of the device is loose', () => {
    const parameters = 'net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.conf.all.route_localnet = 0\n';
    expect(asked(parameters)).toEqual({ fault: 'reverse-path', missing: 0, diverts: 1 });
  });

  it('a value of 0 drops nothing, unless that of the device does', () => {
    expect(asked('net.ipv4.conf.all.rp_filter = 0\n')).toEqual({ fault: undefined, missing: 1, diverts: 0 });
  });

  it('a loose value is the largest, whatever the other one is', () => {
    expect(asked('net.ipv4.conf.all.rp_filter = 2\n')).toEqual({ fault: undefined, missing: 0, diverts: 0 });
  });

  it('without any value what the strict check would drop is in doubt', () => {
    expect(asked('net.ipv4.ip_forward = 1\n')).toEqual({ fault: undefined, missing: 1, diverts: 0 });
  });
});
