import { callJsonApi, fetchFile } from './platform-api.js';

/** What the bot asks of Feishu's own API, as an event of Feishu's has no answer of its own. */

export interface FeishuApiSettings {
  appId: string;
  appSecret: string;
  /** `https://open.feishu.cn`, or `https://open.larksuite.com`. */
  origin: string;
}

/** A token is taken anew so long before it ends. */
const EARLY_MS = 60_000;

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
    const body = { content: JSON.stringify(card) };
    await this.#call('PATCH', `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`, body);
  }

  /** The bytes of a message's file; undefined where it is too large. Throws where it is not given out. */
  async file(messageId: string, fileKey: string): Promise<Uint8Array | undefined> {
    const message = `/open-apis/im/v1/messages/${encodeURIComponent(messageId)}`;
    const url = this.#at(`${message}/resources/${encodeURIComponent(fileKey)}?type=file`);
    return fetchFile(url, await this.#authorization());
  }

  #at(path: string): URL {
    return new URL(path, this.#settings.origin);
  }

  async #call(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<void> {
    const { code } = await callJsonApi(this.#at(path), { method, body, headers: await this.#authorization() });
    if (code !== 0) throw new Error(`Feishu refused ${method} ${path}: code ${String(code)}`);
  }

  async #authorization(): Promise<{ authorization: string }> {
    if (this.#token === undefined || this.#token.until <= this.#now()) this.#token = await this.#newToken();
    return { authorization: `Bearer ${this.#token.value}` };
  }

  async #newToken(): Promise<{ value: string; until: number }> {
    const { appId, appSecret } = this.#settings;
    const url = this.#at('/open-apis/auth/v3/tenant_access_token/internal');
    const answer = await callJsonApi(url, { body: { app_id: appId, app_secret: appSecret } });
    const { tenant_access_token: value, expire, code } = answer;
    if (typeof value !== 'string') throw new Error(`Feishu gave no token: code ${String(code)}`);
    return { value, until: this.#now() + (typeof expire === 'number' ? expire : 0) * 1000 - EARLY_MS };
  }
}
