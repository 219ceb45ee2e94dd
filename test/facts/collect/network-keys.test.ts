import { expect, test } from 'vitest';
import { speaksXfrm } from '../../../src/facts/collect/machine.js';
import { withoutWireguardKeys, withoutXfrmKeys } from '../../../src/facts/collect/network-keys.js';
import { podGroupOf } from '../../../src/facts/collect/pod-cpu.js';
import { proxySettings } from '../../../src/facts/collect/proxy-settings.js';

test('of IPsec all is kept but the keys', () => {
  const state = `src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00000003 reqid 1 mode tunnel
	replay-window 0 mark 0xd00/0xf00 output-mark 0xd00/0xffffff00
	aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 128
	anti-replay context: seq 0x0, oseq 0x1f, bitmap 0x00000000
src 10.0.0.2 dst 10.0.0.1
	proto esp spi 0x00000004 reqid 1 mode tunnel
	auth-trunc hmac(sha256) 0x8899aabb 128
	enc cbc(aes) 0x8899aabbccddeeff8899aabbccddeeff
`;
  expect(withoutXfrmKeys(state).split('\n')).toEqual(
    state.split('\n').filter((line) => !/^\t(?:aead|auth-trunc|enc) /.test(line)),
  );
});

test('of WireGuard the public keys are kept, even where the environment shows all', () => {
  const shown =
    'interface: wg0\n  public key: A=\n  private key: S=\n\npeer: B=\n  preshared key: S=\n  endpoint: 1.2.3.4:51820\n';
  expect(withoutWireguardKeys(shown)).toBe('interface: wg0\n  public key: A=\n\npeer: B=\n  endpoint: 1.2.3.4:51820\n');
});

test.each([
  [
    'Environment=HTTPS_PROXY=http://u:word@proxy:3128 NO_PROXY=10.0.0.0/8,.svc DB_PASSWORD=x\n',
    'Environment=HTTPS_PROXY=http://removed@proxy:3128 NO_PROXY=10.0.0.0/8,.svc\n',
  ],
  ['Environment=\n', 'Environment=\n'],
  ['PATH="/bin"\nhttp_proxy="http://proxy:3128"\n', '# podnet: proxies only\nhttp_proxy="http://proxy:3128"\n'],
])('of the environment %j only proxies are kept, without what opens them', (text, kept) => {
  expect(proxySettings(text)).toBe(kept);
});

test('the kernel is asked for IPsec only where its module is there', () => {
  const head = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';
  expect(
    speaksXfrm(`${head}00000000a2c31f2b 0   0          00000000 0        0        0     2        0        8\n`),
  ).toBe(false);
  expect(
    speaksXfrm(`${head}00000000a2c31f2b 6   0          00000000 0        0        0     2        0        8\n`),
  ).toBe(true);
});

const UID = '0f3c2b1a-1111-4222-8333-444455556666';

test.each([
  [`0::/kubepods/burstable/pod${UID}/abc\n`, `/sys/fs/cgroup/kubepods/burstable/pod${UID}`],
  [
    `0::/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice/cri-containerd-abc.scope\n`,
    `/sys/fs/cgroup/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice`,
  ],
  [`5:memory:/x\n4:cpu,cpuacct:/kubepods/pod${UID}/abc\n0::/\n`, `/sys/fs/cgroup/cpu,cpuacct/kubepods/pod${UID}`],
  ['0::/system.slice/sshd.service\n', undefined],
  [`0::/../../kubepods/pod${UID}/abc\n`, undefined],
])('the control group of a pod is that around its container: %j', (text, folder) => {
  expect(podGroupOf(text)).toBe(folder);
});
