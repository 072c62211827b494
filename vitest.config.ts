// The tests of `npm test`. Native modules (onnxruntime-node) and worker threads want processes of their own, not vitest's threads.

import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export const slowTests = 'src/**/*.slow.test.ts';

export default defineConfig({
  resolve: { alias: { thinkling: fileURLToPath(new URL('./src/index.ts', import.meta.url)) } },
  test: {
    include: ['{src,examples,bench}/**/*.test.{ts,tsx}'],
    exclude: [...configDefaults.exclude, slowTests],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
