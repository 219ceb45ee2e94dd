import { formatIpv4 } from '../derive/ipv4.js';
import type { Source } from '../model.js';
import { mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { DropReason } from './result.js';
import type { Way } from './way.js';

/**
 * What the kernel's check of a source address says (fib_validate_source): an own address from outside is a martian; with
 * rp_filter the way back must lead by the same device (1), or by any (2). The larger of `all` and the device's own counts;
 * a device without an address fails even the loose check where no route leads back by it.
 */
export function reversePathFault(
  way: Way,
  namespace: NetNamespace,
  device: string,
): { reason: DropReason; by: string; source?: Source } | undefined {
  const src = way.packet.src?.start;
  if (src === undefined) return undefined;
  const { routing } = namespace;
  if (routing.isLocal(src) && namespace.deviceSysctl(device, 'accept_local')?.value !== 1) {
    return {
      reason: 'martian-source',
      by: `${formatIpv4(src)} comes in by ${device} and is an address of ${namespace.subject} itself`,
    };
  }
  const all = namespace.deviceSysctl('all', 'rp_filter');
  const own = namespace.deviceSysctl(device, 'rp_filter');
  if (all === undefined && own === undefined) {
    if (!namespace.isPod && !leadsBack(namespace, way, src, device))
      mayDrop(way, { on: namespace.subject, what: `rp_filter of ${device}`, collect: 'sysctl -a | grep rp_filter' });
    return undefined;
  }
  const deciding = (own?.value ?? 0) >= (all?.value ?? 0) ? (own ?? all)! : all!;
  const mode = deciding.value;
  if (mode === 0) return undefined;
  if (leadsBack(namespace, way, src, device)) return undefined;
  const back = routing.lookup({
    src: way.packet.dst?.start,
    dst: src,
    mark: markOf(namespace, way, device),
    iif: 'lo',
  });
  const routed = back.kind === 'unicast' || back.kind === 'local';
  if (mode >= 2 && routed && routing.hasAddress(device)) return undefined;
  const name = deciding.fact.name.replace('sysctl.', '');
  const other = back.kind === 'unicast' ? `by ${back.hops[0]?.dev ?? '?'}` : 'nowhere';
  return {
    reason: 'reverse-path',
    by: `${name} = ${mode}: ${formatIpv4(src)} came in by ${device}, its way back leads ${other}`,
    source: deciding.fact.source,
  };
}

function leadsBack(namespace: NetNamespace, way: Way, src: number, device: string): boolean {
  // The way back is looked up as for a packet that came in by no device (flowi4_iif is the loopback's).
  const back = namespace.routing.lookup({
    src: way.packet.dst?.start,
    dst: src,
    mark: markOf(namespace, way, device),
    iif: 'lo',
  });
  return back.kind === 'unicast' && back.hops.some(({ dev }) => dev === device);
}

/** The mark counts for the way back only with src_valid_mark. */
function markOf(namespace: NetNamespace, way: Way, device: string): number | undefined {
  const valid =
    namespace.deviceSysctl(device, 'src_valid_mark')?.value === 1 ||
    namespace.deviceSysctl('all', 'src_valid_mark')?.value === 1;
  return valid ? way.packet.mark : 0;
}
