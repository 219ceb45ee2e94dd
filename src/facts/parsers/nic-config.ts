import { isIP } from 'node:net';
import type { NicConfig } from '../model.js';
import type { FactSink } from './parser.js';

/** An interface's configuration while its file is read. */
export interface NicDraft {
  dev?: string;
  dhcp4?: boolean;
  addresses: string[];
  line: number;
}

/** `10.0.0.5/24` or `10.0.0.5`, without what may follow (a gateway, in keyfiles); undefined where it is no address. */
export function configuredAddress(text: string): string | undefined {
  const address = /^[\dA-Fa-f.:]{2,45}(?:\/\d{1,3})?/.exec(text.trim())?.[0];
  return address !== undefined && isIP(address.split('/')[0]!) !== 0 ? address : undefined;
}

/** Records what a file sets on an interface, where it names one and sets something. */
export function recordNicConfig(draft: NicDraft, file: string, sink: FactSink): void {
  if (draft.dev === undefined || (draft.dhcp4 === undefined && draft.addresses.length === 0)) return;
  const config: NicConfig = { dev: draft.dev, addresses: draft.addresses, file };
  if (draft.dhcp4 !== undefined) config.dhcp4 = draft.dhcp4;
  sink.record('nic-config', config, draft.line);
}
