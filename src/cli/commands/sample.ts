// thinkling sample: what a model says to a prompt, as it says it, its thinking dimmed.

import { Command } from 'commander';
import { Stopped } from '../failure.ts';
import { temperature, wholeNumber } from '../options.ts';
import { paintFor, printable } from '../terminal.ts';

interface SampleFlags {
  number: number;
  temperature: number;
  maxTokens: number;
  seed: number;
  raw?: boolean;
  json?: boolean;
}

export function sampleCommand(): Command {
  return new Command('sample')
    .description('Sample from a model. The prompt goes through its chat template, if it has one.')
    .argument('<model>', 'lab:base, a directory, a run, a .gguf file, or owner/name on the Hugging Face hub')
    .argument('<prompt>', 'what to say to it')
    .option('-n, --number <count>', 'how many samples', wholeNumber(1), 1)
    .option('--temperature <t>', '0 is greedy', temperature, 1)
    .option('--max-tokens <count>', 'new tokens of each, at most', wholeNumber(1), 512)
    .option('--seed <seed>', 'the same seed gives the same samples', wholeNumber(0), 0)
    .option('--raw', 'the prompt is taken as it is, without the chat template')
    .option('--json', 'each sample as a JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling sample lab:base "make 56 from 7 7 1 ." -n 4
  $ npx thinkling sample runs/lab-r1-zero "make 56 from 7 7 1 ." --temperature 0`,
    )
    .action(sample);
}

async function sample(name: string, prompt: string, flags: SampleFlags): Promise<void> {
  const { resolveModel } = await import('../../tracking/resolveModel.ts');
  const { encodePrompt, openModelText, responseText } = await import('../../stages/prompts.ts');
  const { InputError } = await import('../../platform/errors.ts');
  const { createLocalEngine } = await import('../../engine/local/localEngine.ts');

  const model = await resolveModel(name);
  const { tokenizer, maxContext } = await openModelText(model);
  const template = tokenizer.hasChatTemplate && !flags.raw;
  const ids = encodePrompt(tokenizer, {}, { id: 'prompt', prompt: template ? [{ role: 'user', content: prompt }] : prompt });
  if (ids.length === 0) throw new InputError('the prompt is empty: there is nothing to continue');
  if (ids.length >= maxContext)
    throw new InputError(`the prompt has ${ids.length} tokens, the model's context is ${maxContext}: shorten it`);
  const unknown = tokenizer.idOf('<unk>');
  if (unknown !== undefined && ids.includes(unknown))
    process.stderr.write(`note: the model has no tokens for some of this; it reads ${printable(tokenizer.decode(ids))}\n`);

  const { number: n, maxTokens, seed } = flags;
  const stop = tokenizer.stopIds;
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const shown = flags.json ? undefined : await terminalSamples(n, tokenizer);
  const engine = createLocalEngine();
  try {
    const sampler = await engine.createSampler({ model });
    const onTokens = shown && ((s: number, tokens: number[]): void => shown.push(s, tokens, stop));
    const samples = await sampler.sample(ids, {
      n,
      maxTokens,
      temperature: flags.temperature,
      topP: 1,
      topK: 0,
      stop,
      seed,
      signal: abort.signal,
      onTokens,
    });
    for (const [i, { tokens, stopReason, logprobs }] of samples.entries()) {
      if (shown) shown.end(i, stopReason);
      else
        process.stdout.write(
          `${JSON.stringify({ sample: i, text: responseText(tokenizer, {}, tokens), tokens: tokens.length, stopReason, logprob: logprobs.reduce((a, b) => a + b, 0) })}\n`,
        );
    }
    if (abort.signal.aborted) throw new Stopped();
  } finally {
    await engine.close();
  }
}

/** Writes samples to the standard output as their tokens come. */
async function terminalSamples(n: number, tokenizer: ConstructorParameters<typeof import('../streaming.ts').StreamDecoder>[0]) {
  const { InOrder, StreamDecoder } = await import('../streaming.ts');
  const { ThoughtPainter } = await import('../thinking.ts');
  const { stdout } = process;
  const paint = paintFor(stdout);
  const decoders = Array.from({ length: n }, () => new StreamDecoder(tokenizer));
  const painters = Array.from({ length: n }, () => new ThoughtPainter(paint));
  const reasons: string[] = Array<string>(n).fill('');
  const order = new InOrder(
    n,
    (i) => n > 1 && stdout.write(paint('bold', `${i === 0 ? '' : '\n'}sample ${i + 1}\n`)),
    (text) => stdout.write(text),
    (i) => stdout.write(`${reasons[i]}\n`),
  );
  const ended = new Set<number>();
  const end = (i: number, reason: string): void => {
    if (ended.has(i)) return;
    ended.add(i);
    if (reason === 'length') reasons[i] = paint('yellow', ' … (cut at --max-tokens)');
    if (reason === 'cancelled') reasons[i] = paint('yellow', ' … (stopped)');
    order.push(i, painters[i].push(printable(decoders[i].end())) + painters[i].end());
    order.end(i);
  };
  return {
    push(i: number, tokens: readonly number[], stop: readonly number[]): void {
      // The end token, which a tokenizer need not call special, is not shown.
      order.push(i, painters[i].push(printable(decoders[i].push(tokens.filter((token) => !stop.includes(token))))));
      if (tokens.some((token) => stop.includes(token))) end(i, 'stop');
    },
    end,
  };
}
