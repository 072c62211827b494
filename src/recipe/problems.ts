// What is wrong with a recipe, in words: a schema's complaints become sentences that name the key, the value that was found and the mend.
import type { z } from 'zod';
import { didYouMean } from '../algorithms/nearest.ts';
import { refusedKeys, type StageKind, stageSchemas } from '../stages/settings.ts';
import { validKeysAt } from './schema.ts';

/** `path` from the recipe's top; `at` says whether the place is the key itself or its value. */
export interface Problem {
  path: (string | number)[];
  at: 'key' | 'value';
  message: string;
}

type Issue = z.core.$ZodIssue;

/**
 * The problems behind the issues of `schema` on `value`, which lies at `prefix` in the recipe.
 * `kind`: the stage's, so that a key which belongs to another kind of stage is said to.
 */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
  value: unknown,
  prefix: (string | number)[],
  kind?: StageKind,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    const found = valueAt(value, path);
    const at = (message: string, place: 'key' | 'value' = 'value'): Problem[] => [{ path: [...prefix, ...path], at: place, message }];
    const name = dotted([...prefix, ...path]);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...prefix, ...path, key],
        at: 'key',
        message: unknownKey(key, validKeysAt(schema, path), path.length === 0 ? kind : undefined),
      }));
    if (issue.code === 'invalid_union') {
      const branch = bestBranch(issue.errors, found);
      return problemsOf(
        branch.map((i) => ({ ...i, path: [...issue.path, ...i.path] })),
        schema,
        value,
        prefix,
        kind,
      );
    }
    if (found === undefined) return [{ path: [...prefix, ...path], at: 'key', message: `${name} is missing` }];
    if (issue.code === 'invalid_type')
      return at(`${name} must be ${described(issue.expected)}, not ${spoken(found)}${quotesHint(issue.expected, found)}`);
    if (issue.code === 'invalid_value') {
      const allowed = issue.values.map(String);
      return at(
        `${name} must be ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}, not ${spoken(found)}${typeof found === 'string' && allowed.length > 1 ? didYouMean(found, allowed).replace(/^; there .*/, '') : ''}`,
      );
    }
    if (issue.code === 'too_small' || issue.code === 'too_big') {
      if (issue.message.startsWith('must ')) return at(`${name} ${issue.message}`);
      const bound =
        issue.code === 'too_small'
          ? `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
          : `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
      if (issue.origin === 'string') return at(`${name} must not be empty`);
      if (issue.origin === 'array') return at(`${name} must have ${bound} ${bound.endsWith(' 1') ? 'entry' : 'entries'}`);
      return at(`${name} must be ${bound}, not ${spoken(found)}`);
    }
    return at(`${name} ${issue.message}`);
  });
}

/** A union's complaint is that of the branch the value was meant for: the one that does not object to its type as a whole. */
function bestBranch(branches: Issue[][], found: unknown): Issue[] {
  // A map is not meant for a word.
  const codes = typeof found === 'object' ? ['invalid_type', 'invalid_value'] : ['invalid_type'];
  const fitting = branches.filter((issues) => !issues.some((i) => codes.includes(i.code) && i.path.length === 0));
  if (fitting.length > 0) return fitting.reduce((best, issues) => (issues.length < best.length ? issues : best));
  // A text where a number or a list may stand: the number is what is meant.
  return (
    branches.find((issues) => issues.some((i) => i.code === 'invalid_type' && ['number', 'int'].includes(i.expected))) ??
    branches[found === undefined ? 0 : branches.length - 1]
  );
}

function unknownKey(key: string, valid: string[], kind: StageKind | undefined): string {
  const refused = kind && refusedKeys[kind]?.[key];
  if (refused) return `${key}: ${refused}`;
  const elsewhere =
    kind === undefined
      ? undefined
      : (Object.keys(stageSchemas) as StageKind[]).find((other) => other !== kind && validKeysAt(stageSchemas[other], []).includes(key));
  if (elsewhere) return `"${key}" is a setting of ${elsewhere}, this stage is ${kind}${didYouMean(key, valid).replace(/^; there .*/, '')}`;
  return `unknown key "${key}"${didYouMean(key, valid)}`;
}

export function dotted(path: readonly (string | number)[]): string {
  return path.join('.');
}

export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

function described(expected: string): string {
  const words: Record<string, string> = {
    int: 'a whole number',
    number: 'a number',
    string: 'text',
    boolean: 'true or false',
    object: 'a map of settings',
    record: 'a map',
    array: 'a list',
  };
  return words[expected] ?? expected;
}

function spoken(value: unknown): string {
  if (typeof value === 'string') return `the text "${value.length > 60 ? `${value.slice(0, 57)}...` : value}"`;
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return String(value);
}

function quotesHint(expected: string, found: unknown): string {
  if ((expected === 'number' || expected === 'int') && typeof found === 'string' && found.trim() !== '' && Number.isFinite(Number(found)))
    return ': take off the quotes';
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) return ': put it in quotes';
  if (expected === 'boolean' && typeof found === 'string' && /^(yes|no|on|off)$/i.test(found))
    return `: write ${/^(yes|on)$/i.test(found)}`;
  return '';
}
