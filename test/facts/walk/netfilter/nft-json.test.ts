import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nftJson } from '../../../../src/facts/parsers/nft-json.js';
import { FactStore } from '../../../../src/facts/store.js';
import { nftChainsOf } from '../../../../src/facts/walk/netfilter/nft-chains.js';
import { expectReads, parseOutput } from '../../parsers/parse-output.js';
import type { PacketWords } from './nft-packets.js';
import { chainsOf, ENVIRONMENT, packetOf, rulesetOf, wordsOf } from './nft-packets.js';

const jsonOf = (name: string): string => readFileSync(new URL(`nft-rulesets/${name}.json`, import.meta.url), 'utf8');

const PACKETS: readonly PacketWords[] = [
  {},
  { dst: '10.96.7.7' },
  { dst: '10.96.9.9' },
  { dst: '10.96.0.10', proto: 'udp', dport: 53 },
  { src: '192.168.1.50', dst: '192.168.1.11', in: 'eth0', dport: 8443 },
  { src: '192.168.1.5', dst: '192.168.1.11', in: 'eth0', dport: 22 },
  { src: '203.0.113.66', in: 'eth0' },
  { proto: 'icmp', icmpType: 8, sport: undefined, dport: undefined },
  { state: 'ESTABLISHED', tcp: 'ack', mark: 0x4000 },
  { in: 'eth1', dport: 22 },
  { mark: 1, src: '10.9.1.1' },
];

function jsonChains(name: string) {
  const store = new FactStore();
  const parsed = parseOutput(nftJson, 'nft -j list ruleset', jsonOf(name));
  expect(parsed.problems).toEqual([]);
  for (const { name: record, value } of parsed.all)
    store.add({ subject: 'node/n1', name: record, value, source: { file: 'f', line: 1 } } as never);
  return nftChainsOf(store, 'node/n1').chains;
}

describe('nft -j list ruleset', () => {
  it.each(['kube-proxy', 'host', 'expressions'])('gives the chains of %s that its text gives', (name) => {
    const fromText = chainsOf(rulesetOf(name)).chains;
    const fromJson = jsonChains(name);
    expect(fromJson.map(({ name: chain, hook, priority }) => [chain, hook, priority])).toEqual(
      fromText.map(({ name: chain, hook, priority }) => [chain, hook, priority]),
    );
    for (const [i, chain] of fromText.entries())
      for (const packet of PACKETS)
        expect(
          fromJson[i]!.evaluate(packetOf(packet), ENVIRONMENT).map(wordsOf),
          `${chain.name} ${JSON.stringify(packet)}`,
        ).toEqual(chain.evaluate(packetOf(packet), ENVIRONMENT).map(wordsOf));
  });

  it('loses no rule, set or element', () => {
    const parsed = parseOutput(nftJson, 'nft -j list ruleset', jsonOf('expressions'));
    expect(parsed.records('nft-rule').filter(({ text }) => text !== '')).toHaveLength(107);
    expect(parsed.records('nft-set').flatMap(({ elements }) => elements ?? [])).toHaveLength(13);
    expect(parsed.records('nft-chain').find(({ table }) => table === 'dormant')?.dormant).toBe(true);
  });

  it('says that a cut or other JSON is none, and survives what is no ruleset', () => {
    const problems = (text: string) => parseOutput(nftJson, 'nft -j list ruleset', text).problems.length;
    expect(problems(jsonOf('host').slice(0, 900))).toBe(1);
    expect(problems('{"items": []}')).toBe(1);
    expect(problems('{"nftables": [1, null, {"rule": 3}, {"chain": []}, {"set": {"elem": 7}}]}')).toBe(0);
    const deep = `${'{"concat": ['.repeat(3000)}1${']}'.repeat(3000)}`;
    const sets = `${'{"set": {"stmt": ['.repeat(9000)}1${']}}'.repeat(9000)}`;
    const rule = `{"family": "ip", "table": "t", "chain": "c", "expr": [{"match": {"op": "==", "left": ${deep}, "right": 1}}, ${sets}]}`;
    expect(problems(`{"nftables": [{"chain": {"family": "ip", "table": "t", "name": "c"}}, {"rule": ${rule}}]}`)).toBe(
      0,
    );
  });

  it('is told by its command or its content', () => {
    expectReads(nftJson, ['nft_-j_list_ruleset', 'nft_--json_list_ruleset'], ['nft_list_ruleset', 'nft_-j_monitor']);
    expect(nftJson.recognises?.(['{"nftables": [{"metainfo": {}}]}'])).toBe(true);
  });
});
