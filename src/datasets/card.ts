// What a data set's README.md says of its files: in the YAML at its beginning, `configs` lists subsets, and which files are which split
// of each, as Python's datasets library reads it. It goes before what the files' names tell.

import { parse } from 'yaml';
import { z } from 'zod';

export const cardName = 'README.md';

export interface Subset {
  name: string;
  /** Taken where none is named. */
  isDefault: boolean;
  files: { split: string; patterns: string[] }[];
}

const patterns = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const ofSplit = z.object({ split: z.string(), path: patterns });
const cardSchema = z.object({
  configs: z.array(
    z.object({
      config_name: z.coerce.string().default('default'),
      default: z.boolean().optional(),
      data_files: z.union([patterns, z.array(ofSplit), ofSplit]).optional(),
    }),
  ),
});

/** The subsets that a README.md lists; none where it lists none, or cannot be understood. */
export function subsetsOf(readme: string): Subset[] {
  const [, yaml = ''] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---/.exec(readme) ?? [];
  let card: unknown;
  try {
    card = parse(yaml);
  } catch {
    return [];
  }
  const { success, data } = cardSchema.safeParse(card);
  if (!success) return [];
  return data.configs.flatMap(({ config_name: name, default: chosen, data_files: files }) => {
    if (files === undefined) return [];
    const entries = (Array.isArray(files) ? files : [files]).map((entry) =>
      typeof entry === 'string' ? { split: 'train', patterns: [entry] } : { split: entry.split, patterns: entry.path },
    );
    return [{ name, isDefault: chosen ?? (name === 'default' || data.configs.length === 1), files: entries }];
  });
}

/** Whether a path is one that a pattern means: `*` and `?` stand for what is within a folder's name, `**` for folders, too. */
export function matchesPattern(path: string, pattern: string): boolean {
  const source = pattern
    .replace(/^\.\//, '')
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => (wild === '**/' ? '(?:.*/)?' : wild === '**' ? '.*' : wild === '*' ? '[^/]*' : '[^/]'));
  try {
    return new RegExp(`^${source}$`).test(path);
  } catch {
    return false;
  }
}
