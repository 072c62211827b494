// Dates as Python 3.11 writes them (the strings are its own), whatever this machine's language and time zone.

import { expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { strftime } from './strftime.ts';
import { Tokenizer } from './tokenizer.ts';
import { wordTokenizerConfig, wordTokenizerJson } from './wordTokenizer.ts';

const format = '%Y %y %m %B %b %d %e %A %a %w %j %H %I %p %M %S %% %-d %-m %-I %-j';

it.each([
  ['2024-07-26T00:05:09Z', '2024 24 07 July Jul 26 26 Friday Fri 5 208 00 12 AM 05 09 % 26 7 12 208'],
  ['2025-01-02T12:00:00.000Z', '2025 25 01 January Jan 02  2 Thursday Thu 4 002 12 12 PM 00 00 % 2 1 12 2'],
  ['2024-12-31T23:59:59Z', '2024 24 12 December Dec 31 31 Tuesday Tue 2 366 23 11 PM 59 59 % 31 12 11 366'],
  ['2023-05-07T13:30:00Z', '2023 23 05 May May 07  7 Sunday Sun 0 127 13 01 PM 30 00 % 7 5 1 127'],
])('%s', (date, text) => {
  expect(strftime(date, format)).toBe(text);
});

it('a directive that is not known is refused', () => {
  expect(() => strftime('2024-07-26T00:00:00Z', '%d %Q')).toThrow(new InputError("strftime_now: '%Q' is not known"));
});

it('a chat template that asks for the time is given the one that the tokenizer was opened with', () => {
  const specials = { unk: '<unk>', eos: '<eos>' };
  const template = "{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% endif %}";
  const tokenizerJson = wordTokenizerJson(['26', 'Jul', '2024', '27'], specials);
  const files = { tokenizerJson, tokenizerConfig: wordTokenizerConfig(specials, template) };
  const text = (date: string): string => {
    const tokenizer = Tokenizer.fromFiles(files, undefined, date);
    return tokenizer.decode(tokenizer.renderChat([{ role: 'user', content: '' }]));
  };
  expect(text('2024-07-26T23:59:59Z')).toBe('26 Jul 2024');
  expect(text('2024-07-27T00:00:00Z')).toBe('27 Jul 2024');
});
