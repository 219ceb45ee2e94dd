import type { CniConfig } from '../model.js';
import { dottedPathOf } from './command-words.js';
import type { JsonObject } from './json-shape.js';
import { isObject, numberOf, objectOf, objectsOf, textOf } from './json-shape.js';
import type { Parser } from './parser.js';

const PATH = /(?:^|\.)cni\.net\.d\.(.{1,200}\.(?:conflist|conf|json))$/;
const MAX_TEXT = 1024 * 1024;

/** The pod subnet that a plugin's own IPAM hands out, where the file tells it. */
function subnetOf(plugin: JsonObject): string | undefined {
  const ipam = objectOf(plugin.ipam);
  const ranges = Array.isArray(ipam.ranges) ? ipam.ranges.flat() : [];
  return textOf(ipam.subnet) ?? textOf(objectsOf(ranges)[0]?.subnet);
}

/** A file of /etc/cni/net.d (CNI specification, "Network configuration format"): records `cni-config`. */
export const cniConfig: Parser = {
  id: 'cni-config',
  provides: ['cni-config'],
  reads: (command) => PATH.test(dottedPathOf(command) ?? ''),
  recognises(head) {
    const start = head.join('\n').slice(0, 4000);
    return /^\s*\{/.test(start) && /"cniVersion"\s*:/.test(start) && /"(?:plugins|type)"\s*:/.test(start);
  },
  parse(input, sink) {
    if (input.text.length > MAX_TEXT) {
      sink.problem(1, 'longer than any CNI configuration: not read');
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(input.text);
    } catch {
      sink.problem(1, 'not JSON: the runtime cannot load it either');
      return;
    }
    if (!isObject(value)) {
      sink.problem(1, 'not a CNI configuration');
      return;
    }
    const plugins = Array.isArray(value.plugins) ? objectsOf(value.plugins) : [value];
    const types = plugins.flatMap((plugin) => textOf(plugin.type) ?? []);
    if (types.length === 0) {
      sink.problem(1, 'a CNI configuration without a plugin');
      return;
    }
    const file = PATH.exec(dottedPathOf(input.command) ?? '')?.[1] ?? input.file.slice(input.file.lastIndexOf('/') + 1);
    const config: CniConfig = { file, name: textOf(value.name) ?? '', plugins: types };
    const subnet = plugins.map(subnetOf).find((one) => one !== undefined);
    const mtu = plugins.map((plugin) => numberOf(plugin.mtu)).find((one) => one !== undefined && one > 0);
    if (subnet !== undefined) config.subnet = subnet;
    if (mtu !== undefined) config.mtu = mtu;
    sink.record('cni-config', config, 1);
  },
};
