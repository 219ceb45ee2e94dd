import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter } from './adapter.js';
import { alertmanagerAdapter } from './alertmanager.js';
import { dingtalkAdapter } from './dingtalk.js';
import { feishuAdapter } from './feishu.js';
import { mattermostAdapter } from './mattermost.js';
import { wecomKey } from './signatures/wecom.js';
import { slackAdapter } from './slack.js';
import { teamsAdapter } from './teams.js';
import { wecomAdapter } from './wecom.js';

/** A variable of the environment that does not fit: what it is to be stands in the message, its value never. */
export class ChatSettingsError extends Error {
  override readonly name = 'ChatSettingsError';
}

export interface ChatSettings {
  adapters: ChatAdapter[];
  /** Hosts of the platforms' own callbacks, of the platforms that are on. */
  callbackHosts: string[];
}

/**
 * The adapters whose secrets are in the environment; the others are off. Throws ChatSettingsError where a platform is
 * configured by half.
 */
export function chatSettings(environment: Readonly<Record<string, string | undefined>>): ChatSettings {
  const read = new Variables(environment);
  const adapters: ChatAdapter[] = [];
  const callbackHosts: string[] = [];

  const signingSecret = read.secret('PODNET_SLACK_SIGNING_SECRET');
  if (signingSecret !== undefined) {
    const botToken = read.secret('PODNET_SLACK_BOT_TOKEN');
    const api = { origin: 'https://slack.com', filesOrigin: 'https://files.slack.com' };
    const lang = read.lang('PODNET_SLACK_LANG', 'en');
    adapters.push(
      slackAdapter({ signingSecret, lang, ...(botToken === undefined ? {} : { api: { ...api, botToken } }) }),
    );
    callbackHosts.push('hooks.slack.com');
  }

  const dingtalk = read.secret('PODNET_DINGTALK_APP_SECRET');
  if (dingtalk !== undefined) {
    const pathSecret = read.pathSecret('PODNET_DINGTALK_PATH');
    const appKey = read.secret('PODNET_DINGTALK_APP_KEY');
    const api = { appSecret: dingtalk, origin: 'https://api.dingtalk.com' };
    const lang = read.lang('PODNET_DINGTALK_LANG', 'zh');
    const files = appKey === undefined ? {} : { api: { ...api, appKey } };
    adapters.push(dingtalkAdapter({ appSecret: dingtalk, pathSecret, lang, ...files }));
    callbackHosts.push('oapi.dingtalk.com');
  }

  const verificationToken = read.secret('PODNET_FEISHU_VERIFICATION_TOKEN');
  if (verificationToken !== undefined) {
    const encryptKey = read.secret('PODNET_FEISHU_ENCRYPT_KEY');
    const api = {
      appId: read.needed('PODNET_FEISHU_APP_ID', 'PODNET_FEISHU_VERIFICATION_TOKEN'),
      appSecret: read.needed('PODNET_FEISHU_APP_SECRET', 'PODNET_FEISHU_VERIFICATION_TOKEN'),
      origin: read.origin('PODNET_FEISHU_API', 'https://open.feishu.cn'),
    };
    const signed = encryptKey === undefined ? {} : { encryptKey };
    adapters.push(feishuAdapter({ ...signed, verificationToken, api, lang: read.lang('PODNET_FEISHU_LANG', 'zh') }));
  }

  const wecom = read.secret('PODNET_WECOM_TOKEN');
  if (wecom !== undefined) {
    const key = wecomKey(read.needed('PODNET_WECOM_AES_KEY', 'PODNET_WECOM_TOKEN'));
    if (key === undefined)
      throw new ChatSettingsError('PODNET_WECOM_AES_KEY is to be the 43 characters of an EncodingAESKey');
    const receiveId = environment.PODNET_WECOM_RECEIVE_ID ?? '';
    adapters.push(wecomAdapter({ token: wecom, key, receiveId, lang: read.lang('PODNET_WECOM_LANG', 'zh') }));
    callbackHosts.push('qyapi.weixin.qq.com');
  }

  const teams = read.secret('PODNET_TEAMS_TOKEN');
  if (teams !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(teams))
    throw new ChatSettingsError('PODNET_TEAMS_TOKEN is to be the security token that Teams showed, in base64');
  if (teams !== undefined) adapters.push(teamsAdapter({ token: teams, lang: read.lang('PODNET_TEAMS_LANG', 'en') }));

  const mattermost = read.secret('PODNET_MATTERMOST_TOKEN');
  if (mattermost !== undefined) {
    const pathSecret = read.pathSecret('PODNET_MATTERMOST_PATH');
    const host = read.secret('PODNET_MATTERMOST_HOST');
    const lang = read.lang('PODNET_MATTERMOST_LANG', 'en');
    adapters.push(mattermostAdapter({ token: mattermost, pathSecret, lang, later: host !== undefined }));
    if (host !== undefined) callbackHosts.push(host);
  }

  const alertmanager = read.secret('PODNET_ALERTMANAGER_TOKEN');
  if (alertmanager !== undefined) {
    const pathSecret = read.pathSecret('PODNET_ALERTMANAGER_PATH');
    const lang = read.lang('PODNET_ALERTMANAGER_LANG', 'en');
    adapters.push(alertmanagerAdapter({ token: alertmanager, pathSecret, lang }));
  }
  return { adapters, callbackHosts };
}

/** Reads variables of the environment; an empty one counts as not set. */
class Variables {
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment;
  }

  secret(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  needed(name: string, because: string): string {
    const value = this.secret(name);
    if (value === undefined) throw new ChatSettingsError(`${name} is missing, which ${because} needs`);
    return value;
  }

  /** A part of a path that nobody guesses. */
  pathSecret(name: string): string {
    const value = this.secret(name);
    if (value === undefined || !/^[\w-]{16,128}$/.test(value))
      throw new ChatSettingsError(`${name} is to be 16 to 128 letters, digits, - and _: the secret end of the address`);
    return value;
  }

  origin(name: string, otherwise: string): string {
    const value = this.secret(name) ?? otherwise;
    if (!/^https:\/\/[\w.-]+(?::\d+)?$/.test(value))
      throw new ChatSettingsError(`${name} is to be an origin such as ${otherwise}`);
    return value;
  }

  lang(name: string, otherwise: Lang): Lang {
    const value = this.secret(name) ?? otherwise;
    if (value !== 'en' && value !== 'zh') throw new ChatSettingsError(`${name} is to be en or zh`);
    return value;
  }
}
