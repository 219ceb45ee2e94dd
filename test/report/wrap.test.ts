import { expect, test } from 'vitest';
import { displayWidth, wrap } from '../../src/report/wrap.js';

test('English breaks at spaces', () => {
  expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
});

test('Chinese breaks between characters, by its width on the screen', () => {
  expect(wrap('网桥流量绕过防火墙', 8)).toEqual(['网桥流量', '绕过防火', '墙']);
});

test('a Chinese line does not begin with a comma nor end with a bracket', () => {
  for (const width of [6, 8, 10, 12]) {
    for (const line of wrap('应答没有经过，（源地址）没有改回，客户端重置。', width)) {
      expect(line).not.toMatch(/^[，。）]/);
      expect(line).not.toMatch(/（$/);
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  }
});

test('English words within Chinese stay whole', () => {
  expect(wrap('节点上的iptables规则', 12)).toEqual(['节点上的', 'iptables规则']);
});

test('a word wider than the line is cut', () => {
  expect(wrap('nodes/n1/a-very-long-name', 10)).toEqual(['nodes/n1/a', '-very-long', '-name']);
});

test('an empty text is one empty line', () => {
  expect(wrap('', 10)).toEqual(['']);
});
