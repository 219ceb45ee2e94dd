import { expect, test } from 'vitest';
import { withoutSecretLines } from '../../../src/facts/collect/machine-files.js';

test('lines that set a secret are left out of configuration', () => {
  const keyfile =
    '[wifi-security]\nkey-mgmt=wpa-psk\npsk=hunter2\n\n[802-1x]\npassword=hunter3\n[ipv4]\naddress1=10.0.0.2/24\n';
  expect(withoutSecretLines(keyfile)).toBe(
    '[wifi-security]\nkey-mgmt=wpa-psk\n\n[802-1x]\n[ipv4]\naddress1=10.0.0.2/24\n',
  );
  expect(withoutSecretLines('DEVICE=eth0\nWPA_PSK="x"\nKEY1=abc\nMTU=1450\n')).toBe('DEVICE=eth0\nMTU=1450\n');
  const netplan = 'network:\n  wifis:\n    w0:\n      access-points:\n        home:\n          password: "hunter2"\n';
  expect(withoutSecretLines(netplan)).not.toContain('hunter2');
});
