// What is read of a data set's README.md, and which paths its patterns mean.

import { describe, expect, it } from 'vitest';
import { matchesPattern, subsetsOf } from './card.ts';

const card = (yaml: string) => `---\n${yaml}\n---\n# A data set\n---\nconfigs: none\n`;

describe('subsetsOf', () => {
  it('takes the forms that there are of data_files', () => {
    const forms =
      'configs:\n- data_files: a.csv\n- config_name: 2\n  data_files: [b.csv, c.csv]\n- config_name: s\n  data_files: {split: test, path: [d, e]}';
    expect(subsetsOf(card(forms))).toEqual([
      { name: 'default', isDefault: true, files: [{ split: 'train', patterns: ['a.csv'] }] },
      {
        name: '2',
        isDefault: false,
        files: [
          { split: 'train', patterns: ['b.csv'] },
          { split: 'train', patterns: ['c.csv'] },
        ],
      },
      { name: 's', isDefault: false, files: [{ split: 'test', patterns: ['d', 'e'] }] },
    ]);
  });

  it('finds none where there is none, or none that can be understood', () => {
    for (const text of [
      '',
      '# A',
      card('license: mit'),
      card('configs: [1]'),
      card('a: ['),
      card('configs:\n- config_name: x\n  features: []'),
    ])
      expect(subsetsOf(text), text).toEqual([]);
  });
});

it.each([
  ['data/train-*', 'data/train-00000-of-00001.parquet', true],
  ['data/*', 'data/x/y.csv', false],
  ['data/**', 'data/x/y.csv', true],
  ['**/*.csv', 'y.csv', true],
  ['**/*.csv', 'a/b/y.csv', true],
  ['*.csv', 'a/y.csv', false],
  ['./a.csv', 'a.csv', true],
  ['a.csv', 'axcsv', false],
  ['part[0-3].csv', 'part2.csv', true],
  ['part?.csv', 'part12.csv', false],
  ['[', '[', false],
])('%s means %s: %s', (pattern, path, expected) => expect(matchesPattern(path, pattern)).toBe(expected));
