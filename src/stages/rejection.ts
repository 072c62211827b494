// Rejection sampling and curation: k responses to each prompt, of which those that are right, readable and new are kept, as data that an sft
// stage learns from (DeepSeek-R1, sections 2.3.1 and 2.3.3). It serves the cold start and the second SFT alike. The stage's folder, data/<stage>:
//
//   generated/  every response, with the rule's verdict     measured/      what the filters know of each, and all reasons against it
//   judged-*    what a judge said; rewritten-* a writer     verdicts.parquet   of each response whether it was kept, or why not
//   curated/    what is learnt                              report.json    the counts
import { Analytics } from '../datasets/analytics.ts';
import { cardName } from '../datasets/card.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import { exists, isFile, join, mkdir, readText, remove, writeTextAtomic } from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';
import { modelFingerprint } from '../tracking/modelFingerprint.ts';
import { Interrupted, type StageContext, StageError, type TaskContext } from './context.ts';
import { candidateColumns, withRowsOf } from './curation/candidates.ts';
import { chooseSamples } from './curation/choice.ts';
import { addFurther, CuratedWriter, type Given } from './curation/curated.ts';
import { givenShards } from './curation/given.ts';
import { judgeSamples } from './curation/judging.ts';
import { type Measuring, measuredColumns, measureShards } from './curation/measured.ts';
import { curationReport, nothingKept, reportLines } from './curation/report.ts';
import { summarised } from './curation/rewrite.ts';
import { writeKept } from './curation/rewriting.ts';
import { promptsToSample, sampleShards } from './curation/sampled.ts';
import { Shards, writing } from './curation/shards.ts';
import { openModelText, promptsFingerprint } from './prompts.ts';
import type { RejectionSettings } from './settings.ts';

/** What a stage without a task works on: candidates are given, and the model is whose tokens are counted. */
export type RejectionContext = Omit<TaskContext, 'task'> & Partial<Pick<TaskContext, 'task'>>;

/**
 * Runs the stage from where it was stopped. Returns the folder of its data; what an sft stage reads there is curated/.
 * @throws InputError; StageError where the filters keep nothing, or a judge goes on failing; Interrupted, RewardError
 */
export async function rejection(settings: RejectionSettings, context: RejectionContext): Promise<string> {
  const { name, run, model, signal, report, task } = context;
  const begun = now();
  await run.rewindTo(name);
  const dir = run.dataDir(name);
  const text = await openModelText(model, run.began);
  const prompts = settings.candidates === undefined ? await promptsToSample(settings, context as TaskContext, text) : undefined;
  await writing(dir, () => mkdir(dir));
  const analytics = await Analytics.open(join(dir, '.spill'));
  const stop = (): void => {
    if (signal.aborted) throw new Interrupted(name, 0);
  };
  try {
    if (prompts) await requireSamePlan(dir, await planOf(settings, context, promptsFingerprint(prompts)), name);
    const generated = await Shards.open(join(dir, 'generated'), analytics, candidateColumns);
    if (prompts) await sampleShards(settings, context as TaskContext, text, prompts, generated);
    else await givenShards(settings.candidates as string, context.columns, context, text.tokenizer, generated);
    if (generated.count === 0) throw new StageError(`stage ${name}: there is no response to choose from`);

    const asMade = withRowsOf(settings.rewrite === undefined ? [] : (prompts ?? []).map(({ row }) => row));
    const measuring: Measuring = {
      ...{ settings, tokenizer: text.tokenizer, seed: context.seed, name },
      ...(settings.rewrite === 'summary' ? { canRewrite: async (each) => (await summarised(task, asMade(each))) !== null } : {}),
    };
    const measured = await openMeasured(dir, analytics, settings, prompts === undefined, task?.name);
    await measureShards(generated, measured, measuring, stop);
    const judged = settings.judge && (await judgeSamples(analytics, { generated, measured }, settings.judge, context, dir));
    stop();
    await chooseSamples(analytics, measured, settings, name, judged);

    const writer = new CuratedWriter(dir, analytics, text.tokenizer, name);
    const tokens = await writeKept(settings, context, { analytics, generated, writer, dir, task, asMade }, stop);
    const [{ kept }] = await analytics.all('SELECT count(*) AS kept FROM samples WHERE reason IS NULL');
    await writing('verdicts.parquet', () => analytics.copyTo(join(dir, 'verdicts.parquet'), verdicts));
    if (kept === 0) throw await nothingKept(analytics, generated, name);
    const given: Map<string, Given> = await addFurther(settings.plus, context, writer, kept as number);
    await writer.end();
    await writing('README.md', () => writeTextAtomic(join(dir, cardName), card));
    const result = await curationReport(analytics, tokens, given);
    await writing('report.json', () => writeTextAtomic(join(dir, 'report.json'), `${JSON.stringify(result, null, 1)}\n`));
    const { prompts: asked, samples } = result;
    const [{ sampled }] = await analytics.all('SELECT sum(tokens)::DOUBLE AS sampled FROM samples');
    const prompted = (settings.samples ?? 0) * (prompts ?? []).reduce((sum, { tokens: prompt }) => sum + prompt.length, 0);
    await run.metrics({
      stage: name,
      step: 0,
      'rejection/prompts': asked,
      'rejection/samples': samples,
      'rejection/kept': result.kept,
      'rejection/rows': result.rows,
      // Of candidates that are given nothing was computed.
      num_tokens: prompts ? prompted + (sampled as number) : 0,
      stage_time: (now() - begun) / 1000,
    });
    await run.finish(name, result);
    report({ type: 'note', stage: name, message: reportLines(result).join('\n') });
    report({ type: 'stageEnd', stage: name });
    return dir;
  } finally {
    await analytics.close();
  }
}

const verdicts = `(SELECT id, task, domain, sample, tokens, correct, coalesce(reason, 'kept') AS verdict, reasons FROM samples ORDER BY place)`;

const card = `---
configs:
- config_name: curated
  default: true
  data_files:
  - split: train
    path: curated/*.parquet
- config_name: generated
  data_files:
  - split: train
    path: generated/*.parquet
---

Responses that were right, readable and new among all that were sampled (\`generated\`). verdicts.parquet has of each whether it was kept, or why not;
report.json the counts.
`;

/** What the samples depend on. */
async function planOf(settings: RejectionSettings, { model, seed }: StageContext & { model: string }, prompts: string): Promise<object> {
  const { samples, temperature, maxTokens, promptsPerShard } = settings;
  return {
    model: (await modelFingerprint(model)).slice(0, 16),
    prompts: prompts.slice(0, 16),
    samples,
    temperature,
    maxTokens,
    promptsPerShard,
    seed,
  };
}

/** @throws InputError where the folder has samples of other prompts, of another model, ... */
async function requireSamePlan(dir: string, plan: object, stage: string): Promise<void> {
  const file = join(dir, 'plan.json');
  const now = JSON.parse(JSON.stringify(plan)) as Record<string, unknown>;
  if (!(await isFile(file)) || !(await exists(join(dir, 'generated'))))
    return writing(file, () => writeTextAtomic(file, `${JSON.stringify(now)}\n`));
  const before = JSON.parse(await readText(file)) as Record<string, unknown>;
  const other = Object.keys({ ...before, ...now }).find((key) => before[key] !== now[key]);
  if (other !== undefined)
    throw new InputError(
      `stage ${stage}: ${join(dir, 'generated')} has samples of ${other === 'prompts' ? 'other prompts' : other === 'model' ? 'another model' : `${other} ${before[other]}, not ${now[other]}`}: put that back as it was, move the folder ${dir} away, or begin another run (--out)`,
    );
}

/** Measures that other filters asked for are made anew, and so are those of candidates that were read again. */
async function openMeasured(dir: string, analytics: Analytics, settings: RejectionSettings, anew: boolean, task?: string): Promise<Shards> {
  const { filters, rewrite, judge } = settings;
  const asked = sha256(JSON.stringify({ filters, rewrite: rewrite === 'summary', judge: judge !== undefined, task }));
  const [folder, file] = [join(dir, 'measured'), join(dir, 'measured.json')];
  const same = !anew && (await isFile(file)) && (await readText(file)).trim() === JSON.stringify(asked);
  if (!same) {
    await remove(folder);
    await writing(file, () => writeTextAtomic(file, `${JSON.stringify(asked)}\n`));
  }
  return Shards.open(folder, analytics, measuredColumns);
}
