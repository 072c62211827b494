// Which part of a completion is run.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extractCode } from './extract.ts';

const python = (completion: string) => extractCode(completion, 'python');
const signature = { text: 'import math\n\n\ndef area(r):\n    """Of a circle."""\n', entryPoint: 'area' };
const joined = (completion: string) => extractCode(completion, 'python', signature);

describe('the code of a completion', () => {
  test.each([
    ['all of it without a fence', 'print(1)\n', 'print(1)\n'],
    [
      'the last block that is closed',
      'e.g.\n```python\nf(1)\n```\nso\n```python\ndef f(x):\n    return x\n```\nThat is it.',
      'def f(x):\n    return x',
    ],
    ['an open block only where none is closed', '```python\nprint(1)\n', 'print(1)\n'],
    ['a closed one before an open one', '```\nprint(1)\n```\n```python\nprint(', 'print(1)'],
    ['no block of another language', '```py\nprint(1)\n```\nprints\n```text\n1\n```', 'print(1)'],
    ['another language where there is no other', '```text\nprint(1)\n```', 'print(1)'],
    ['fences of tildes and of four ticks', '````python\nprint("```")\n````\n', 'print("```")'],
    ['a closing fence behind the last line', '```python\nprint(1)```', 'print(1)'],
    ['indented fences of a list', '1. so:\n   ```python\n   if 1:\n       print(1)\n   ```', 'if 1:\n    print(1)'],
    ['what stands before a fence that only closes', 'x = 1\nprint(x)\n```\n', 'x = 1\nprint(x)'],
    ['only what follows the thought', '<think>\n```python\nprint(1)\n```\n</think>\n```python\nprint(2)\n```', 'print(2)'],
    ['what the answer holds', '<think>t</think><answer>\n```python\nprint(2)\n```\n</answer>', 'print(2)'],
    ['an answer that is not closed', '<think>t</think>\n<answer>\nprint(2)', 'print(2)'],
    ['CRLF', '```python\r\nif 1:\r\n    print(2)\r\n```\r\n', 'if 1:\n    print(2)'],
  ])('is %s', (_, completion, code) => expect(python(completion)).toBe(code));

  test.each(['<|im_end|>', '<|im_e', '<|', '<', '</s>', '</s', '<|im_end|>\n<|endoftext|>', '<｜end▁of▁sen', '<s>'])(
    'ends before the special token %j',
    (end) => {
      expect(python(`x = 1 < 2\nprint(x)${end}`)).toBe('x = 1 < 2\nprint(x)');
      expect(python(`\`\`\`python\nprint(1)\n${end}`)?.trim()).toBe('print(1)');
    },
  );

  test.each(['<think>still thinking\n```python\nprint(1)\n```', '<think>t</think>', '  \n', '```python\n```'])(
    'is none in %j',
    (completion) => {
      expect(python(completion)).toBeUndefined();
    },
  );

  test('a body is what stands before the fence that closes the block of the prompt', () => {
    const body = '    return math.pi * r ** 2\n';
    expect(joined(`${body}\`\`\`\n\nThis is the area.`)).toBe(joined(body.trimEnd()));
  });

  test('a comparison at the end is left as it is', () => {
    for (const code of ['def f(a, b):\n    return a<b', 'x = a < s_total', 'y = 1<<3', 'return a <s', 'print("a<|b")'])
      expect(python(code)).toBe(code);
  });

  test('JavaScript has its own fences', () => {
    expect(extractCode('```js\nf()\n```\n```python\ng()\n```', 'javascript')).toBe('f()');
  });

  test('never throws, and a fenced program comes out as it went in', () => {
    fc.assert(fc.property(fc.string(), (text) => void joined(text)));
    const line = fc.stringMatching(/^[\w =+()[\].,:"' ]*$/).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.string(), (lines, before) => {
        const prose = before.replace(/[`~<\r]/g, '');
        expect(python(`${prose}\n\`\`\`python\n${lines.join('\n')}\n\`\`\`\nprose`)).toBe(lines.join('\n'));
      }),
    );
  });
});

describe('with a signature', () => {
  test.each([
    ['an indented body', '    return math.pi * r * r\n'],
    ['a body in a block', '```python\n    return math.pi * r * r\n```'],
    ['a body without its indentation', 'return math.pi * r * r'],
    ['a body that lost that of its first line', 'if r < 0:\n        return 0\n    return math.pi * r * r'],
    ['a body moved to the margin', 'if r < 0:\n    return 0\nreturn math.pi * r * r'],
  ])('%s is joined to it', (_, completion) => {
    const code = joined(completion);
    expect(code?.startsWith(signature.text)).toBe(true);
    const body = (code ?? '').slice(signature.text.length).trimEnd().split('\n');
    expect(body[0]).toMatch(/^ {4}\S/);
    expect(body.at(-1)).toBe('    return math.pi * r * r');
  });

  test('what a base model goes on with after the body is left out', () => {
    expect(joined('    return 1\n\n\ndef other():\n    pass\n\nprint(area(')).toBe(`${signature.text}    return 1\n`);
  });

  test('a whole function gets what stands before the signature', () => {
    expect(joined('```python\ndef area(r):\n    return math.pi\n```')).toBe('import math\n\n\ndef area(r):\n    return math.pi');
    expect(joined('  def area(r):\n      return 1')).toBe('import math\n\n\ndef area(r):\n    return 1');
  });
});
