import { formatIpv4 } from '../derive/ipv4.js';
import type { Fact, Scalar, Source } from '../model.js';
import { mayDivert, mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { DropReason } from './result.js';
import { describeRule, type RouteDecision } from './routing.js';
import type { Way } from './way.js';

export interface SourceFault {
  reason: DropReason;
  by: string;
  source?: Source;
}

const LOOPBACK_NET = 127;
const STRICT = 1;
const LOOSE = 2;

/**
 * What the kernel's check of a source address says (net/ipv4/fib_frontend.c, fib_validate_source): an own address from outside
 * is a martian unless accept_local is on; with rp_filter the way back must lead by the same device (1), or by any (2). The
 * larger of `all` and the device's own counts; to a device without an address no other way back counts. `out` is the device
 * that the packet is to be forwarded by: policy rules see the way back as coming in by it.
 */
export function reversePathFault(
  way: Way,
  namespace: NetNamespace,
  device: string,
  out?: string,
): SourceFault | undefined {
  const src = way.packet.src?.start;
  if (src === undefined) return undefined;
  const loopback = loopbackFault(way, namespace, device, src);
  if (loopback !== undefined) return loopback;
  const back = wayBack(way, namespace, device, out);
  const { value, fact, open } = modeOf(namespace, device);
  const acceptsLocal = isOn(namespace, device, 'accept_local');
  const looksUp = (value ?? 0) > 0 || checksAnyway(namespace, device, out, acceptsLocal);
  if (looksUp || !acceptsLocal) {
    const kind = looksUp ? back.kind : namespace.routing.isOwnAddress(src) ? 'local' : 'unicast';
    const martian = martianFault(namespace, device, src, kind, acceptsLocal);
    if (martian !== undefined) return martian;
  }
  const needed = neededMode(namespace, device, src, back);
  if (needed === undefined) return undefined;
  if (value === undefined || fact === undefined) {
    if (!namespace.isPod)
      mayDrop(way, { on: namespace.subject, what: `rp_filter of ${device}`, collect: 'sysctl -a | grep rp_filter' });
    return undefined;
  }
  const drops = value > 0 && (value === STRICT || needed === LOOSE);
  if (open !== undefined && !namespace.isPod) {
    // The larger of the two counts, and the one that is not known may be larger.
    const missing = { on: namespace.subject, what: open.replaceAll('/', '.'), collect: `sysctl ${open}` };
    if (!drops) mayDrop(way, missing);
    else if (needed === STRICT) mayDivert(way, missing);
  }
  for (const { value: rule, source } of back.doubts) {
    const what = `whether the policy rule "${describeRule(rule)}" leads the way back to ${formatIpv4(src)} elsewhere`;
    const missing = { on: namespace.subject, what, source, collect: 'ip route show table all' };
    if (drops) mayDivert(way, missing);
    else if (value > 0) mayDrop(way, missing);
  }
  if (!drops) return undefined;
  const name = fact.name.replace('sysctl.', '');
  const other = back.kind === 'unicast' ? `by ${back.hops[0]?.dev ?? '?'}` : 'nowhere';
  return {
    reason: 'reverse-path',
    by: `${name} = ${value}: ${formatIpv4(src)} came in by ${device}, its way back leads ${other}`,
    source: fact.source,
  };
}

/** Addresses of 127.0.0.0/8 come in and leave by the loopback device alone, unless route_localnet says otherwise. */
function loopbackFault(way: Way, namespace: NetNamespace, device: string, src: number): SourceFault | undefined {
  const dst = way.packet.dst?.start;
  const loopback = [dst, src].find((address) => address !== undefined && address >>> 24 === LOOPBACK_NET);
  return loopback === undefined ? undefined : localnetFault(way, namespace, device, loopback);
}

/** Why an address of 127.0.0.0/8 is not allowed on a device; notes where that is not known. */
export function localnetFault(
  way: Way,
  namespace: NetNamespace,
  device: string,
  address: number,
): SourceFault | undefined {
  const own = namespace.deviceSysctl(device, 'route_localnet');
  const all = namespace.deviceSysctl('all', 'route_localnet');
  if (own?.value === 1 || all?.value === 1) return undefined;
  if (all === undefined && !namespace.isPod) {
    mayDrop(way, {
      on: namespace.subject,
      what: `route_localnet of ${device}, without which ${formatIpv4(address)} is dropped on it`,
      collect: 'sysctl -a | grep route_localnet',
    });
    return undefined;
  }
  const fault: SourceFault = {
    reason: 'martian-source',
    by: `${formatIpv4(address)} on ${device}, and net.ipv4.conf.all.route_localnet = 0`,
  };
  const source = (own ?? all)?.fact.source;
  if (source !== undefined) fault.source = source;
  return fault;
}

/** The route to where the packet came from, as the check looks it up. */
function wayBack(way: Way, namespace: NetNamespace, device: string, out: string | undefined): RouteDecision {
  return namespace.routing.lookup({
    src: way.packet.dst?.start,
    dst: way.packet.src!.start,
    // The mark counts only with src_valid_mark.
    mark: isOn(namespace, device, 'src_valid_mark') ? way.packet.mark : 0,
    iif: out ?? 'lo',
  });
}

/**
 * Whether the kernel looks the source up although rp_filter is off: its shortcut knows neither policy rules nor local routes
 * that somebody made, and is not taken where a packet leaves by the device that it came by and redirects may be sent.
 */
function checksAnyway(
  namespace: NetNamespace,
  device: string,
  out: string | undefined,
  acceptsLocal: boolean,
): boolean {
  if (out === device && isOn(namespace, device, 'send_redirects')) return true;
  return namespace.routing.hasOwnRules && !acceptsLocal;
}

function martianFault(
  { subject }: NetNamespace,
  device: string,
  src: number,
  kind: RouteDecision['kind'],
  acceptsLocal: boolean,
): SourceFault | undefined {
  const came = `${formatIpv4(src)} comes in by ${device} and is`;
  if (kind === 'broadcast') return { reason: 'martian-source', by: `${came} a broadcast address of ${subject}` };
  if (kind !== 'local' || acceptsLocal) return undefined;
  return { reason: 'martian-source', by: `${came} an address of ${subject} itself` };
}

/**
 * The mode of rp_filter from which on the packet is dropped: `STRICT` where only that drops it, `LOOSE` where both do;
 * undefined where neither does.
 */
function neededMode(
  namespace: NetNamespace,
  device: string,
  src: number,
  back: RouteDecision,
): typeof STRICT | typeof LOOSE | undefined {
  if (back.kind !== 'unicast' && back.kind !== 'local') return LOOSE;
  if (back.hops.some(({ dev }) => dev === device)) return undefined;
  if (back.kind === 'local' && (device === 'lo' || namespace.routing.deviceOfAddress(src) === device)) return undefined;
  return namespace.routing.hasAddress(device) ? STRICT : LOOSE;
}

/** The mode that counts, with what it was read from, and the parameter that is not known and may be larger. */
function modeOf(
  namespace: NetNamespace,
  device: string,
): { value?: number; fact?: Fact<Scalar>; open?: string | undefined } {
  const all = namespace.deviceSysctl('all', 'rp_filter');
  const own = namespace.deviceSysctl(device, 'rp_filter');
  if (all === undefined && own === undefined) return {};
  const deciding = (own?.value ?? -1) >= (all?.value ?? -1) ? own! : all!;
  let open: string | undefined;
  if (deciding.value < LOOSE) {
    if (all === undefined) open = 'net.ipv4.conf.all.rp_filter';
    else if (own === undefined) open = `net.ipv4.conf.${device.replaceAll('.', '/')}.rp_filter`;
  }
  return { value: deciding.value, fact: deciding.fact, open };
}

/** Whether a parameter is on, for all devices or for one. */
function isOn(namespace: NetNamespace, device: string, name: string): boolean {
  return namespace.deviceSysctl(device, name)?.value === 1 || namespace.deviceSysctl('all', name)?.value === 1;
}
