// Loading a user's own module (a task, a reward), TypeScript or JavaScript, in a clone and in the installed package alike.

import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import { InputError, messageOf } from './errors.ts';
import { extname, isFile, resolve } from './files.ts';

const isSource = import.meta.url.endsWith('.ts');
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
    throw new InputError(`${file} could not be loaded: ${messageOf(error)}`, { cause: error });
  }
}

type Resolve = (specifier: string, context: object, next: (specifier: string, context: object) => object) => object;
interface HookRegistry {
  registerHooks?(hooks: { resolve: Resolve }): void;
}

async function prepareLoaders(): Promise<void> {
  // In a clone something loads our own TypeScript already, and the user's with it.
  if (!isSource) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  // After tsx, so that it is asked first. Newer Nodes have hooks in this thread, and tsx uses those there; Node 20 has them in a thread of their own.
  const hook = new URL('./userModuleHook.mjs', import.meta.url).href;
  const { registerHooks } = nodeModule as HookRegistry;
  if (registerHooks) registerHooks((await import(/* @vite-ignore */ hook)) as { resolve: Resolve });
  else nodeModule.register(hook);
}
