import { expect, test } from 'vitest';
import { cniConfigs } from '../../../src/facts/derive/cni-configs.js';
import { derived } from './bundle-facts.js';

const config = (...types: string[]) =>
  JSON.stringify({ cniVersion: '0.3.1', name: 'net', plugins: types.map((type) => ({ type })) });
const FLANNEL = { 'nodes/n1/etc/cni/net.d/10-flannel.conflist': config('flannel', 'portmap') };

test('one CNI’s configuration is no other’s', () => {
  const facts = derived(cniConfigs, FLANNEL, { cni: 'flannel' });
  expect(facts.node('n1', 'cni.config-names')).toEqual(['10-flannel.conflist']);
  expect(facts.node('n1', 'cni.configs-foreign')).toEqual([]);
});

test('the file that another CNI left is foreign, whichever comes first', () => {
  const both = { ...FLANNEL, 'nodes/n1/etc/cni/net.d/05-cilium.conflist': config('cilium-cni') };
  expect(derived(cniConfigs, both, { cni: 'flannel' }).node('n1', 'cni.configs-foreign')).toEqual([
    '05-cilium.conflist',
  ]);
  expect(derived(cniConfigs, both).node('n1', 'cni.configs-foreign')).toEqual(['10-flannel.conflist']);
});

test('what a package installs for the runtime itself is nobody’s CNI', () => {
  const facts = derived(
    cniConfigs,
    { ...FLANNEL, 'nodes/n1/etc/cni/net.d/100-crio-bridge.conflist': config('bridge') },
    { cni: 'flannel' },
  );
  expect(facts.node('n1', 'cni.configs-foreign')).toEqual([]);
});

test('Canal is Flannel and Calico together', () => {
  const canal = { 'nodes/n1/etc/cni/net.d/10-canal.conflist': config('calico', 'portmap') };
  expect(derived(cniConfigs, canal, { cni: 'canal' }).node('n1', 'cni.configs-foreign')).toEqual([]);
});

test('a listing tells of an empty folder; without one nothing is known', () => {
  expect(derived(cniConfigs, { 'nodes/n1/ls_.etc.cni.net.d': '\n' }).node('n1', 'cni.config-names')).toEqual([]);
  expect(derived(cniConfigs, { 'nodes/n1/uptime': '' }).node('n1', 'cni.config-names')).toBeUndefined();
});
