/** Calls of a platform's own API, at an address that who runs the server has set, never one that a message named. */

const TIMEOUT_MS = 10_000;

/** Of one file that a message brings. */
export const FILE_BYTES = 20 * 1024 * 1024;

export interface ApiCall {
  method?: 'GET' | 'POST' | 'PATCH';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Throws where the answer is not of success; the error tells the address without its query and the status, no secret. */
export async function callApi(url: URL, { method = 'POST', body, headers = {} }: ApiCall): Promise<Response> {
  const where = `${method} ${url.origin}${url.pathname}`;
  const response = await fetch(url, {
    method,
    // A redirect would carry the token elsewhere.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${where}: answered with ${response.status}`);
  }
  return response;
}

/** The answer as a JSON object; throws where it is none. */
export async function callJsonApi(url: URL, call: ApiCall): Promise<Readonly<Record<string, unknown>>> {
  const answer: unknown = await (await callApi(url, call)).json();
  if (typeof answer !== 'object' || answer === null) throw new Error(`${url.origin}${url.pathname}: no JSON object`);
  return answer as Record<string, unknown>;
}

/** The bytes of a file; undefined where it has more than `FILE_BYTES`. Throws where it is not given out. */
export async function fetchFile(
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Uint8Array | undefined> {
  const response = await callApi(url, { method: 'GET', headers });
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    // Leaving the loop ends the transfer.
    if (size > FILE_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
