// The estimate against the peak of real processes: bench/doctorMemory.ts on its smallest model, in each mode.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { pathOf } from '../../platform/files.ts';

it('is within 15 percent of what sampling, an adapter and full training came to', async () => {
  const script = pathOf(new URL('../../../bench/doctorMemory.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--only', 'llama-27M']);
  const ratios = [...stdout.matchAll(/^\| llama-27M \| (\w+) \|.*GB \| ([\d.]+) \|/gm)].map(([, mode, ratio]) => [mode, Number(ratio)]);
  expect(ratios.map(([mode]) => mode)).toEqual(['sampling', 'lora', 'full']);
  for (const [mode, ratio] of ratios) {
    expect(ratio, String(mode)).toBeGreaterThan(0.85);
    expect(ratio, String(mode)).toBeLessThan(1.15);
  }
}, 600_000);
