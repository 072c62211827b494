// Writes recipes/recipe.schema.json, from which editors complete and check recipes. A test holds it up to date.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const { recipeJsonSchema } = await tsImport('../src/recipe/schema.ts', import.meta.url);
const file = fileURLToPath(new URL('../recipes/recipe.schema.json', import.meta.url));
writeFileSync(file, JSON.stringify(recipeJsonSchema()));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
const { status } = spawnSync(process.execPath, [biome, 'format', '--write', file], { stdio: ['ignore', 'ignore', 'inherit'] });
process.exit(status ?? 1);
