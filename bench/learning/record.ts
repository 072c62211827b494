// One trainer's curve on one seed, as both sides record it. The peer's script writes the same fields.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** At the held-out problems. `seconds` of training so far: no look counts, and nothing before the first step. */
export interface Look {
  step: number;
  seconds: number;
  accuracy: number;
  meanLength: number;
  truncated: number;
}

/** A training step's samples. */
export interface StepRecord {
  step: number;
  seconds: number;
  reward: number;
  accuracy: number;
  format: number;
  meanLength: number;
  gradNorm: number;
}

export interface Curve {
  trainer: string;
  seed: number;
  machine: string;
  versions: Record<string, string>;
  looks: Look[];
  steps: StepRecord[];
}

/** A row a line, four digits a number, in the form that the linter keeps. */
export function writeCurve(dir: string, name: string, { looks, steps, ...about }: Curve): void {
  mkdirSync(dir, { recursive: true });
  const line = (row: object) => Object.entries(row).map(([key, value]) => `"${key}": ${Number(Number(value).toPrecision(4))}`);
  const list = (rows: readonly object[]) => rows.map((row) => `    { ${line(row).join(', ')} }`).join(',\n');
  const head = JSON.stringify(about, null, 2).replace(/\n}$/, ',');
  writeFileSync(join(dir, `${name}.json`), `${head}\n  "looks": [\n${list(looks)}\n  ],\n  "steps": [\n${list(steps)}\n  ]\n}\n`);
}
