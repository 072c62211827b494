// Loading a user's own module (a task, a reward), TypeScript or JavaScript, in a clone and in the installed package alike.

import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import { InputError } from './errors.ts';
import { extname, isFile, resolve } from './files.ts';

const isSource = import.meta.url.endsWith('.ts');
const ownIndex = new URL(isSource ? '../index.ts' : '../index.js', import.meta.url).href;
let prepared: Promise<void> | undefined;

/**
 * Imports a user's file (`.ts`, `.mts`, `.js`, `.mjs`; relative to the working directory) and returns its exports. Its `import ... from 'thinkling'`
 * is this very program, wherever the file lies: what it defines and what we check are of the same classes.
 * Throws an InputError naming the file where it is not there, is of another kind, or does not load.
 */
export async function importUserModule(file: string): Promise<Record<string, unknown>> {
  const path = resolve(file);
  if (!(await isFile(path))) throw new InputError(`${file}: there is no such file (looked at ${path})`);
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(path)))
    throw new InputError(`${file}: a module must be a .ts, .mts, .js or .mjs file; this ends in "${extname(path)}"`);
  prepared ??= prepareLoaders();
  await prepared;
  const url = pathToFileURL(path).href;
  try {
    return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  } catch (error) {
    throw new InputError(`${file} could not be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

// What a resolve hook is given and gives back, of either kind.
interface Resolved {
  url: string;
  format?: string | null;
}
type NextResolve<R> = (specifier: string, context: object) => R;
interface HookRegistry {
  registerHooks?(hooks: { resolve(specifier: string, context: object, next: NextResolve<Resolved>): Resolved }): void;
}

async function prepareLoaders(): Promise<void> {
  // In a clone something loads our own TypeScript already, and the user's with it.
  if (!isSource) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  // Registered after tsx, so that it is asked first. Newer Nodes have hooks in this thread (and tsx uses those there), Node 20 only those in a thread of their own.
  const { registerHooks } = nodeModule as HookRegistry;
  if (registerHooks) {
    registerHooks({ resolve: (specifier, context, next) => next(specifier === 'thinkling' ? ownIndex : specifier, context) });
  } else {
    const hook = `export const resolve = (specifier, context, next) => next(specifier === 'thinkling' ? ${JSON.stringify(ownIndex)} : specifier, context);`;
    nodeModule.register(`data:text/javascript,${encodeURIComponent(hook)}`);
  }
}
