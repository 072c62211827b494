#!/usr/bin/env node
// The command. In a clone it runs the TypeScript sources as they are, so that nothing has to be built first; in the installed
// package there are no sources, only what `npm pack` built from them.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`thinkling needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`);
  process.exit(2);
}

const source = new URL('../src/cli/main.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  // Ours, not the one of the folder the user stands in.
  register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
  await import(source.href);
} else {
  await import(new URL('../dist/cli/main.js', import.meta.url).href);
}
