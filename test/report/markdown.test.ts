import { describe, expect, test } from 'vitest';
import { codeSpan, escapeMarkdown, renderMarkdown } from '../../src/report/markdown.js';
import { HOSTILE, sampleDiagnosis } from './sample.js';

/** Markdown without its code: what is left is what a page would obey. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)(`{3,})[^\n]*\n[\s\S]*?\n\1\2$/gm, '').replace(/(?<!\\)(`+)[^`][\s\S]*?\1(?!`)/g, '');
}

describe('prose', () => {
  test('makes no link, image, HTML, entity, table or emphasis', () => {
    expect(escapeMarkdown('[a](b) ![i](j) <b> &lt; | *x* _y_ `z`')).toBe(
      '\\[a\\](b) \\!\\[i\\](j) \\<b\\> \\&lt; \\| \\*x\\* \\_y\\_ \\`z\\`',
    );
  });

  test('makes no bare link and mentions nobody', () => {
    expect(escapeMarkdown('http://evil.test www.evil.test @all')).toBe(
      'http:\\/\\/evil.test www\\.evil.test @&#8203;all',
    );
  });

  test('makes no list, rule or heading at the start of a line', () => {
    expect(escapeMarkdown('- x')).toBe('\\- x');
    expect(escapeMarkdown('1. x')).toBe('1\\. x');
    expect(escapeMarkdown('# x')).toBe('\\# x');
    expect(escapeMarkdown('===')).toBe('\\===');
  });
});

describe('a code span', () => {
  test('has a fence longer than any run of backticks', () => {
    expect(codeSpan('a``b')).toBe('```a``b```');
    expect(codeSpan('`x`')).toBe('`` `x` ``');
  });

  test('of nothing is nothing', () => {
    expect(codeSpan('')).toBe('');
  });
});

describe.each(['en', 'zh'] as const)('in %s', (lang) => {
  test('a hostile dump is shown and not obeyed', () => {
    const markdown = renderMarkdown(sampleDiagnosis(lang, HOSTILE));
    expect(markdown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const obeyed = withoutCode(markdown);
    expect(obeyed).not.toMatch(/(?<!\\)<script/);
    expect(obeyed).not.toMatch(/(?<!\\)\]\(/);
    expect(obeyed).not.toContain('http://');
    expect(obeyed).not.toContain('www.evil');
    expect(obeyed).not.toContain('@all');
    expect(obeyed.match(/^\s*# /gm)).toHaveLength(1);
  });
});

test('an answer for a ticket', () => {
  expect(renderMarkdown(sampleDiagnosis())).toMatchSnapshot();
});

test('commands stand in fences, a reference is a link', () => {
  const markdown = renderMarkdown(sampleDiagnosis());
  expect(markdown).toContain('    ```sh\n    modprobe br_netfilter\n    sysctl -w');
  expect(markdown).toContain('<https://kubernetes.io/docs/setup/production-environment/container-runtimes/>');
});
