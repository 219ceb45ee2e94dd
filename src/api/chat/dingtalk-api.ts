import { callJsonApi, fetchFile } from './platform-api.js';

/** What the bot asks of DingTalk's own API: the files of messages. */

export interface DingtalkApiSettings {
  appKey: string;
  appSecret: string;
  /** `https://api.dingtalk.com`. */
  origin: string;
}

export class DingtalkApi {
  readonly #settings: DingtalkApiSettings;

  constructor(settings: DingtalkApiSettings) {
    this.#settings = settings;
  }

  /** The bytes of a message's file; undefined where it is too large. Throws where it is not given out. */
  async file(downloadCode: string, robotCode: string): Promise<Uint8Array | undefined> {
    const { appKey, appSecret, origin } = this.#settings;
    const token = await callJsonApi(new URL('/v1.0/oauth2/accessToken', origin), { body: { appKey, appSecret } });
    const answer = await callJsonApi(new URL('/v1.0/robot/messageFiles/download', origin), {
      body: { downloadCode, robotCode },
      headers: { 'x-acs-dingtalk-access-token': String(token.accessToken) },
    });
    const url =
      typeof answer.downloadUrl === 'string' && URL.canParse(answer.downloadUrl)
        ? new URL(answer.downloadUrl)
        : undefined;
    // In the clear only where DingTalk's API itself is, as in a test.
    if (url === undefined || (url.protocol !== 'https:' && url.origin !== origin))
      throw new Error('DingTalk gave no address of the file');
    return fetchFile(url);
  }
}
