import type { FastifyBaseLogger } from 'fastify';

const TIMEOUT_MS = 10_000;

/** Whether an address may be posted to: https on its usual port, a host of the list, no user in it. */
export function isAllowed(url: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return false;
  return hosts.some((host) =>
    host.startsWith('*.') ? hostname.endsWith(host.slice(1).toLowerCase()) : hostname === host.toLowerCase(),
  );
}

/** Posts JSON where that is allowed, following no redirect. Resolves to whether it arrived; never throws. */
export async function postCallback(
  url: string,
  body: unknown,
  { hosts, log, fetch }: { hosts: readonly string[]; log: FastifyBaseLogger; fetch: typeof globalThis.fetch },
): Promise<boolean> {
  if (!isAllowed(url, hosts)) {
    log.warn(
      { host: URL.canParse(url) ? new URL(url).hostname.slice(0, 100) : 'none' },
      'callback refused: not on the list',
    );
    return false;
  }
  // The path and query of a callback are secrets.
  const host = new URL(url).hostname;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) log.warn({ host, status: response.status }, 'callback not taken');
    return response.ok;
  } catch (error) {
    log.warn({ host, why: error instanceof Error ? error.name : 'unknown' }, 'callback failed');
    return false;
  }
}
