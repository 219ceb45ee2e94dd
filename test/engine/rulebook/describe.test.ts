import { expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import { describeCause, listCauses } from '../../../src/engine/rulebook/describe.js';
import { files } from './small-rulebook.js';

const rulebook = checkRulebook(files()).rulebook!;

it('lists the causes in a language', () => {
  expect(listCauses(rulebook, 'zh')).toEqual([
    {
      id: 'ip-forward-disabled',
      category: 'unreachable',
      classes: ['unreachable'],
      scope: 'node',
      prior: 'normal',
      title: '转发关闭',
    },
  ]);
});

it('shows a cause with its signature and the statements of its evidence', () => {
  const cause = describeCause(rulebook, 'ip-forward-disabled', 'en');
  expect(cause?.breaks[0]).toEqual({
    leg: 'pod>pod@cross-node/*',
    roles: ['source', 'target'],
    as: ['timeout'],
    how: 'always',
    peers: 'all',
    when: {},
  });
  expect(cause?.evidence.map(({ id, statement, quantifier }) => [id, statement, quantifier])).toEqual([
    ['ip-forward-off', 'The node does not route', undefined],
    ['pods-not-ready', 'A pod is not ready', 'some pod'],
  ]);
  expect(cause?.excludes).toEqual([
    { id: 'ip-forward-on', statement: 'The node routes' },
    { id: 'restart-heals', statement: 'A restart heals it' },
  ]);
  expect(cause?.verify).toEqual([{ do: 'Look', run: 'sysctl net.ipv4.ip_forward', expect: '1' }]);
  expect(cause?.source).toBe('causes/unreachable/ip-forward-disabled.yaml:1');
});

it('knows nothing of a cause that is not there', () => {
  expect(describeCause(rulebook, 'ip-forward', 'en')).toBeUndefined();
});
