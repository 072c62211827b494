// recipe.yaml in a run's directory: the recipe as it runs, every default written out. Starting again with another recipe in the same
// directory would mix two runs, so it is refused, naming the field that differs.
import { parse } from 'yaml';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';

/**
 * Writes the copy where there is none, and compares where there is one; comments and layout do not count.
 * Returns the recipe's fingerprint. @throws InputError naming the first field that differs
 */
export async function keepRecipe(dir: string, recipeText: string): Promise<string> {
  const file = files.join(dir, 'recipe.yaml');
  if (!(await files.exists(file))) await files.writeTextAtomic(file, recipeText);
  const kept: unknown = parse(await files.readText(file));
  const difference = firstDifference(kept, parse(recipeText), []);
  // Of the copy: the same recipe with its keys in another order has the same.
  if (difference === undefined) return sha256(JSON.stringify(kept));
  const { path, a, b } = difference;
  throw new InputError(
    `${dir} holds a run of another recipe: ${path.join('.') || 'the whole'} is ${spoken(a)} there and ${spoken(b)} now. Give another directory with --out, or remove that one to start anew`,
  );
}

function firstDifference(a: unknown, b: unknown, path: string[]): { path: string[]; a: unknown; b: unknown } | undefined {
  if (isCollection(a) && isCollection(b)) {
    // Order matters too: stages run in it.
    const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
    for (const key of new Set([...keysA, ...keysB])) {
      const difference = firstDifference(a[key], b[key], [...path, key]);
      if (difference) return difference;
    }
    return path.at(-1) === 'stages' && keysA.join('\n') !== keysB.join('\n')
      ? { path: [...path, 'order'], a: keysA.join(', '), b: keysB.join(', ') }
      : undefined;
  }
  return Object.is(a, b) ? undefined : { path, a, b };
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function spoken(value: unknown): string {
  return value === undefined ? 'absent' : isCollection(value) ? JSON.stringify(value) : String(value);
}
