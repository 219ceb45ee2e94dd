import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChatSettingsError, chatSettings } from '../../../src/api/chat/settings.js';

const ALL = {
  PODNET_SLACK_SIGNING_SECRET: 'slack-secret',
  PODNET_DINGTALK_APP_SECRET: 'dingtalk-secret',
  PODNET_DINGTALK_PATH: 'dingtalk-path-0001',
  PODNET_FEISHU_VERIFICATION_TOKEN: 'feishu-token',
  PODNET_FEISHU_ENCRYPT_KEY: 'feishu-key',
  PODNET_FEISHU_APP_ID: 'cli_a1',
  PODNET_FEISHU_APP_SECRET: 'feishu-secret',
  PODNET_WECOM_TOKEN: 'wecom-token',
  PODNET_WECOM_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  PODNET_TEAMS_TOKEN: 'dGVhbXM=',
  PODNET_MATTERMOST_TOKEN: 'mattermost-token',
  PODNET_MATTERMOST_PATH: 'mattermost-path-01',
  PODNET_MATTERMOST_HOST: 'chat.example.org',
  PODNET_ALERTMANAGER_TOKEN: 'alertmanager-token',
  PODNET_ALERTMANAGER_PATH: 'alertmanager-path-01',
};

describe('the settings of the chat adapters', () => {
  it('turn on what has its secret, and nothing else', () => {
    expect(chatSettings({}).adapters).toEqual([]);
    expect(chatSettings({ PODNET_SLACK_SIGNING_SECRET: '' }).adapters).toEqual([]);
    expect(chatSettings({ PODNET_TEAMS_TOKEN: 'dGVhbXM=' }).adapters.map(({ platform }) => platform)).toEqual([
      'teams',
    ]);
  });

  it('turn on all of them, with the hosts of their callbacks', () => {
    const { adapters, callbackHosts } = chatSettings(ALL);
    expect(adapters.map(({ platform }) => platform)).toEqual([
      'slack',
      'dingtalk',
      'feishu',
      'wecom',
      'teams',
      'mattermost',
      'alertmanager',
    ]);
    expect(callbackHosts).toEqual(['hooks.slack.com', 'oapi.dingtalk.com', 'qyapi.weixin.qq.com', 'chat.example.org']);
  });

  it.each([
    ['PODNET_DINGTALK_PATH', undefined],
    ['PODNET_DINGTALK_PATH', 'short'],
    ['PODNET_MATTERMOST_PATH', 'with/a/slash/in/it'],
    ['PODNET_ALERTMANAGER_PATH', ''],
    ['PODNET_FEISHU_APP_ID', undefined],
    ['PODNET_FEISHU_APP_SECRET', undefined],
    ['PODNET_FEISHU_API', 'http://open.feishu.cn'],
    ['PODNET_FEISHU_API', 'https://open.feishu.cn/path'],
    ['PODNET_WECOM_AES_KEY', undefined],
    ['PODNET_WECOM_AES_KEY', 'too-short'],
    ['PODNET_TEAMS_TOKEN', 'not base64!'],
    ['PODNET_SLACK_LANG', 'fr'],
  ])('refuse %s as %j, by its name and without its value', (name, value) => {
    const settings = () => chatSettings({ ...ALL, [name]: value });
    expect(settings).toThrow(ChatSettingsError);
    expect(settings).toThrow(name);
    if (value !== undefined && value !== '') expect(settings).not.toThrow(value);
  });
});

it('the page on bots names each variable, and no other', () => {
  const variables = (path: string): string[] => {
    const names = readFileSync(path, 'utf8').match(/PODNET_[A-Z]+_[A-Z_]*[A-Z]/g) ?? [];
    return [...new Set(names)].filter((name) => !name.endsWith('_LANG')).sort();
  };
  expect(variables('docs/chat.md')).toEqual(variables('src/api/chat/settings.ts'));
});
