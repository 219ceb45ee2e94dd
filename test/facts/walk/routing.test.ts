import { describe, expect, it } from 'vitest';
import { formatIpv4, parseIpv4 } from '../../../src/facts/derive/ipv4.js';
import { type RouteDecision, Routing } from '../../../src/facts/walk/routing.js';
import { storeOf } from './netfilter/node-filter.js';
import { RandomSequence } from './netfilter/random-sequence.js';
import { askKernel, commandOf, type KernelRoute, whyNoNamespaces } from './routing-kernel.js';
import { madeDevices, type RouteQuestion, randomQuestion, randomRouting } from './routing-random.js';

const reason = whyNoNamespaces();
const isRequired = process.env.PODNET_REQUIRE === 'all';

/** What decides of where an input route leads is asked without the checks of the source, which are another matter. */
const NO_SOURCE_CHECKS = ['all', 'default', 'd0', 'd1', 'd2', 'd3', 'd4', 'd5'].flatMap((dev) => [
  `net.ipv4.conf.${dev}.rp_filter=0`,
  `net.ipv4.conf.${dev}.accept_local=1`,
  `net.ipv4.conf.${dev}.send_redirects=0`,
  `net.ipv4.conf.${dev}.forwarding=1`,
]);

function decide(routing: Routing, { dst, src, iif, oif, mark }: RouteQuestion): RouteDecision {
  return routing.lookup({
    src: src === undefined ? undefined : parseIpv4(src),
    dst: parseIpv4(dst)!,
    mark,
    iif: iif ?? 'lo',
    oif,
  });
}

/** The decision in the words of the kernel's answer, or why it is another one; undefined where they agree. */
function difference(routing: Routing, question: RouteQuestion, answer: KernelRoute): string | undefined {
  const decision = decide(routing, question);
  const told = `${commandOf(question)} -> ${answer.text.trim().split('\n')[0]}`;
  if (decision.doubts.length > 0) return `${told}; the walk has doubts`;
  // A rule that says unreachable answers as if there were no route (fib4_rule_action).
  const kind = decision.kind === 'unreachable' && decision.route === undefined ? 'none' : decision.kind;
  if (kind !== answer.kind) return `${told}; the walk says ${decision.kind}`;
  if (decision.kind === 'none' || answer.dev === undefined) return undefined;
  const table = decision.route?.value.table ?? answer.table;
  // What is sent from here to an own address keeps to the table local, whatever table the route is in.
  if (table !== answer.table) return `${told}; the walk takes table ${table}`;
  if (decision.kind === 'unicast') {
    const via = (address: number | undefined): string | undefined =>
      address === undefined ? undefined : formatIpv4(address);
    if (!decision.hops.some((hop) => hop.dev === answer.dev && via(hop.via) === answer.via))
      return `${told}; the walk goes by ${JSON.stringify(decision.hops)}`;
    if (question.src === undefined && question.iif === undefined && decision.hops.length === 1) {
      const source = via(routing.sourceFor(decision));
      if (source !== answer.src) return `${told}; the walk sends from ${source}`;
    }
  }
  return undefined;
}

describe.skipIf(reason !== undefined && !isRequired)('Routing against the kernel', () => {
  it.each(Array.from({ length: 20 }, (_, i) => 1 + i))(
    'random rules and routes lead where the kernel says, draw %i',
    (seed) => {
      expect(reason).toBeUndefined();
      const random = new RandomSequence(seed * 7919);
      const setup = [...madeDevices(), ...randomRouting(random)];
      const questions = Array.from({ length: 40 }, () => randomQuestion(random));
      const { outputs, answers } = askKernel(setup, NO_SOURCE_CHECKS, questions);
      const routing = new Routing(storeOf(outputs), 'node/n1');
      const differences = questions.flatMap((question, i) => difference(routing, question, answers[i]!) ?? []);
      expect(differences).toEqual([]);
    },
    20_000,
  );
});

/** Where a node with these rules and routes sends a packet: device and gateway, or the kind of what is not unicast. */
function leads(
  outputs: { rules?: string; routes: string; addresses?: string },
  to: { dst: string; oif?: string },
): string {
  const { rules = '', routes, addresses = '' } = outputs;
  const store = storeOf({
    ...(rules === '' ? {} : { ip_rule: rules }),
    ip_route_show_table_all: routes,
    ...(addresses === '' ? {} : { ip_addr: addresses }),
  });
  const decision = decide(new Routing(store, 'node/n1'), { mark: 0, ...to });
  if (decision.kind !== 'unicast') return decision.kind;
  return decision.hops.map(({ dev, via }) => (via === undefined ? dev : `${dev} via ${formatIpv4(via)}`)).join(', ');
}

const LOCAL = 'local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1\n';

describe('Routing', () => {
  it('a blackhole is not suppressed by its short prefix', () => {
    const rules =
      '0: from all lookup local\n10: from all lookup 100 suppress_prefixlength 0\n20: from all lookup main\n';
    const routes = `blackhole default table 100\ndefault via 10.0.0.254 dev eth0\n${LOCAL}`;
    expect(leads({ rules, routes }, { dst: '8.8.8.8' })).toBe('blackhole');
  });

  it('a default route is suppressed, and the next rule decides', () => {
    const rules =
      '0: from all lookup local\n10: from all lookup 100 suppress_prefixlength 0\n20: from all lookup main\n';
    const routes = `default via 10.0.0.253 dev eth1 table 100\ndefault via 10.0.0.254 dev eth0\n${LOCAL}`;
    expect(leads({ rules, routes }, { dst: '8.8.8.8' })).toBe('eth0 via 10.0.0.254');
  });

  it('a jump to a priority that no rule has is passed over', () => {
    const rules =
      '0: from all lookup local\n10: from all goto 15 [unresolved]\n20: from all blackhole\n30: from all lookup main\n';
    const routes = `default via 10.0.0.254 dev eth0\n${LOCAL}`;
    expect(leads({ rules, routes }, { dst: '8.8.8.8' })).toBe('blackhole');
  });

  it('a jump passes over the rules before its target', () => {
    const rules = '0: from all lookup local\n10: from all goto 30\n20: from all blackhole\n30: from all lookup main\n';
    const routes = `default via 10.0.0.254 dev eth0\n${LOCAL}`;
    expect(leads({ rules, routes }, { dst: '8.8.8.8' })).toBe('eth0 via 10.0.0.254');
  });

  it('the next hop of a device that went down is not drawn', () => {
    const hops =
      '\tnexthop via 10.0.0.254 dev eth0 weight 1\n\tnexthop via 10.0.1.254 dev eth1 weight 1 dead linkdown\n';
    expect(leads({ routes: `default\n${hops}${LOCAL}` }, { dst: '8.8.8.8' })).toBe('eth0 via 10.0.0.254');
  });

  it('by a device without a route the destination is on its link', () => {
    const routes = `default via 10.0.0.254 dev eth0\n${LOCAL}`;
    expect(leads({ routes }, { dst: '8.8.8.8', oif: 'eth1' })).toBe('eth1');
  });

  it('two routes of several next hops to one network are not the same', () => {
    const hops = (a: string, b: string): string =>
      `10.9.0.0/16\n\tnexthop via 10.0.0.${a} dev eth0 weight 1\n\tnexthop via 10.0.0.${b} dev eth1 weight 1\n`;
    const routes = `${hops('2', '3')}10.9.0.0/16\n\tnexthop via 10.0.2.2 dev eth2 weight 1\n\tnexthop via 10.0.2.3 dev eth3 weight 1\n${LOCAL}`;
    expect(leads({ routes }, { dst: '10.9.1.1', oif: 'eth2' })).toBe('eth2 via 10.0.2.2');
  });
});
