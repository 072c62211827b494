// thinkling export: any model as one Hugging Face directory in float32; an adapter is merged into its base.

import { Command } from 'commander';
import { InputError } from '../../platform/errors.ts';
import { exists } from '../../platform/files.ts';

export function exportCommand(): Command {
  return new Command('export')
    .description('Write a model as one Hugging Face directory in float32: a checkpoint, a .gguf file, an adapter merged into its base.')
    .argument('<model>', "lab:base, a directory, a run, an adapter's directory, a .gguf file, or owner/name on the Hugging Face hub")
    .argument('<dir>', 'the directory to make')
    .addHelpText(
      'after',
      `
Example:
  $ npx thinkling export runs/gsm8k merged`,
    )
    .action(exportModel);
}

async function exportModel(model: string, dir: string): Promise<void> {
  const { createLocalEngine } = await import('../../engine/local/localEngine.ts');
  const { resolveModel } = await import('../../tracking/resolveModel.ts');
  const path = await resolveModel(model);
  if (await exists(dir)) throw new InputError(`${dir} is there already: give the name of a directory to be made`);
  const engine = createLocalEngine();
  try {
    const sampler = await engine.createSampler({ model: path });
    await sampler.save(dir);
  } finally {
    await engine.close();
  }
  process.stdout.write(`${dir}: config.json, model.safetensors (float32) and the tokenizer\n`);
}
