import { callJsonApi, fetchFile } from './platform-api.js';
import type { SlackMessage } from './slack-blocks.js';

/** What the bot asks of Slack's own API: the files of messages, and to answer them. */

export interface SlackApiSettings {
  /** `xoxb-…`, with files:read and chat:write. */
  botToken: string;
  /** `https://slack.com`. */
  origin: string;
  /** Where files are: `https://files.slack.com`. The token goes nowhere else, whatever a message names. */
  filesOrigin: string;
}

export class SlackApi {
  readonly #settings: SlackApiSettings;

  constructor(settings: SlackApiSettings) {
    this.#settings = settings;
  }

  /** Answers in the thread of a message. Throws where Slack does not take it. */
  async post(channel: string, thread: string, message: SlackMessage): Promise<void> {
    const { origin, botToken } = this.#settings;
    const { ok, error } = await callJsonApi(new URL('/api/chat.postMessage', origin), {
      body: { channel, thread_ts: thread, unfurl_links: false, unfurl_media: false, ...message },
      headers: { authorization: `Bearer ${botToken}` },
    });
    if (ok !== true) throw new Error(`Slack refused chat.postMessage: ${String(error).slice(0, 100)}`);
  }

  /** The bytes of a file; undefined where it is too large. Throws where it is not given out, or is elsewhere. */
  async file(address: string): Promise<Uint8Array | undefined> {
    const { filesOrigin, botToken } = this.#settings;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.origin !== filesOrigin) throw new Error('the file is not at Slack');
    return fetchFile(url, { authorization: `Bearer ${botToken}` });
  }
}
