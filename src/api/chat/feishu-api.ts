/** What the bot asks of Feishu's own API, as an event of Feishu's has no answer of its own. */

export interface FeishuApiSettings {
  appId: string;
  appSecret: string;
  /** `https://open.feishu.cn`, or `https://open.larksuite.com`. Set by who runs the server, never by a message. */
  origin: string;
}

const TIMEOUT_MS = 10_000;
/** A token is taken anew so long before it ends. */
const EARLY_MS = 60_000;
/** Of one file that a message brings. */
export const FILE_BYTES = 20 * 1024 * 1024;

export class FeishuApi {
  readonly #settings: FeishuApiSettings;
  readonly #now: () => number;
  #token: { value: string; until: number } | undefined;

  constructor(settings: FeishuApiSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Answers a message with a card. Throws where Feishu does not take it. */
  async reply(messageId: string, card: unknown): Promise<void> {
    const body = { msg_type: 'interactive', content: JSON.stringify(card) };
    await this.#call('POST', `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/reply`, body);
  }

  /** Puts another card in a message's place. Throws as `reply` does. */
  async replace(messageId: string, card: unknown): Promise<void> {
    await this.#call('PATCH', `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`, {
      content: JSON.stringify(card),
    });
  }

  /** The bytes of a message's file; undefined where it has more than `FILE_BYTES`. Throws where it is not given out. */
  async file(messageId: string, fileKey: string): Promise<Uint8Array | undefined> {
    const path = `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}/resources/${encodeURIComponent(fileKey)}?type=file`;
    const response = await this.#fetch('GET', path, undefined, await this.#tenantToken());
    if (response.body === null) return new Uint8Array();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > FILE_BYTES) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async #call(method: string, path: string, body: unknown): Promise<void> {
    const answer: unknown = await (await this.#fetch(method, path, body, await this.#tenantToken())).json();
    const code = isRecord(answer) ? answer.code : undefined;
    if (code !== 0) throw new Error(`Feishu refused ${method} ${path}: code ${String(code)}`);
  }

  async #tenantToken(): Promise<string> {
    if (this.#token !== undefined && this.#token.until > this.#now()) return this.#token.value;
    const { appId, appSecret } = this.#settings;
    const path = '/open-apis/auth/v3/tenant_access_token/internal';
    const answer: unknown = await (await this.#fetch('POST', path, { app_id: appId, app_secret: appSecret })).json();
    const value = isRecord(answer) ? answer.tenant_access_token : undefined;
    if (!isRecord(answer) || typeof value !== 'string')
      throw new Error(`Feishu gave no token: code ${String(isRecord(answer) ? answer.code : undefined)}`);
    const seconds = typeof answer.expire === 'number' ? answer.expire : 0;
    this.#token = { value, until: this.#now() + seconds * 1000 - EARLY_MS };
    return value;
  }

  async #fetch(method: string, path: string, body?: unknown, token?: string): Promise<Response> {
    const response = await fetch(new URL(path, this.#settings.origin), {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // Only the address and the status: what Feishu says beside it may repeat what it was sent.
    if (!response.ok) throw new Error(`Feishu answered ${response.status} to ${method} ${path}`);
    return response;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
