import { expect, it } from 'vitest';
import { InOrder, StreamDecoder } from './streaming.ts';

it('a stream of tokens becomes the text of all of them, characters whole', () => {
  // Bytes as tokens; a word's token has a space in front unless it is the first.
  const bytes = { decode: (ids: ArrayLike<number>) => new TextDecoder().decode(Uint8Array.from(Array.from(ids))) };
  const text = 'wait 试 , 错 😀 .';
  const decoder = new StreamDecoder(bytes);
  const pieces = [...new TextEncoder().encode(text)].map((byte) => decoder.push([byte]));
  expect(pieces.join('') + decoder.end()).toBe(text);
  expect(pieces.join('')).not.toContain('\ufffd');

  const words = { decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => `w${id}`).join(' ') };
  const other = new StreamDecoder(words);
  expect(other.push([1]) + other.push([2, 3]) + other.push([4]) + other.end()).toBe('w1 w2 w3 w4');
});

it('what never becomes a character is shown at the end', () => {
  const decoder = new StreamDecoder({ decode: (ids) => new TextDecoder().decode(Uint8Array.from(Array.from(ids))) });
  expect(decoder.push([0xe8])).toBe('');
  expect(decoder.end()).toBe('\ufffd');
});

it('samples are shown one below the other, each from its beginning, whatever the order they come in', () => {
  let shown = '';
  const order = new InOrder(
    3,
    (i) => {
      shown += `<${i}`;
    },
    (text) => {
      shown += text;
    },
    (i) => {
      shown += `>${i}`;
    },
  );
  order.push(1, 'b1');
  order.push(0, 'a1');
  order.push(2, 'c1');
  order.end(1);
  expect(shown).toBe('<0a1');
  order.push(0, 'a2');
  order.end(0);
  expect(shown).toBe('<0a1a2>0<1b1>1<2c1');
  order.push(2, 'c2');
  order.end(2);
  expect(shown).toBe('<0a1a2>0<1b1>1<2c1c2>2');
});
