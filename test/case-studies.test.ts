import { beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../src/engine/diagnose.js';
import type { Diagnosis, RankedCause } from '../src/engine/diagnosis.js';
import { loadRulebookFolder } from '../src/engine/rulebook/load.js';
import { logPatternsOf } from '../src/engine/rulebook/log-patterns.js';
import type { Rulebook } from '../src/engine/rulebook/types.js';
import type { BundleEntry } from '../src/facts/bundle/entry.js';
import { readBundles } from '../src/facts/bundle/read-bundles.js';
import { Cnis } from '../src/facts/cnis.js';
import { deriveAll } from '../src/facts/derive/derive-all.js';
import { readFacts } from '../src/facts/read.js';

/**
 * Five field reports, each with what the people in it had: with the value that decided it, and without, when podnet is to
 * suspect the right cause and to ask for that value.
 */

let rulebook: Rulebook;

beforeAll(() => {
  const loaded = loadRulebookFolder('rules');
  if (loaded.rulebook === undefined) throw new Error(loaded.problems[0]?.message);
  rulebook = loaded.rulebook;
});

/** Diagnoses a case's bundle after `change` has taken files away or edited their text. */
async function judge(path: string, change: (path: string, text: string) => string | undefined): Promise<Diagnosis> {
  const contents = await readBundles([{ path: `test/cases/${path}/bundle` }], {});
  const entries: BundleEntry[] = [];
  for (const entry of contents.entries) {
    const text = change(entry.path, new TextDecoder().decode(entry.bytes));
    if (text !== undefined) entries.push({ path: entry.path, bytes: new TextEncoder().encode(text) });
  }
  const { store, input } = readFacts(
    { ...contents, entries },
    { logPatterns: logPatternsOf(rulebook), cnis: new Cnis(rulebook.cnis) },
  );
  return diagnose({
    store,
    ...deriveAll(store),
    input: { recognised: input.recognised, unrecognised: [], problems: input.problems },
    rulebook,
    lang: 'en',
  });
}

const whole = (_path: string, text: string): string => text;
const without = (undecided: RegExp) => (path: string, text: string) => (undecided.test(path) ? undefined : text);

function first(diagnosis: Diagnosis): RankedCause {
  expect(diagnosis.outcome).toBe('diagnosed');
  return diagnosis.diagnoses[0]!;
}

const speaksFor = (cause: RankedCause): string[] =>
  cause.evidence.filter(({ verdict }) => verdict === 'for').map(({ id }) => id);

/** The cause is among the first three, and one of the ids is among the first two to ask for. */
function asksFor(diagnosis: Diagnosis, cause: string, ids: RegExp): void {
  expect(diagnosis.diagnoses.slice(0, 3).map((ranked) => ranked.cause)).toContain(cause);
  const asked = diagnosis.next.slice(0, 3).map(({ id }) => id);
  expect(asked.filter((id) => ids.test(id))).not.toEqual([]);
}

describe('pods of one underlay node reach nothing but their node', () => {
  const path = 'ip-forward-disabled/field-underlay-veth-not-nic';

  it('is ip_forward, by its value and by what the veth shows and eth0 does not', async () => {
    const cause = first(await judge(path, whole));
    expect(cause).toMatchObject({
      cause: 'ip-forward-disabled',
      subjects: ['node/10.9.189.51'],
      when: 'now',
      confidence: 'confirmed',
      explains: { symptoms: 2, of: 2 },
    });
    expect(speaksFor(cause)).toEqual(expect.arrayContaining(['ip-forward-off', 'lost-between-veth-and-nic']));
    expect(cause.fix[0]).toMatchObject({ run: 'sysctl -w net.ipv4.ip_forward=1' });
  });

  it('asks for ip_forward where nobody read it', async () => {
    asksFor(await judge(path, without(/ip_forward$/)), 'ip-forward-disabled', /^ip-forward/);
  });
});

describe('a new node cannot use a ClusterIP', () => {
  const path = 'node-ip-conflict/field-new-node-clusterip';

  it('is its second address, which the tunnel leaves with', async () => {
    const cause = first(await judge(path, whole));
    expect(cause).toMatchObject({
      cause: 'node-ip-conflict',
      subjects: ['node/yq01-aip-aikefu12'],
      when: 'now',
      confidence: 'confirmed',
    });
    expect(speaksFor(cause)).toEqual(
      expect.arrayContaining([
        'nic-address-from-dhcp-and-static',
        'node-ip-not-primary',
        'tunnel-source-wrong-on-wire',
      ]),
    );
  });

  it('asks for the addresses where nobody looked at them', async () => {
    asksFor(await judge(path, without(/ip_addr$|enp26s0f0/)), 'node-ip-conflict', /^(?:nic-|node-ip-|tunnel-source-)/);
  });
});

describe('databases fail and heal when the Cilium agent is restarted', () => {
  const path = 'rp-filter-strict/field-cilium-after-recovery';

  it('was rp_filter, because a package upgrade restarted tuned: told by logs alone, after the recovery', async () => {
    const cause = first(await judge(path, whole));
    expect(cause).toMatchObject({
      cause: 'rp-filter-strict',
      subjects: ['node/10-10-40-120'],
      when: 'past',
      confidence: 'likely',
    });
    expect(cause.because.map((reason) => reason.cause)).toEqual(['sysctl-reset-by-tool']);
    // The value of today is that of a healed node and no evidence either way.
    expect(cause.evidence.find(({ id }) => id === 'rp-filter-strict')?.verdict).not.toBe('against');
  });

  it('is found from the logs where nobody told of a change', async () => {
    const diagnosis = await judge(path, (_, text) =>
      text.replace(/^changes:\n(?: {2}.*\n)*/m, '').replace(/^answers:\n(?: {2}.*\n)*/m, ''),
    );
    expect(first(diagnosis)).toMatchObject({ cause: 'rp-filter-strict', when: 'past' });
    expect(first(diagnosis).because.map((reason) => reason.cause)).toEqual(['sysctl-reset-by-tool']);
  });

  it('asks for rp_filter while the fault lasts', async () => {
    const now = await judge(path, (file, text) =>
      /^logs\/system|sysctl/.test(file)
        ? undefined
        : text.replace(/^(?:incident|changes|answers):\n(?: {2}.*(?:\n|$))*/gm, '').replace(/, at: [^}]*/g, ''),
    );
    asksFor(now, 'rp-filter-strict', /^rp-filter/);
  });
});

describe('no pod reaches a pod of another virtual machine', () => {
  const path = 'overlay-nat-mangled/field-vm-nat-network';

  it("is the hypervisor's NAT network", async () => {
    const cause = first(await judge(path, whole));
    expect(cause).toMatchObject({
      cause: 'overlay-nat-mangled',
      subjects: ['node/k8s-master1', 'node/k8s-node2'],
      confidence: 'confirmed',
    });
    expect(speaksFor(cause)).toContain('vm-network-is-nat');
  });

  it('asks for the mode of the virtual network where nobody said it', async () => {
    const unsaid = await judge(path, (_, text) => text.replace(/^answers:\n(?: {2}.*(?:\n|$))*/m, ''));
    asksFor(unsaid, 'overlay-nat-mangled', /nat/);
  });
});

describe('a Service answers pods of one node only where the backend is elsewhere', () => {
  const path = 'bridge-nf-call-disabled/field-ipvs-same-node-timeout';

  it('is bridge-nf-call-iptables, by its value and by the reply that comes untranslated', async () => {
    const cause = first(await judge(path, whole));
    expect(cause).toMatchObject({
      cause: 'bridge-nf-call-disabled',
      subjects: ['node/node-prod-07'],
      confidence: 'confirmed',
    });
    expect(speaksFor(cause)).toEqual(
      expect.arrayContaining(['bridge-nf-call-iptables-off', 'reply-from-untranslated-address']),
    );
  });

  it('asks for the value where only the pattern of requests is known', async () => {
    asksFor(
      await judge(path, without(/bridge-nf-call|conntrack|captures/)),
      'bridge-nf-call-disabled',
      /^bridge-nf-call/,
    );
  });
});
