// How much the stages do that learn from data: counted in the data where they are there, else in all that the stage before may make of them.

import type { DataRow } from '../datasets/rows.ts';
import { type Compared, comparedResponses, comparedTexts, labelledTexts, type Response } from '../stages/preference/items.ts';
import { type Item, type LeftOut, loadPreferences } from '../stages/preference/preferenceData.ts';
import { type ModelText, openModelText } from '../stages/prompts.ts';
import type {
  DistillSettings,
  DpoSettings,
  ExampleSettings,
  PretrainSettings,
  RewardModelSettings,
  SftSettings,
} from '../stages/settings.ts';
import { loadSftData } from '../stages/sftData.ts';
import { type Amount, type AmountFacts, fileOf, type Load, type Rows, type Start } from './amountFacts.ts';

export function pretrainAmount({ rowTokens, rowsPerStep, tokens }: PretrainSettings, { start }: AmountFacts): Amount {
  const steps = Math.ceil(tokens / (rowTokens * rowsPerStep));
  return { steps, loads: [{ start, trained: steps * rowTokens * rowsPerStep }] };
}

export function sftAmount(settings: SftSettings, facts: AmountFacts): Promise<Amount> {
  return learnt(settings, facts, facts.start);
}

/** All students, one after another; a teacher reads what they learn. */
export async function distillAmount(settings: DistillSettings, facts: AmountFacts): Promise<Amount> {
  const teacher = settings.teacher === undefined ? undefined : await facts.startOf(settings.teacher);
  let steps = 0;
  let boundBy: string | undefined;
  const loads: Load[] = [];
  for (const student of Object.values(settings.students)) {
    const own = await learnt(settings, facts, await facts.startOf(student));
    if (own.steps === undefined) return { loads: [] };
    steps += own.steps;
    boundBy ??= own.boundBy;
    loads.push(...own.loads, ...(teacher ? own.loads.map(({ trained }) => ({ start: teacher, read: trained })) : []));
  }
  return { steps, loads, boundBy };
}

async function learnt(settings: ExampleSettings, { made, data, seed }: AmountFacts, start: Start | undefined): Promise<Amount> {
  const model = fileOf(start);
  const lora = start && 'model' in start ? (settings.lora ?? start.lora) : undefined;
  const by = start && 'model' in start && lora ? { ...start, lora } : start;
  const { epochs, sequencesPerStep } = settings;
  const amount = ({ rows, tokens }: Rows, boundBy?: string): Amount => ({
    steps: Math.ceil((epochs * rows) / sequencesPerStep),
    loads: [{ start: by, trained: epochs * tokens }],
    boundBy,
  });
  if (made) return amount(made, made.by);
  if (data === undefined || model === undefined) return { loads: [] };
  const { train } = await loadSftData(settings, data, await openModelText(model), settings.seed ?? seed, () => {});
  const sequences = train.flatMap((row) => row.sequences);
  return amount({ rows: sequences.length, tokens: sequences.reduce((sum, { ids }) => sum + ids.length - 1, 0) });
}

export async function rewardModelAmount(settings: RewardModelSettings, facts: AmountFacts): Promise<Amount> {
  const { epochs, batch, objective } = settings;
  const rows =
    objective === 'pairwise'
      ? await preferenceRows(settings, facts, facts.made, (tokenizer) => comparedTexts(tokenizer, settings), bothSides)
      : await preferenceRows(
          settings,
          facts,
          facts.made?.labels,
          (tokenizer) => labelledTexts(tokenizer, settings),
          ({ ids }) => ids.length,
        );
  if (rows === undefined) return { loads: [] };
  const loads = [{ start: facts.start, trained: epochs * rows.tokens }];
  return { steps: Math.ceil((epochs * rows.rows) / batch), loads, boundBy: facts.made?.by };
}

/** Every pair is read once by the reference, too. */
export async function dpoAmount(settings: DpoSettings, facts: AmountFacts): Promise<Amount> {
  const { epochs, batch } = settings;
  const lengthOf = ({ chosen, rejected }: Compared<Response>): number => bothSides({ chosen: chosen.ids, rejected: rejected.ids });
  const rows = await preferenceRows(settings, facts, facts.made, (tokenizer) => comparedResponses(tokenizer, settings), lengthOf);
  if (rows === undefined) return { loads: [] };
  const loads = [{ start: facts.start, trained: epochs * rows.tokens, read: rows.tokens }];
  return { steps: Math.ceil((epochs * rows.rows) / batch), loads, boundBy: facts.made?.by };
}

function bothSides({ chosen, rejected }: Compared<Int32Array>): number {
  return chosen.length + rejected.length;
}

/** Pairs, or labelled responses, that are learnt from: of a stage before, `made`, or of the user's data. */
async function preferenceRows<T>(
  settings: RewardModelSettings | DpoSettings,
  facts: AmountFacts,
  made: Rows | undefined,
  readerOf: (tokenizer: ModelText['tokenizer']) => (row: DataRow) => Item<T> | LeftOut,
  lengthOf: (value: T) => number,
): Promise<Rows | undefined> {
  if (facts.made) return made;
  const { data, start } = facts;
  const model = fileOf(start);
  if (data === undefined || model === undefined) return undefined;
  const { tokenizer, maxContext } = await openModelText(model);
  const seed = settings.seed ?? facts.seed;
  const { train } = await loadPreferences({ settings, data, maxContext, reader: () => readerOf(tokenizer), seed, warn: () => {} });
  return { rows: train.length, tokens: train.reduce((sum, { value }) => sum + lengthOf(value), 0) };
}
