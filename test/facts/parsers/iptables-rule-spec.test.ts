import { describe, expect, it } from 'vitest';
import type { IptablesRule } from '../../../src/facts/model.js';
import { iptablesSave } from '../../../src/facts/parsers/iptables-save.js';
import { textOf } from '../walk/rulesets/outputs.js';
import { parseOutput } from './parse-output.js';

const LONG_COMMENT = 'x'.repeat(100_000);

/** Rules of matches and targets that nobody has written, or that are written as nobody should. */
const INVENTED: readonly [string, Partial<IptablesRule>][] = [
  ['-m quantum --spin up -j ACCEPT', { unknown: ['-m quantum --spin up'], target: 'ACCEPT', targetOptions: {} }],
  ['-m quantum -j ACCEPT', { unknown: ['-m quantum'] }],
  ['-m quantum', { unknown: ['-m quantum'] }],
  ['-m quantum -m rpfilter -j DROP', { unknown: ['-m quantum', '-m rpfilter'] }],
  ['-p tcp -m tcp -j ACCEPT', { unknown: [], proto: 'tcp' }],
  ['-m socket -j DIVERT', { unknown: ['-m socket'], target: 'DIVERT' }],
  ['! -m quantum -j ACCEPT', { unknown: ['! -m quantum'] }],
  ['! -m quantum --spin up -j ACCEPT', { unknown: ['! -m quantum --spin up'] }],
  ['-m quantum ! --spin up -j ACCEPT', { unknown: ['-m quantum ! --spin up'] }],
  ['-m quantum --spin ! up -j ACCEPT', { unknown: ['-m quantum --spin ! up'] }],
  ['-m quantum --spin up down -j ACCEPT', { unknown: ['-m quantum --spin up down'] }],
  ['-m quantum --spin up --charm 3 -p tcp -j ACCEPT', { unknown: ['-m quantum --spin up --charm 3'], proto: 'tcp' }],
  ['-m quantum -p udp --spin up -j ACCEPT', { unknown: ['-m quantum --spin up'], proto: 'udp' }],
  // An unknown match may call anything a port or a state.
  ['-p tcp -m quantum --dport 80 -j ACCEPT', { unknown: ['-m quantum --dport 80'] }],
  ['-m quantum --state NEW -j ACCEPT', { unknown: ['-m quantum --state NEW'] }],
  ['-m quantum --mark 0x1 -j ACCEPT', { unknown: ['-m quantum --mark 0x1'] }],
  ['-s 10.0.0.0/8 --warp 9 -d 10.1.0.0/16 -j ACCEPT', { src: '10.0.0.0/8', dst: '10.1.0.0/16', unknown: ['--warp 9'] }],
  ['-s 10.0.0.0/8 stray -j DROP', { src: '10.0.0.0/8', unknown: ['stray'], target: 'DROP' }],
  ['! stray -j DROP', { unknown: ['! stray'], target: 'DROP' }],
  ['-s 10.0.0.0/8 ! -j DROP', { src: '10.0.0.0/8', unknown: ['! -j'], target: 'DROP', not: [] }],
  ['-p tcp -j DROP !', { proto: 'tcp', unknown: ['!'], target: 'DROP' }],
  ['-s -j DROP', { unknown: ['-s'], target: 'DROP' }],
  ['-m string --string "-j DROP" --algo bm -j ACCEPT', { unknown: ['-m string --string -j DROP --algo bm'] }],
  ['-m string --string -v --algo bm -j ACCEPT', { unknown: ['-m string --string -v --algo bm'] }],
  [
    '-m quantum --note "spin \\"up\\" ! -j DROP" -j ACCEPT',
    { target: 'ACCEPT', unknown: ['-m quantum --note spin "up" ! -j DROP'] },
  ],
  ['-j TELEPORT --to mars', { target: 'TELEPORT', targetOptions: { to: 'mars' }, unknown: [] }],
  ['-j TELEPORT', { target: 'TELEPORT', targetOptions: {}, unknown: [] }],
  ['-j TELEPORT --to mars --to venus --fast', { targetOptions: { to: 'mars venus', fast: '' } }],
  ['-j TELEPORT ! --to mars', { targetOptions: { to: '! mars' } }],
  ['-j TELEPORT --to ! mars', { targetOptions: { to: '! mars' } }],
  ['-j TELEPORT --to "mars -j DROP"', { target: 'TELEPORT', targetOptions: { to: 'mars -j DROP' } }],
  ['-g TELEPORT', { target: 'TELEPORT', goto: true }],
  ['-m comment --comment "节点 — ✓ 🚀" -j ACCEPT', { comment: '节点 — ✓ 🚀', target: 'ACCEPT' }],
  ['-m comment --comment "" -j ACCEPT', { comment: '', target: 'ACCEPT' }],
  ['-m comment --comment -dash -j ACCEPT', { comment: '-dash', target: 'ACCEPT', unknown: [] }],
  ['-m comment --comment "!" -j ACCEPT', { comment: '!', target: 'ACCEPT', unknown: [] }],
  ['-m comment --comment "cali:x" -m comment --comment "Policy web" -j ACCEPT', { comment: 'cali:x Policy web' }],
  [`-m comment --comment "${LONG_COMMENT}" -j ACCEPT`, { comment: LONG_COMMENT, target: 'ACCEPT' }],
  ['-m comment --comment "no end -j ACCEPT', { comment: 'no end -j ACCEPT' }],
];

describe('a rule of iptables', () => {
  it.each(INVENTED.map(([words, expected]) => [words.slice(0, 80), words, expected] as const))(
    'keeps what it does not know: %s',
    (_title, words, expected) => {
      const parsed = parseOutput(iptablesSave, 'iptables-save', `-A INPUT ${words}`);
      expect(parsed.problems).toEqual([]);
      expect(parsed.records('iptables-rule')[0]).toMatchObject(expected);
    },
  );

  it('costs no other rule of the table anything', () => {
    const lines = textOf('docker', 'iptables-nft-save').split('\n');
    const plain = parseOutput(iptablesSave, 'iptables-save', lines.join('\n')).records('iptables-rule');
    const mixed = lines.flatMap((line, i) =>
      line.startsWith('-A ') ? [`-A EXTRA ${INVENTED[i % INVENTED.length]![0]}`, line] : [line],
    );
    const parsed = parseOutput(iptablesSave, 'iptables-save', mixed.join('\n'));
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('iptables-rule')).toHaveLength(2 * plain.length);
    expect(parsed.records('iptables-rule').filter(({ chain }) => chain !== 'EXTRA')).toEqual(plain);
  });

  it.each<[string, Partial<IptablesRule>]>([
    [
      '-m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -j DROP',
      { mark: '0xe00/0xf00', not: ['mark'], unknown: ['-m mark ! --mark 0x800/0xf00'] },
    ],
    [
      '-p tcp -m tcp --dport 1:1023 -m multiport ! --dports 22,80 -j DROP',
      { dport: '1:1023', not: [], unknown: ['-m multiport ! --dports 22,80'] },
    ],
    [
      '-m conntrack --ctstate NEW -m conntrack ! --ctstate DNAT -j DROP',
      { ctstate: ['NEW'], not: [], unknown: ['-m conntrack ! --ctstate DNAT'] },
    ],
    [
      '-m addrtype --dst-type LOCAL -m addrtype ! --dst-type BROADCAST -j DROP',
      { dstType: 'LOCAL', not: [], unknown: ['-m addrtype ! --dst-type BROADCAST'] },
    ],
    [
      '-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE',
      { unknown: ['-m addrtype ! --src-type LOCAL --limit-iface-out', '-m addrtype --src-type LOCAL'] },
    ],
    [
      '-m string --string a --algo bm -m string --string b --algo bm -j DROP',
      { unknown: ['-m string --string a --algo bm', '-m string --string b --algo bm'] },
    ],
  ])('keeps what it asks for twice: %s', (words, expected) => {
    const parsed = parseOutput(iptablesSave, 'iptables-save', `-A INPUT ${words}`);
    expect(parsed.records('iptables-rule')[0]).toMatchObject(expected);
  });

  it.each<[string, Partial<IptablesRule>]>([
    ['-j ACCEPT -p tcp --dport 80', { target: 'ACCEPT', proto: 'tcp', dport: '80', targetOptions: {} }],
    ['-j DROP -s 10.0.0.0/8 ! -i eth0', { target: 'DROP', src: '10.0.0.0/8', in: 'eth0', not: ['in'] }],
    ['-j DROP -p tcp --tcp-flags ALL NONE', { target: 'DROP', unknown: ['--tcp-flags ALL NONE'], targetOptions: {} }],
    ['-j DNAT --to-destination 10.0.0.1 -p tcp', { proto: 'tcp', targetOptions: { 'to-destination': '10.0.0.1' } }],
  ])('may name its target first: %s', (words, expected) => {
    const parsed = parseOutput(iptablesSave, 'iptables-save', `-A INPUT ${words}`);
    expect(parsed.records('iptables-rule')[0]).toMatchObject(expected);
  });

  it.each(['-j', '-m', '-s', '-p tcp -m tcp --dport'])('is lost where the line ends in it: %s', (words) => {
    const parsed = parseOutput(iptablesSave, 'iptables-save', `-A INPUT ${words}\n-A INPUT -j DROP`);
    expect(parsed.problems.map(({ line }) => line)).toEqual([1]);
    expect(parsed.records('iptables-rule').map(({ index }) => index)).toEqual([2]);
  });
});
