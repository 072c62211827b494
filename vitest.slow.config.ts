// The tests of `npm run test:slow`: minutes each (the packed package, kills at random moments, real checkpoints).

import { defineConfig } from 'vitest/config';
import base, { slowTests } from './vitest.config.ts';

export default defineConfig({
  ...base,
  test: { ...base.test, include: [slowTests], exclude: ['**/node_modules/**'], maxWorkers: 1, testTimeout: 900_000, hookTimeout: 600_000 },
});
