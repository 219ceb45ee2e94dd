import { isIP } from 'node:net';
import type { Address, Link, Neighbour, PolicyRule, Route } from '../model.js';
import { ipCommand, listsIpAsJson, selector } from './ip-command.js';
import { splitItems } from './json-items.js';
import type { JsonObject } from './json-shape.js';
import { isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from './json-shape.js';
import { LineProblems } from './line-problems.js';
import { familyOf, networkPrefix } from './network-prefix.js';
import type { FactSink, Parser } from './parser.js';

/** Flags of an address that JSON shows as keys that are true (iproute2, ip/ipaddress.c). */
const ADDRESS_FLAGS = [
  ...['dynamic', 'secondary', 'noprefixroute', 'deprecated', 'tentative', 'dadfailed', 'temporary', 'mngtmpaddr'],
];

/** An element of `ip -j addr` or `ip -j link`, with `-d` and `-s` or without. */
function readInterface(item: JsonObject, line: number, sink: FactSink): boolean {
  const name = textOf(item.ifname);
  if (name === undefined) return false;
  const link: Link = { name, flags: textsOf(item.flags) };
  const index = numberOf(item.ifindex);
  if (index !== undefined) link.index = index;
  const peerIndex = numberOf(item.link_index);
  const peer = textOf(item.link) ?? (peerIndex === undefined ? undefined : `if${peerIndex}`);
  if (peer !== undefined) link.peer = peer;
  const mtu = numberOf(item.mtu);
  if (mtu !== undefined) link.mtu = mtu;
  const state = textOf(item.operstate);
  if (state !== undefined) link.state = state;
  const master = textOf(item.master);
  if (master !== undefined) link.master = master;
  const mac = textOf(item.address);
  if (mac !== undefined && /^[\da-f]{2}(?::[\da-f]{2}){5}$/i.test(mac)) link.mac = mac.toLowerCase();
  readKind(link, objectOf(item.linkinfo), line, sink);
  const stats = objectOf(item.stats64 ?? item.stats);
  for (const direction of ['rx', 'tx'] as const) {
    const counts = objectOf(stats[direction]);
    const packets = numberOf(counts.packets);
    const errors = numberOf(counts.errors);
    const dropped = numberOf(counts.dropped);
    if (packets !== undefined && errors !== undefined && dropped !== undefined)
      link[direction] = { packets, errors, dropped };
  }
  sink.record('link', link, line);
  for (const info of objectsOf(item.addr_info)) {
    const address = addressOf(name, info);
    if (address !== undefined) sink.record('address', address, line);
  }
  return true;
}

function readKind(link: Link, info: JsonObject, line: number, sink: FactSink): void {
  const kind = textOf(info.info_kind);
  if (kind !== undefined) link.kind = kind;
  if (kind === 'vxlan' || kind === 'geneve') {
    const data = objectOf(info.info_data);
    const tunnel: NonNullable<Link['vxlan']> = kind === 'vxlan' ? { learning: data.learning === true } : {};
    const id = numberOf(data.id);
    if (id !== undefined) tunnel.id = id;
    const local = textOf(data.local) ?? textOf(data.local6);
    if (local !== undefined && isIP(local) !== 0) tunnel.local = local;
    const dev = textOf(data.link);
    if (dev !== undefined) tunnel.dev = dev;
    const port = numberOf(data.port);
    if (port !== undefined) tunnel.port = port;
    link.vxlan = tunnel;
  }
  if (info.info_slave_kind !== 'bridge') return;
  const slave = objectOf(info.info_slave_data);
  const state = textOf(slave.state);
  sink.record(
    'bridge-port',
    {
      dev: link.name,
      ...(link.master === undefined ? {} : { master: link.master }),
      ...(state === undefined ? {} : { state }),
      ...(typeof slave.hairpin === 'boolean' ? { hairpin: slave.hairpin } : {}),
    },
    line,
  );
}

function addressOf(dev: string, info: JsonObject): Address | undefined {
  const ip = textOf(info.local);
  const prefix = numberOf(info.prefixlen);
  if (ip === undefined || prefix === undefined || isIP(ip) === 0) return undefined;
  const family = familyOf(ip);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) return undefined;
  const scope = textOf(info.scope);
  return {
    dev,
    family,
    ip,
    prefix,
    ...(scope === undefined ? {} : { scope }),
    flags: ADDRESS_FLAGS.filter((flag) => info[flag] === true),
  };
}

function routeOf(item: JsonObject, asked: 4 | 6 | undefined, table: string, device: string | undefined) {
  const text = textOf(item.dst);
  if (text === undefined) return undefined;
  const foreign = textOf(objectOf(item.via).host);
  const via = textOf(item.gateway) ?? foreign;
  const hops = objectsOf(item.nexthops);
  const teller = textOf(item.gateway) ?? textOf(item.prefsrc) ?? textOf(hops[0]?.gateway);
  const dst = text === 'default' ? undefined : networkPrefix(text);
  if (text !== 'default' && dst === undefined) return undefined;
  const family = dst !== undefined ? familyOf(dst) : (asked ?? (teller === undefined ? 4 : familyOf(teller)));
  const route: Route = {
    family,
    type: textOf(item.type) ?? 'unicast',
    dst: dst ?? (family === 4 ? '0.0.0.0/0' : '::/0'),
    table: textOf(item.table) ?? (numberOf(item.table) === undefined ? table : String(numberOf(item.table))),
    flags: textsOf(item.flags),
  };
  if (via !== undefined && isIP(via) !== 0) route.via = via;
  const dev = textOf(item.dev) ?? device;
  if (dev !== undefined) route.dev = dev;
  const src = textOf(item.prefsrc);
  if (src !== undefined) route.src = src;
  const proto = textOf(item.protocol);
  if (proto !== undefined) route.proto = proto;
  const scope = textOf(item.scope);
  if (scope !== undefined) route.scope = scope;
  const metric = numberOf(item.metric);
  if (metric !== undefined) route.metric = metric;
  if (hops.length > 0) {
    route.nexthops = hops.map((hop) => {
      const next: NonNullable<Route['nexthops']>[number] = {};
      const gateway = textOf(hop.gateway) ?? textOf(objectOf(hop.via).host);
      const hopDev = textOf(hop.dev);
      const weight = numberOf(hop.weight);
      if (gateway !== undefined && isIP(gateway) !== 0) next.via = gateway;
      if (hopDev !== undefined) next.dev = hopDev;
      if (weight !== undefined) next.weight = weight;
      return next;
    });
  }
  return route;
}

function neighbourOf(item: JsonObject, device: string | undefined): Neighbour | undefined {
  const ip = textOf(item.dst);
  const dev = textOf(item.dev) ?? device;
  const state = textsOf(item.state)[0] ?? textOf(item.state);
  if (ip === undefined || dev === undefined || state === undefined || isIP(ip) === 0) return undefined;
  const mac = textOf(item.lladdr);
  return { ip, dev, ...(mac === undefined ? {} : { mac: mac.toLowerCase() }), state };
}

/** As `ip rule` prints it: `all` and hosts have no length; a network has it in a key of its own. */
function selectorOf(address: unknown, length: unknown): string | undefined {
  const text = textOf(address);
  if (text === undefined || text === 'all') return text;
  const bits = numberOf(length);
  if (networkPrefix(text) === undefined) return undefined;
  return bits === undefined ? text : networkPrefix(`${text}/${bits}`);
}

function ruleOf(item: JsonObject, asked: 4 | 6 | undefined): PolicyRule | undefined {
  const priority = numberOf(item.priority);
  const from = selectorOf(item.src ?? 'all', item.srclen);
  if (priority === undefined || from === undefined) return undefined;
  const to = selectorOf(item.dst, item.dstlen);
  const table = textOf(item.table) ?? (numberOf(item.table) === undefined ? undefined : String(numberOf(item.table)));
  const named = to !== undefined && to !== 'all' ? to : from;
  const rule: PolicyRule = {
    family: named === 'all' ? (asked ?? 4) : familyOf(named),
    priority,
    from,
    action: textOf(item.action) ?? 'lookup',
  };
  if (to !== undefined && to !== 'all') rule.to = to;
  if (table !== undefined) rule.table = table;
  const iif = textOf(item.iif);
  if (iif !== undefined) rule.iif = iif;
  const oif = textOf(item.oif);
  if (oif !== undefined) rule.oif = oif;
  const mark = textOf(item.fwmark);
  if (mark !== undefined) rule.fwmark = textOf(item.fwmask) === undefined ? mark : `${mark}/${textOf(item.fwmask)}`;
  if (item.not !== undefined) rule.invert = true;
  return rule;
}

/** `ip -j addr`, `link`, `route`, `rule` and `neigh`, pretty-printed or not: the records of their plain forms. */
export const ipJson: Parser = {
  id: 'ip-json',
  provides: ['address', 'link', 'route', 'rule', 'neighbour'],
  reads: listsIpAsJson,
  recognises(head) {
    const start = head.join('').slice(0, 2000);
    return (
      /^\s*\[\s*\{/.test(start) && /"ifindex" ?:|"ifname" ?:|"dst" ?:.*"dev" ?:|"priority" ?:.*"table" ?:/.test(start)
    );
  },
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const asked = ipCommand(input.command);
    const device = selector(input.command, 'dev');
    const askedTable = selector(input.command, 'table');
    const table = askedTable === undefined || askedTable === 'all' ? 'main' : askedTable;
    const { items, problems: broken } = splitItems(input.text);
    for (const { line, message } of broken) problems.report(line, message, '');
    for (const { start, end, line } of items) {
      let item: unknown;
      try {
        item = JSON.parse(input.text.slice(start, end));
      } catch {
        problems.report(line, 'not JSON', input.text.slice(start, Math.min(end, start + 100)));
        continue;
      }
      // iproute2 prints `{}` for what a filter left out.
      if (!isObject(item) || Object.keys(item).length === 0) continue;
      let read = readInterface(item, line, sink);
      if (!read && item.priority !== undefined) {
        const rule = ruleOf(item, asked?.family);
        if (rule !== undefined) sink.record('rule', rule, line);
        read = rule !== undefined;
      } else if (!read && item.state !== undefined) {
        const neighbour = neighbourOf(item, device);
        if (neighbour !== undefined) sink.record('neighbour', neighbour, line);
        read = neighbour !== undefined;
      } else if (!read) {
        const route = routeOf(item, asked?.family, table, device);
        if (route !== undefined) sink.record('route', route, line);
        read = route !== undefined;
      }
      if (!read) problems.report(line, 'not an object of ip', input.text.slice(start, Math.min(end, start + 100)));
    }
    problems.finish();
  },
};
