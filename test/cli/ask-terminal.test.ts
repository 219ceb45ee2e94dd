import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { displayWidth } from '../../src/report/wrap.js';
import { build, podnet } from './podnet.js';
import { hasTerminal, Terminal, type TerminalOptions } from './terminal.js';

// A terminal and podnet start several times in a test, on a machine that is busy with other tests.
const TIMEOUT = 120_000;

let folder: string;
const open: Terminal[] = [];

beforeAll(build, 120_000);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'podnet-ask-'));
});
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
  rmSync(folder, { recursive: true });
});

function ask(args: readonly string[] = [], options: TerminalOptions = {}): Terminal {
  const terminal = new Terminal(['ask', ...args], { cwd: folder, ...options });
  open.push(terminal);
  return terminal;
}

/** The number that stands before a choice of the menu, as it is typed. */
function numberOf(screen: string, choice: string): string {
  const at = screen.lastIndexOf(`. ${choice}`);
  const number = /(\d+)$/.exec(screen.slice(0, Math.max(at, 0)))?.[1];
  if (number === undefined) throw new Error(`the menu has no “${choice}”:\n${screen}`);
  return number;
}

async function choose(terminal: Terminal, choice: string): Promise<void> {
  const screen = await terminal.shows(`. ${choice}`);
  terminal.press(numberOf(screen, choice), 'Enter');
}

/** Says that a pod cannot reach another node's, and where the two are. */
async function complain(terminal: Terminal): Promise<void> {
  await choose(terminal, 'A pod cannot reach a pod on another node');
  await terminal.shows('On which node does the client run?');
  terminal.press('n1', 'Enter');
  await terminal.shows('On which node is what it wants to reach?');
  terminal.press('n2', 'Enter');
  await terminal.shows('Question 2:');
}

const FORWARDING =
  '[root@n1 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n\n\n\n.\n[root@n1 ~]# uname -r\n5.14.0-503.el9.x86_64\n';

describe.runIf(hasTerminal())('in a terminal', { timeout: TIMEOUT }, () => {
  test('it goes from what is wrong, by questions with their reasons, to the report of a diagnosis', async () => {
    const terminal = ask(['--save', 'kept.tgz'], { stdout: path.join(folder, 'report') });
    await terminal.shows(/Question 1: What is wrong\?[\s\S]*Network unreachable[\s\S]*Ctrl-C: leave/);
    await complain(terminal);
    const second = await terminal.shows(/See the report now/);
    expect(second).toMatch(/Leading causes\n +\d+% [#.]{20} +\S/);
    expect(second).toMatch(/ {2}Why: Tells \S/);
    expect(second).toMatch(/To find out, (?:on node|from a workstation)/);
    await choose(terminal, "don't know");
    await terminal.shows('Question 3:');
    await choose(terminal, 'See the report now');
    const status = await terminal.status();
    const { stdout, status: diagnosed } = podnet(['diagnose', path.join(folder, 'kept.tgz')]);
    expect(readFileSync(path.join(folder, 'report'), 'utf8')).toBe(stdout);
    expect(status).toBe(diagnosed);
    expect(terminal.text()).toContain('Saved to kept.tgz. To go on: podnet ask --bundle kept.tgz');
  });

  test('probabilities move with an answer, and say how far', async () => {
    const terminal = ask();
    await complain(terminal);
    await choose(terminal, 'Change an earlier answer');
    await terminal.shows('Which answer?');
    await choose(terminal, 'None: go back');
    await choose(terminal, 'Paste an error');
    await terminal.shows('End with a line that');
    terminal.paste(FORWARDING);
    terminal.press('Enter', '.', 'Enter');
    expect(await terminal.shows('Question 3:')).toMatch(/\d+% \(\+\d+\) #+\.* +The node does not forward packets/);
  });

  test.each([[80], [60]])('in Chinese no line is broken by a terminal of %i columns', async (columns) => {
    const terminal = ask([], { columns, env: { PODNET_LANG: 'zh' } });
    await terminal.shows('问题 1：');
    await choose(terminal, 'Pod 无法访问其他节点上的 Pod');
    await terminal.shows('客户端在哪个节点上');
    terminal.press('n1', 'Enter');
    await terminal.shows('它要访问的目标在哪个节点上');
    terminal.press('Enter');
    await terminal.shows('问题 2：');
    await choose(terminal, '更改之前的答案');
    await terminal.shows('哪一个答案？');
    await choose(terminal, '都不改：返回');
    await choose(terminal, '粘贴错误信息');
    await terminal.shows('表示结束');
    terminal.paste('节点 n1：没有到主机的路由');
    terminal.press('Enter', '.', 'Enter');
    await terminal.shows('已读取 1 行');
    await terminal.shows(/回车确认；Ctrl-D：报告；Ctrl-C：退出\s*$/);
    const lines = terminal.text(true).split('\n');
    // A command stays on its line, as it is typed.
    const prose = lines.map((line) => line.trimEnd()).filter((line) => !/^ {6}\S/.test(line));
    expect(prose.filter((line) => displayWidth(line) > columns)).toEqual([]);
    expect(terminal.text()).not.toContain('\ufffd');
    expect(terminal.text()).not.toMatch(/Question|Leading|Why:|Enter;/);
  });

  test('a menu that is longer than the screen says so, and can be gone through', async () => {
    const terminal = ask([], { rows: 20 });
    expect(await terminal.shows('Ctrl-C: leave')).toContain('There are more choices than fit here');
    expect(terminal.text()).not.toContain('See the report now');
    terminal.press(...Array.from({ length: 40 }, () => 'Down'));
    await terminal.shows(/> \d+\. See the report now/);
    terminal.press('Enter');
    expect(await terminal.status()).toBe(4);
  });

  test('an earlier answer can be changed, and withdrawn', async () => {
    const terminal = ask();
    await complain(terminal);
    await choose(terminal, 'Change an earlier answer');
    const list = await terminal.shows('Which answer?');
    expect(list).toContain('What is wrong? [A pod cannot reach a pod on another node]');
    await choose(terminal, 'What is wrong?');
    await terminal.shows('New answer');
    await choose(terminal, 'A pod cannot reach the node that it runs on');
    await terminal.shows(/On which node does the client run\?[\s\S]*On which node does the client run\?/);
    terminal.press('n1', 'Enter');
    await terminal.shows(/Question 2:[\s\S]*Question 2:/);
    await choose(terminal, 'Change an earlier answer');
    await choose(terminal, 'What is wrong? [A pod cannot reach the node that it runs on]');
    await choose(terminal, 'Withdraw the answer');
    await terminal.shows(/Question 1:[\s\S]*Question 1:[\s\S]*Question 1:/);
  });

  test('the output of several commands is pasted as it is, with empty lines and dots', async () => {
    const terminal = ask();
    await choose(terminal, 'Paste an error or the output of commands');
    await terminal.shows('Paste now');
    terminal.paste(FORWARDING);
    await terminal.shows('5.14.0-503.el9.x86_64');
    terminal.press('.', 'Enter');
    const screen = await terminal.shows('Question 2:');
    expect(screen).toContain('Taken: 8 lines.');
    expect(screen).toContain('The node does not forward packets');
  });

  test('a paste in which nothing is recognised is told, and the question stays', async () => {
    const terminal = ask();
    await choose(terminal, 'Paste an error or the output of commands');
    await terminal.shows('Paste now');
    terminal.press('lorem ipsum', 'Enter', '.', 'Enter');
    await terminal.shows(/could not be used: nothing in the pasted[\s\S]*Question 1: What is wrong\?/);
  });

  test('answers that do not go together are shown, and one of them can be changed', async () => {
    writeFileSync(path.join(folder, 'a.yaml'), 'symptom@n1,n2: pods-apart-unreachable\nping-pod@n1,n2: works\n');
    podnet(['ask', '--answers', 'a.yaml', '--save', 'kept'], { cwd: folder });
    const terminal = ask(['--bundle', 'kept']);
    await terminal.shows('This does not go together:');
    await choose(terminal, 'Change or withdraw: Can a pod on n1 ping a pod on n2');
    await choose(terminal, 'no answer (timeout)');
    const screen = await terminal.shows('Question 3:');
    expect(screen.match(/This does not go together/g)).toHaveLength(1);
  });

  test('Ctrl-C keeps the answers, is status 130, and a colleague goes on', async () => {
    const terminal = ask(['--save', 'kept.tgz']);
    await complain(terminal);
    terminal.press('C-c');
    expect(await terminal.status()).toBe(130);
    expect(terminal.text()).toContain('Saved to kept.tgz. To go on: podnet ask --bundle kept.tgz');
    const again = ask(['--bundle', 'kept.tgz']);
    expect(await again.shows('Question 2:')).toContain('Going on with 1 answers that were given before.');
    again.press('C-c');
    expect(await again.status()).toBe(130);
    expect(again.text()).toContain('Not saved');
  });

  test('Ctrl-C keeps the answers while an output is pasted as well', async () => {
    const terminal = ask(['--save', 'kept']);
    await complain(terminal);
    await choose(terminal, 'Paste an error');
    await terminal.shows('Paste now');
    terminal.press('some text', 'Enter', 'C-c');
    expect(await terminal.status()).toBe(130);
    expect(existsSync(path.join(folder, 'kept/answers/interview.json'))).toBe(true);
  });

  test('a terminal that is closed keeps the answers', async () => {
    const terminal = ask(['--save', 'kept.tgz']);
    await complain(terminal);
    terminal.hangUp();
    await expect.poll(() => existsSync(path.join(folder, 'kept.tgz')), { timeout: 25_000, interval: 50 }).toBe(true);
  });

  test('the end of the input gives the report of what is known, and keeps it', async () => {
    const terminal = ask(['--save', 'kept.tgz'], { stdout: path.join(folder, 'report') });
    await complain(terminal);
    terminal.press('C-d');
    const status = await terminal.status();
    const { stdout, status: diagnosed } = podnet(['diagnose', path.join(folder, 'kept.tgz')]);
    expect(readFileSync(path.join(folder, 'report'), 'utf8')).toBe(stdout);
    expect(status).toBe(diagnosed);
  });

  test('the end of the input before any answer is too little evidence', async () => {
    const terminal = ask();
    await terminal.shows('Ctrl-C: leave');
    terminal.press('C-d');
    expect(await terminal.status()).toBe(4);
  });

  test('probing here is asked for once, and can be declined', async () => {
    const terminal = ask(['--live']);
    await terminal.shows('Run read-only probes on this machine now');
    await choose(terminal, 'No: only ask');
    await terminal.shows('Question 1: What is wrong?');
  });

  test('where colours are declined there are none', async () => {
    const terminal = ask([], { env: { NO_COLOR: '1' } });
    await terminal.shows('Question 1:');
    await terminal.shows('Ctrl-D: report');
    expect(terminal.colours()).toBe(false);
    const coloured = ask();
    await coloured.shows('Ctrl-D: report');
    expect(coloured.colours()).toBe(true);
  });

  test('a terminal that cannot move its cursor is asked by numbered lists', async () => {
    const terminal = ask(['--save', 'kept'], { env: { TERM: 'dumb' } });
    await terminal.shows(/Answer \(1-\d+\):\s*$/);
    terminal.press('nonsense', 'Enter');
    const screen = await terminal.shows('nonsense is no number from 1 to');
    const number = /(\d+)\. {2}A pod cannot reach a pod on another node/.exec(screen)![1]!;
    terminal.press(number, 'Enter', 'n1', 'Enter', 'n2', 'Enter');
    const second = await terminal.shows(/Question 2:[\s\S]*Answer \(1-\d+\):\s*$/);
    const paste = /(\d+)\. {2}Paste an error/.exec(second.slice(second.indexOf('Question 2:')))![1]!;
    terminal.press(paste, 'Enter');
    await terminal.shows('Paste now');
    terminal.paste(FORWARDING);
    terminal.press('.', 'Enter');
    await terminal.shows('Question 3:');
    terminal.press('C-d');
    expect(await terminal.status()).toBe(1);
    expect(terminal.colours()).toBe(false);
  });
});
