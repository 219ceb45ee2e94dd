import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { displayWidth } from '../../src/report/wrap.js';
import { build, podnet } from './podnet.js';

beforeAll(build, 120_000);

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(podnet(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('help teaches: examples, bundle, exit statuses, environment', () => {
  const { status, stdout, stderr } = podnet(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatchSnapshot();
});

test('help is Chinese for who wants it', () => {
  const { status, stdout } = podnet(['--help'], { env: { PODNET_LANG: 'zh' } });
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
  expect(stdout).not.toMatch(/Usage|Options|Commands|display help/);
});

test.each([['en'], ['zh']])('all help in %s holds on 80 columns', (lang) => {
  for (const command of [
    [],
    ['diagnose'],
    ['ask'],
    ['inspect'],
    ['collect'],
    ['merge'],
    ['capture'],
    ['walk'],
    ['serve'],
    ['rules'],
    ['rules', 'list'],
    ['rules', 'show'],
    ['rules', 'lint'],
    ['rules', 'test'],
  ]) {
    const { status, stdout } = podnet([...command, '--help'], { env: { PODNET_LANG: lang } });
    expect(status).toBe(0);
    expect(stdout.split('\n').filter((line) => displayWidth(line) > 80)).toEqual([]);
  }
});

test('without a command there is help on standard error and status 2', () => {
  for (const args of [[], ['rules']]) {
    const { status, stdout, stderr } = podnet(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: podnet');
  }
});
