import type { Link, Source, Subject } from '../model.js';
import type { FactStore } from '../store.js';

/** A device with all that the outputs of one network namespace say of it. */
export interface MergedLink {
  link: Link;
  /** Where its flags or MTU were read last: what a finding about the device points at. */
  source: Source;
}

/**
 * The devices of a network namespace by name. One device comes as several records (`ip addr`, `ip link`, `ip -d link`,
 * `ip -s link`, `netstat -i`), each with what its command prints: what a later one leaves out, an earlier one keeps.
 */
export function linksOf(store: FactStore, subject: Subject): Map<string, MergedLink> {
  const merged = new Map<string, MergedLink>();
  for (const fact of store.records(subject, 'link')) {
    const known = merged.get(fact.value.name);
    if (known === undefined) {
      merged.set(fact.value.name, { link: { ...fact.value }, source: fact.source });
      continue;
    }
    const flags = fact.value.flags.length > 0 ? fact.value.flags : known.link.flags;
    const vxlan =
      known.link.vxlan === undefined ? fact.value.vxlan : { ...known.link.vxlan, ...definedOnly(fact.value.vxlan) };
    known.link = { ...known.link, ...definedOnly(fact.value), flags };
    if (vxlan !== undefined) known.link.vxlan = vxlan;
    if (fact.value.flags.length > 0) known.source = fact.source;
  }
  return merged;
}

/** The parts of a record that are set: `undefined` of a terser output must not hide what a fuller one told. */
function definedOnly<T extends object>(record: T | undefined): Partial<T> {
  if (record === undefined) return {};
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/**
 * Whether the namespace's whole list of devices is known, not the excerpt of `ip link show DEV`: the loopback device,
 * which every namespace has, is among them.
 */
export function allLinksKnown(links: ReadonlyMap<string, MergedLink>): boolean {
  return links.has('lo') && links.size > 1;
}

/**
 * Whether a device is down: not set up, or set up without a carrier. Undefined where the outputs do not tell (`netstat
 * -i` prints neither flags nor state in words).
 */
export function isDown(link: Link): boolean | undefined {
  if (link.flags.length > 0) {
    if (!link.flags.includes('UP') || link.flags.includes('NO-CARRIER')) return true;
    if (link.state === undefined) return false;
  }
  if (link.state === undefined) return undefined;
  return link.state === 'DOWN' || link.state === 'LOWERLAYERDOWN' || link.state === 'NOTPRESENT';
}
