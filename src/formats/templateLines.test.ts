import { Template } from '@huggingface/jinja';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChatTemplate } from './chatTemplate.ts';
import { syntaxErrorLine, withMarkedLines } from './templateLines.ts';

const user = { role: 'user', content: 'x' };
const errorOf = (template: string): string => {
  try {
    ChatTemplate.from(template, {}, 'dir/chat_template.jinja', '2025-01-20T12:00:00Z')?.render([user], true);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

describe('a template that does not parse', () => {
  it.each([
    ['an unknown statement', "{{ 'a' }}\n{# {% no #}\n{% frobnicate %}\n{{ 'b' }}", 3],
    ['an expression that stops', "{% if true %}\n{{ 'a' + }}\n{% endif %}", 2],
    ['a quote that is not closed', "{{ 'a' }}\n\n{{ 'b }}\n", 3],
    ['a character that is none of the language', "{{ 'a' }}\n{{ a ? b }}\n{{ 'c' }}", 2],
    ['a block that is not closed', "{{ 'a' }}\n{% for m in messages %}\n{{ m.content }}\n", 3],
    ['a closing of another block', '{% for m in messages %}\n{% endif %}\n', 2],
    ['marks of what is generated before it', '{% generation %}\n{% endgeneration %}\n{% nothing %}', 3],
    ['the only tag', '{% for m in %}', 1],
    ['an expression that is not closed before the next tag', '{% for m in messages %}\n{{ m.content\n{% endfor %}', 2],
    ['a statement that is not closed before the next tag', "{{ 'a' }}\n\n{% if a\n{{ 'b' }}\n{% endif %}", 3],
  ])('for %s names file and line', (_, template, line) => {
    expect(syntaxErrorLine(template)).toBe(line);
    expect(errorOf(template)).toContain(`dir/chat_template.jinja, line ${line}: the chat template is not valid: `);
  });

  it('is told from one that does', () => {
    expect(syntaxErrorLine("{{ {'a': {'b': '}}'}} }}{% if '%}' %}{% endif %}\n text {#- {{ -#}")).toBeUndefined();
    expect(syntaxErrorLine('')).toBeUndefined();
    expect(errorOf('{{ messages[0].content }}')).toBe('none');
  });
});

describe('a template that fails', () => {
  it.each([
    ['raises', "{% for m in messages %}\n  {%- if m.role == 'user' %}\n    {{- raise_exception('no') }}\n  {%- endif %}\n{% endfor %}", 3],
    ['fails in a condition', "{% if false %}\n{{ 'a' }}\n{% elif messages.content.length() %}\n{% endif %}", 3],
    ['fails in a macro', '{% macro f(m) %}\n{{ m | nothing }}\n{% endmacro %}\n\n{{ f(messages[0].content) }}', 2],
    ['fails in a loop', "{{ 'a' }}\n{% for m in 7 %}\n{% endfor %}", 2],
    ['fails when it sets', '{% set a = 1 %}\n\n{% set b = messages.foo.bar() %}', 3],
    ['fails after other branches', "{% if messages %}\n{{ 'a' }}\n{% else %}\n{{ 'b' }}\n{% endif %}{{ raise_exception('no') }}", 5],
  ])('where it %s names file, line and message', (_, template, line) => {
    expect(errorOf(template)).toContain(`dir/chat_template.jinja, line ${line}: the chat template rejects message 1 of 1 (role 'user'): `);
  });
});

describe('a template with marked lines', () => {
  const piece = fc.constantFrom(
    'text',
    '\n',
    "{{ 'a' }}",
    '{{- m.content -}}',
    "{% if m.role == 'user' %}b{% elif m.x %}c{% else %}d{% endif %}",
    "{# '{{ #}",
    '{% set y = 2 %}',
  );
  it('says the same but for white space, and goes through its lines in order', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const source = `{% for m in messages %}${pieces.join('')}{% endfor %}`;
        const lines: number[] = [];
        const mark = (line: number): boolean => {
          lines.push(line);
          return false;
        };
        const squeezed = (text: string): string => text.replace(/\s/g, '');
        const marked = new Template(withMarkedLines(source, 'mark')).render({ messages: [user], mark });
        expect(squeezed(marked)).toBe(squeezed(new Template(source).render({ messages: [user] })));
        expect(lines).toEqual([...lines].sort((a, b) => a - b));
        expect(lines.at(-1)).toBe(source.split('\n').length);
      }),
    );
  });
});
