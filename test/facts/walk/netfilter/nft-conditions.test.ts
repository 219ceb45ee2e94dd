import { describe, expect, it } from 'vitest';
import type { ConditionRow } from './nft-condition-rows.js';
import { ROWS, SETS } from './nft-condition-rows.js';
import { outcomesOf } from './nft-packets.js';

/** What else the packet is does not matter here. */
const withoutState = (words: string): string => words.replace(/ (?:mark \S+|connmark \S+|untracked)/g, '');

const EXPECTED: Readonly<Record<ConditionRow[2], readonly string[]>> = {
  yes: ['drop'],
  no: ['accept'],
  maybe: ['accept perhaps', 'drop perhaps'],
  random: ['accept random', 'drop random'],
};

describe('a condition of an nft rule', () => {
  it.each(ROWS.map((row) => [...row, row[3] ?? 'forward'] as const))('%s against %j: %s', (...row) => {
    const [condition, packet, matches] = row;
    const hook = row.at(-1) as string;
    const text = `table inet t {${SETS}
	chain c {
		type filter hook ${hook} priority filter; policy accept;
		${condition} drop
	}
}`;
    expect(outcomesOf(text, 'inet t c', packet).map(withoutState).sort()).toEqual(EXPECTED[matches]);
  });

  it('asks the kind of packet where a device or an address is not told', async () => {
    const { chainOf, packetOf, ENVIRONMENT } = await import('./nft-packets.js');
    const chain = chainOf(
      `table ip t {
	chain c {
		type filter hook forward priority filter; policy accept;
		iifname "tun*" drop
		fib daddr type local drop
	}
}`,
      'ip t c',
    );
    const asked: string[] = [];
    const kind = {
      dstType: 'UNICAST' as const,
      mayUse(device: string): boolean {
        asked.push(device);
        return false;
      },
    };
    const outcomes = chain.evaluate(packetOf({ in: undefined, dst: undefined }), { ...ENVIRONMENT, kind });
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept']);
    expect(asked).toEqual(['tun+']);
  });
});
