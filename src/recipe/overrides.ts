// Overrides on the command line: `stages.zero.steps=20` changes one field of a recipe, `model=DIR` gives what it leaves open.
// They are applied before the recipe is checked, so that the same checks hold for them.
import { parseDocument } from 'yaml';
import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';

export interface Override {
  /** As it was given. */
  text: string;
  path: (string | number)[];
  value: unknown;
}

/** These hold names and paths: taken as they are, so that `model=1` and `data=C:\x: y` need no quotes. */
const plainText = new Set(['name', 'model', 'task', 'data']);

/** @throws InputError naming the override where it has no path or its value is not YAML. */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const left = text.slice(0, equals);
  const right = text.slice(equals + 1);
  if (equals < 1 || left.split('.').includes(''))
    throw new InputError(`override ${text}: must be path.to.field=value, e.g. stages.zero.steps=20`);
  if (right.trim() === '') throw new InputError(`override ${text}: no value after "="`);
  const path = left.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (plainText.has(String(path.at(-1)))) return { text, path, value: right };
  const document = parseDocument(right);
  if (document.errors.length > 0) throw new InputError(`override ${text}: the value is not YAML: ${firstLine(document.errors[0].message)}`);
  return { text, path, value: document.toJS() };
}

/**
 * Sets the override's field in the recipe's plain data, in place; missing maps on the way are made.
 * @throws InputError where the way leads through something that has no fields, or to a stage that the recipe has not.
 */
export function applyOverride(recipe: Record<string, unknown>, override: Override): void {
  const { path, text, value } = override;
  const stages = recipe.stages;
  if (path[0] === 'stages' && path.length > 2 && isMap(stages) && !Object.hasOwn(stages, String(path[1])))
    throw new InputError(`override ${text}: the recipe has no stage "${path[1]}"${didYouMean(String(path[1]), Object.keys(stages))}`);
  let here: Record<string | number, unknown> | unknown[] = recipe;
  path.forEach((key, depth) => {
    const where = path.slice(0, depth).join('.');
    if (Array.isArray(here) && !(typeof key === 'number' && key < here.length))
      throw new InputError(`override ${text}: ${where} is a list of ${here.length}, "${key}" is not a place in it (they count from 0)`);
    const fields = here as Record<string | number, unknown>;
    if (depth === path.length - 1) {
      setField(fields, key, value);
      return;
    }
    const next = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (next === undefined || next === null) setField(fields, key, {});
    else if (typeof next !== 'object')
      throw new InputError(
        `override ${text}: ${path.slice(0, depth + 1).join('.')} is ${JSON.stringify(next)} and has no fields; give it whole, e.g. ${path.slice(0, depth + 1).join('.')}='{${path[depth + 1]}: ${JSON.stringify(value)}}'`,
      );
    here = fields[key] as Record<string, unknown>;
  });
}

/** Own property whatever the key: `__proto__` stays a key like any other, to be refused as unknown. */
function setField(fields: Record<string | number, unknown>, key: string | number, value: unknown): void {
  Object.defineProperty(fields, key, { value, writable: true, enumerable: true, configurable: true });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function firstLine(message: string): string {
  return message
    .split('\n')[0]
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/:$/, '');
}
