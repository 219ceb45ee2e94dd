import { expect, test } from 'vitest';
import { capturedFlows } from '../../../../src/engine/captured-flows.js';
import { readBundles } from '../../../../src/facts/bundle/read-bundles.js';
import { deriveAll } from '../../../../src/facts/derive/derive-all.js';
import { readFacts } from '../../../../src/facts/read.js';
import { CNIS } from '../../cni-profiles.js';

/** What the captures of a fault on a real kernel show: `verdict direction seen > missing`, the most certain first. */
const RECORDED: readonly (readonly [string, readonly string[]])[] = [
  ['ip-forward-disabled/kernel-underlay', ['lost request n2/ucni68f93aed > n2/eth0']],
  [
    'route-missing/kernel',
    ['outside-tunnel reply n1/cni0 > n1/flannel.1', 'outside-tunnel request n1/cni0 > n1/flannel.1'],
  ],
  ['overlay-nat-mangled/kernel', ['lost reply n1/eth0 > n3/eth0', 'lost request n1/eth0 > n3/eth0']],
  [
    'mtu-mismatch/kernel',
    [
      'lost reply n2/eth0 > n3/eth0 large',
      'lost reply n3/eth0 > n2/eth0 large',
      'lost request n3/eth0 > n2/eth0 large',
    ],
  ],
  ['node-ip-conflict/kernel', ['lost request n2/eth0 > n2/flannel.1']],
  ['rp-filter-strict/kernel', ['lost request n3/lxcbabe9d5a > n3/eth0', 'unanswered reply n3/lxcbabe9d5a']],
  ['bridge-nf-call-disabled/kernel', ['untranslated reply n2/veth4a43801c']],
  ['coredns-upstream-unreachable/kernel', ['unanswered request n1/eth0']],
  ['app-listens-on-loopback/kernel', ['refused request n2/veth68f93aed']],
  ['none/kernel-healthy', []],
];

test.each(RECORDED)('the captures of %s name where its packets were lost', async (name, expected) => {
  const { store } = readFacts(await readBundles([{ path: `test/cases/${name}/bundle.tgz` }]), {
    logPatterns: [],
    cnis: CNIS,
  });
  const shown = capturedFlows(deriveAll(store).paths).map(
    ({ verdict, direction, seenAt, missingAt, largeOnly }) =>
      `${verdict} ${direction} ${seenAt}${missingAt === undefined ? '' : ` > ${missingAt}`}${largeOnly ? ' large' : ''}`,
  );
  expect(shown).toEqual(expected);
});
