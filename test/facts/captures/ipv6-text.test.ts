import { describe, expect, it } from 'vitest';
import { canonicalIpv6, ipv6Text } from '../../../src/facts/captures/ipv6-text.js';

describe('the text of an IPv6 address', () => {
  it.each([
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::ffff:0a00:0001', '::ffff:10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('of %s is %s', (text, canonical) => {
    expect(canonicalIpv6(text)).toBe(canonical);
  });

  it.each([
    '',
    ':',
    '1',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::1',
    '12345::1',
    '::1.2.3',
    '::1.2.3.256',
    '10.0.0.1',
    '1:',
    ':1',
  ])('is not %j', (text) => {
    expect(canonicalIpv6(text)).toBeUndefined();
  });

  it('is made of its words', () => {
    expect(ipv6Text([0xfd00, 0, 0, 0, 0, 0, 0, 0x1f])).toBe('fd00::1f');
    expect(ipv6Text([1, 2, 3, 4, 5, 6, 7, 8])).toBe('1:2:3:4:5:6:7:8');
  });
});
