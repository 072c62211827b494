// How a user's module and what it imports are found: `thinkling` is this very program, and a file that is written as an ES module is one,
// whatever the nearest package.json says (`npm init` writes "type": "commonjs", in which TypeScript's `import` would become `require`).
// JavaScript, because on Node 20 the loader runs it in a thread of its own.
import { existsSync, readFileSync } from 'node:fs';

const source = new URL('../index.ts', import.meta.url);
const ownIndex = (existsSync(source) ? source : new URL('../index.js', import.meta.url)).href;

export function resolve(specifier, context, next) {
  const found = next(specifier === 'thinkling' ? ownIndex : specifier, context);
  return found instanceof Promise ? found.then(asModule) : asModule(found);
}

function asModule(resolved) {
  if (resolved.format === 'module' || !resolved.url.startsWith('file:') || resolved.url.includes('/node_modules/')) return resolved;
  const url = new URL(resolved.url);
  const isModule =
    url.pathname.endsWith('.ts') || (url.pathname.endsWith('.js') && /^\s*(import|export)[\s{*'"]/m.test(readFileSync(url, 'utf8')));
  return isModule ? { ...resolved, format: 'module' } : resolved;
}
