// What package.json and the lock promise.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const lock = read('package-lock.json') as { version: string; packages: Record<string, { hasInstallScript?: boolean; resolved?: string }> };

test('`npm ci` runs no install script, so it neither warns nor downloads: the lock marks none', () => {
  const marked = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
  expect(marked.map(([path]) => path)).toEqual([]);
  expect(Object.values(manifest.allowScripts).every((allowed) => allowed === false)).toBe(true);
});

test('the lock names no registry host, so that it installs from any', () => {
  expect(Object.values(lock.packages).flatMap(({ resolved }) => (resolved?.startsWith('http') ? [resolved] : []))).toEqual([]);
});

test('versions are exact', () => {
  const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(([, version]) => !/^\d/.test(version));
  expect(loose).toEqual([]);
  expect(lock.version).toBe(manifest.version);
});

test('the changelog has the version', () => {
  expect(readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')).toContain(`## [${manifest.version}]`);
});
