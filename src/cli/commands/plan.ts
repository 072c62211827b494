// thinkling plan: what a recipe is going to do, how much of it, and about how long it takes here. Nothing is written.

import { Command } from 'commander';

interface PlanFlags {
  out?: string;
  from?: string[];
  measure: boolean;
  json?: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('Say what a recipe will do: its stages, their sizes, and an estimate of time. Nothing is written.')
    .argument('<recipe>', 'a recipe, a .yaml file')
    .argument('[overrides...]', 'path.to.field=value: changes one field of the recipe')
    .option('--out <dir>', "the run's directory (default: runs/<name of the recipe>); what is done there is not done again")
    .option('--from <stage>', 'as of run: this stage is done anew, and all that depends on it', (stage: string, before: string[] = []) => [
      ...before,
      stage,
    ])
    .option('--no-measure', 'estimate no time where that takes a measurement of a few seconds')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling plan recipes/lab-r1-zero.yaml
  $ npx thinkling plan recipes/lab-r1-zero.yaml stages.zero.steps=50 --json`,
    )
    .action(plan);
}

async function plan(file: string, overrides: string[], { out, from, measure, json }: PlanFlags): Promise<void> {
  const { createLocalEngine } = await import('../../engine/local/localEngine.ts');
  const { planRecipe } = await import('../../recipe/plan.ts');
  const { loadRecipe } = await import('../../recipe/recipe.ts');
  const { planLines } = await import('../planView.ts');
  const { widthOf, wrap } = await import('../terminal.ts');
  const recipe = await loadRecipe(file, overrides);
  const dir = out ?? `runs/${recipe.name}`;
  const engine = createLocalEngine();
  try {
    const stages = await planRecipe(recipe, dir, engine, { from, measure });
    const text = json
      ? [JSON.stringify(stages, null, 2)]
      : planLines(stages, dir).flatMap((line) => wrap(line, Math.min(widthOf(process.stdout), 110) - 1));
    process.stdout.write(`${text.join('\n')}\n`);
  } finally {
    await engine.close();
  }
}
