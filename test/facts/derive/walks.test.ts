import { describe, expect, it } from 'vitest';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { CLUSTER, type Subject } from '../../../src/facts/model.js';
import { understandBundles } from '../../../src/pipeline/diagnose-bundles.js';

const { rulebook } = loadRulebookFolder('rules');

/** The walk's facts that are true, by subject, of a committed bundle. */
async function walkFacts(bundle: string): Promise<Record<Subject, string[]>> {
  const { store } = await understandBundles([{ path: `test/cases/${bundle}/bundle.tgz` }], { rulebook: rulebook! });
  const found: Record<Subject, string[]> = {};
  for (const subject of store.subjects()) {
    const names = [...store.of(subject)].filter(([name, [fact]]) => name.startsWith('walk.') && fact?.value === true);
    if (names.length > 0) found[subject] = names.map(([name]) => name).sort();
  }
  return found;
}

describe('what the walk tells of the flows that failed', () => {
  it('names the place and the reason where the state explains them', async () => {
    expect(await walkFacts('host-firewall-drop/lab-input-drops-pod-sources')).toEqual({
      'node/node-2': ['walk.drops-at-packet-filter'],
    });
    expect(await walkFacts('vtep-entry-stale/lab-former-address')).toMatchObject({ 'node/node-2': expect.anything() });
  });

  it('tells two faults apart, each at its node', async () => {
    expect(await walkFacts('bridge-nf-call-disabled/lab-with-a-missing-route')).toEqual({
      'node/node-1': ['walk.drops-by-route'],
      'node/node-2': ['walk.drops-foreign-reply'],
    });
  });

  it('takes what kube-proxy rejects for want of endpoints for that, and no firewall', async () => {
    const found = await walkFacts('coredns-down/lab-dns-pod-crashing');
    expect(found[CLUSTER]).toBeUndefined();
    expect(Object.values(found).flat()).toEqual(['walk.drops-unheard']);
  });

  it('says nothing where nothing fails', async () => {
    expect(await walkFacts('none/lab-allow-list-firewall')).toEqual({});
  });

  it('says nothing of the whole where most flows hang on what was not collected', async () => {
    const found = await walkFacts('policy-rule-hijack/lab-table-not-collected');
    expect(found[CLUSTER]).toBeUndefined();
  });

  it('points at the file and line that decided', async () => {
    const bundle = 'test/cases/host-firewall-drop/lab-input-drops-pod-sources/bundle.tgz';
    const { store } = await understandBundles([{ path: bundle }], { rulebook: rulebook! });
    const source = store.scalar('node/node-2', 'walk.drops-at-packet-filter')?.source;
    expect(source?.file).toBe('nodes/node-2/iptables-save');
    expect(source?.line).toBeGreaterThan(0);
  });
});
