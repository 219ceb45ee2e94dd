import { describe, expect, it } from 'vitest';
import { verifyAlertmanager } from '../../../src/api/chat/signatures/alertmanager.js';
import { dingtalkSignature, verifyDingtalk } from '../../../src/api/chat/signatures/dingtalk.js';
import {
  decryptFeishu,
  encryptFeishu,
  feishuSignature,
  verifyFeishu,
} from '../../../src/api/chat/signatures/feishu.js';
import { verifyMattermost } from '../../../src/api/chat/signatures/mattermost.js';
import { verifySlack } from '../../../src/api/chat/signatures/slack.js';
import { isRecentActivity, teamsSignature, verifyTeams } from '../../../src/api/chat/signatures/teams.js';
import { sameSecret } from '../../../src/api/chat/signatures/verdict.js';
import {
  decryptWecom,
  encryptWecom,
  verifyWecom,
  wecomKey,
  wecomSignature,
} from '../../../src/api/chat/signatures/wecom.js';

const MINUTE = 60_000;

/** Bytes with one bit of one of them changed, at every place in turn. */
function* changes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Uint8Array.from(bytes);
    changed[i]! ^= 1;
    yield changed;
  }
}

describe('comparing secrets', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
    ['', '', true],
    ['密', '密', true],
  ])('%j and %j: %j', (given, expected, same) => {
    expect(sameSecret(given, expected)).toBe(same);
  });
});

describe("Slack's signature", () => {
  /** The example of Slack's page "Verifying requests from Slack". */
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const timestamp = '1531420618';
  const now = 1_531_420_618_000;
  const body = Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  );
  const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';

  it('is right for the example that Slack publishes', () => {
    expect(verifySlack({ timestamp, signature, body }, secret, now)).toBe('right');
  });

  it('is wrong when any byte of the body has changed', () => {
    for (const changed of changes(body))
      expect(verifySlack({ timestamp, signature, body: changed }, secret, now)).toBe('wrong');
  });

  it('is wrong with another time, another secret, or digits in upper case', () => {
    expect(verifySlack({ timestamp: '1531420619', signature, body }, secret, now)).toBe('wrong');
    expect(verifySlack({ timestamp, signature, body }, `${secret}x`, now)).toBe('wrong');
    expect(verifySlack({ timestamp, signature: signature.toUpperCase(), body }, secret, now)).toBe('wrong');
  });

  it('is old after five minutes, and five minutes before its time', () => {
    expect(verifySlack({ timestamp, signature, body }, secret, now + 5 * MINUTE)).toBe('right');
    expect(verifySlack({ timestamp, signature, body }, secret, now + 5 * MINUTE + 1)).toBe('old');
    expect(verifySlack({ timestamp, signature, body }, secret, now - 5 * MINUTE - 1)).toBe('old');
  });

  it.each([
    [undefined, signature],
    [timestamp, undefined],
    ['now', signature],
    ['1531420618.5', signature],
    ['-1531420618', signature],
  ])('is missing where the headers are %j and %j', (time, sign) => {
    expect(verifySlack({ timestamp: time, signature: sign, body }, secret, now)).toBe('missing');
  });
});

describe("DingTalk's signature", () => {
  const secret = 'SECf6b6c1f1e1d2c3b4a5';
  const timestamp = '1577262236757';
  const now = 1_577_262_236_757;
  const sign = dingtalkSignature(secret, timestamp);

  it('is the base64 of HMAC-SHA256 over time and secret', () => {
    // printf '1577262236757\nSECf6b6c1f1e1d2c3b4a5' | openssl dgst -sha256 -hmac SECf6b6c1f1e1d2c3b4a5 -binary | base64
    expect(sign).toBe('E7YzA2U9rUDXRmfxAuy/dM/Gj/O/Ov5ZvDbVRcP9C/4=');
    expect(verifyDingtalk({ timestamp, sign }, secret, now)).toBe('right');
  });

  it('is wrong when any byte of it has changed, with another time or another secret', () => {
    for (const changed of changes(Buffer.from(sign)))
      expect(verifyDingtalk({ timestamp, sign: Buffer.from(changed).toString() }, secret, now)).toBe('wrong');
    expect(verifyDingtalk({ timestamp: '1577262236758', sign }, secret, now)).toBe('wrong');
    expect(verifyDingtalk({ timestamp, sign }, `${secret}x`, now)).toBe('wrong');
  });

  it('is old after an hour, and an hour before its time', () => {
    expect(verifyDingtalk({ timestamp, sign }, secret, now + 60 * MINUTE)).toBe('right');
    expect(verifyDingtalk({ timestamp, sign }, secret, now + 60 * MINUTE + 1)).toBe('old');
    expect(verifyDingtalk({ timestamp, sign }, secret, now - 60 * MINUTE - 1)).toBe('old');
  });

  it('is missing without its headers', () => {
    expect(verifyDingtalk({ timestamp: undefined, sign }, secret, now)).toBe('missing');
    expect(verifyDingtalk({ timestamp, sign: undefined }, secret, now)).toBe('missing');
  });
});

describe("Feishu's signature and encryption", () => {
  const key = 'test key';
  const timestamp = '1700000000';
  const now = 1_700_000_000_000;
  const nonce = '8f1d2a';
  const body = Buffer.from('{"encrypt":"P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}');
  const signature = feishuSignature(key, timestamp, nonce, body);

  it('decrypts the example that Feishu publishes', () => {
    expect(decryptFeishu(key, 'P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=')).toBe('hello world');
  });

  it('decrypts what it encrypts, and nothing with another key', () => {
    const encrypted = encryptFeishu(key, '{"challenge":"网络"}');
    expect(decryptFeishu(key, encrypted)).toBe('{"challenge":"网络"}');
    expect(decryptFeishu('another', encrypted)).not.toBe('{"challenge":"网络"}');
  });

  it.each(['', 'AAAA', 'not base64', Buffer.alloc(33).toString('base64'), Buffer.alloc(48).toString('base64')])(
    'takes %j for nothing',
    (encrypted) => {
      expect(decryptFeishu(key, encrypted)).toBeUndefined();
    },
  );

  it('is plain SHA-256 over time, nonce, key and body', () => {
    // printf '%s' '17000000008f1d2atest key{"encrypt":"…"}' | sha256sum
    expect(signature).toBe('cc8255cf55bcba82bb215165b1b7d59b91f5efab1ca15b18982a9050720770eb');
    expect(verifyFeishu({ timestamp, nonce, signature, body }, key, now)).toBe('right');
  });

  it('is wrong when any byte of the body has changed, with another time, nonce or key', () => {
    for (const changed of changes(body))
      expect(verifyFeishu({ timestamp, nonce, signature, body: changed }, key, now)).toBe('wrong');
    expect(verifyFeishu({ timestamp: '1700000001', nonce, signature, body }, key, now)).toBe('wrong');
    expect(verifyFeishu({ timestamp, nonce: 'x', signature, body }, key, now)).toBe('wrong');
    expect(verifyFeishu({ timestamp, nonce, signature, body }, 'another', now)).toBe('wrong');
  });

  it('is old after five minutes', () => {
    expect(verifyFeishu({ timestamp, nonce, signature, body }, key, now + 5 * MINUTE + 1)).toBe('old');
  });

  it('is missing without its headers', () => {
    expect(verifyFeishu({ timestamp, nonce, signature: undefined, body }, key, now)).toBe('missing');
    expect(verifyFeishu({ timestamp, nonce: undefined, signature, body }, key, now)).toBe('missing');
  });
});

describe("WeCom's signature and encryption", () => {
  /** The example of WeCom's documents on callbacks. */
  const token = 'QDG6eK';
  const key = wecomKey('jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C')!;
  const timestamp = '1409659589';
  const now = 1_409_659_589_000;
  const nonce = '263014780';
  const encrypted = 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==';
  const msgSignature = '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3';
  const receiveId = 'wx5823bf96d3bd56c7';

  it('is right for the example that WeCom publishes, and its echostr decrypts', () => {
    expect(verifyWecom({ msgSignature, timestamp, nonce, encrypted }, token, now)).toBe('right');
    expect(decryptWecom(key, encrypted, receiveId)).toBe('1616140317555161061');
  });

  it('is for nobody else', () => {
    expect(decryptWecom(key, encrypted, '')).toBeUndefined();
    expect(decryptWecom(key, encrypted, 'wx5823bf96d3bd56c8')).toBeUndefined();
  });

  it('is wrong when any byte of the ciphertext has changed, with another time, nonce or token', () => {
    for (const changed of changes(Buffer.from(encrypted))) {
      const request = { msgSignature, timestamp, nonce, encrypted: Buffer.from(changed).toString() };
      expect(verifyWecom(request, token, now)).toBe('wrong');
    }
    expect(verifyWecom({ msgSignature, timestamp: '1409659590', nonce, encrypted }, token, now)).toBe('wrong');
    expect(verifyWecom({ msgSignature, timestamp, nonce: '1', encrypted }, token, now)).toBe('wrong');
    expect(verifyWecom({ msgSignature, timestamp, nonce, encrypted }, 'another', now)).toBe('wrong');
  });

  it('is old after five minutes', () => {
    expect(verifyWecom({ msgSignature, timestamp, nonce, encrypted }, token, now + 5 * MINUTE + 1)).toBe('old');
  });

  it('is missing without its parameters', () => {
    expect(verifyWecom({ msgSignature: undefined, timestamp, nonce, encrypted }, token, now)).toBe('missing');
    expect(verifyWecom({ msgSignature, timestamp, nonce, encrypted: undefined }, token, now)).toBe('missing');
  });

  it('decrypts what it encrypts, of every length around a block', () => {
    for (let length = 0; length < 70; length += 1) {
      const text = '网'.repeat(length);
      expect(decryptWecom(key, encryptWecom(key, text, ''), '')).toBe(text);
    }
  });

  it.each(['', 'AAAA', 'not base64', Buffer.alloc(48).toString('base64')])('takes %j for nothing', (text) => {
    expect(decryptWecom(key, text, '')).toBeUndefined();
  });

  it('signs in the order of the texts, not of their names', () => {
    expect(wecomSignature('b', 'c', 'a', 'd')).toBe(wecomSignature('d', 'c', 'b', 'a'));
  });

  it.each(['', 'short', 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C=', 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2!'])(
    'has no key %j',
    (text) => {
      expect(wecomKey(text)).toBeUndefined();
    },
  );
});

describe("Teams' signature", () => {
  const token = Buffer.from('a secret of thirty-two bytes ...').toString('base64');
  const body = Buffer.from('{"type":"message","text":"网络"}');
  const authorization = `HMAC ${teamsSignature(token, body)}`;

  it('is HMAC-SHA256 over the body with the decoded token', () => {
    // openssl dgst -sha256 -hmac 'a secret of thirty-two bytes ...' -binary | base64
    expect(authorization).toBe('HMAC yJe4zzfjDqCeSO6IVpXKE9i021IeQnG5sVRN8APGMXg=');
    expect(verifyTeams({ authorization, body }, token)).toBe('right');
  });

  it('is wrong when any byte of the body has changed, or with another token', () => {
    for (const changed of changes(body)) expect(verifyTeams({ authorization, body: changed }, token)).toBe('wrong');
    expect(verifyTeams({ authorization, body }, Buffer.from('another').toString('base64'))).toBe('wrong');
  });

  it.each([undefined, '', 'Bearer x', 'HMAC', 'HMAC '])('is missing in %j', (given) => {
    expect(verifyTeams({ authorization: given, body }, token)).toBe('missing');
  });

  it("takes an activity's own time, which is signed, for five minutes", () => {
    const now = Date.parse('2026-01-01T00:10:00Z');
    expect(isRecentActivity('2026-01-01T00:05:00.000Z', now)).toBe(true);
    expect(isRecentActivity('2026-01-01T00:04:59.999Z', now)).toBe(false);
    expect(isRecentActivity('2026-01-01T00:15:00.001Z', now)).toBe(false);
    expect(isRecentActivity(undefined, now)).toBe(false);
    expect(isRecentActivity('yesterday', now)).toBe(false);
  });
});

describe("Mattermost's token", () => {
  it.each([
    ['Token secret', undefined, 'right'],
    [undefined, 'secret', 'right'],
    ['Token secret', 'secret', 'right'],
    ['Token secret', 'another', 'wrong'],
    ['Token another', 'secret', 'wrong'],
    ['Bearer secret', undefined, 'missing'],
    [undefined, '', 'missing'],
    [undefined, undefined, 'missing'],
  ])('in the header %j and the body %j is %s', (authorization, token, verdict) => {
    expect(verifyMattermost({ authorization, token }, 'secret')).toBe(verdict);
  });
});

describe("Alertmanager's token", () => {
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

  it.each([
    ['Bearer secret', 'right'],
    ['Bearer secre', 'wrong'],
    [basic('alertmanager:secret'), 'right'],
    [basic('alertmanager:another'), 'wrong'],
    [basic('no colon'), 'missing'],
    ['secret', 'missing'],
    [undefined, 'missing'],
  ])('in %j is %s', (authorization, verdict) => {
    expect(verifyAlertmanager({ authorization }, 'secret')).toBe(verdict);
  });
});
