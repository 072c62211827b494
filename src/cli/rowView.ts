// `thinkling data` on what SFT learns from: the rows of a recipe's stage, or of any data file or directory; with a model token by token,
// marked by the code that makes the training data.

import { exampleReader } from '../datasets/examples.ts';
import { streamRows } from '../datasets/rows.ts';
import { type JsonRow, stringifyJson } from '../formats/jsonl.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { Decontamination } from '../stages/decontamination.ts';
import { openModelText } from '../stages/prompts.ts';
import type { SftSettings } from '../stages/settings.ts';
import { loadSftData } from '../stages/sftData.ts';
import { type Sequence, sequencesOf, sftDatum } from '../stages/sftSequences.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import type { DataItem, DataRequest, SourceView } from './dataSource.ts';
import { legend, shownTokens } from './tokenView.ts';

/** What an SFT stage learns, after everything that its settings leave out. @throws InputError as the stage does */
export async function ofSft(recipe: Recipe, settings: SftSettings, { from, number, heldOut, model }: DataRequest): Promise<SourceView> {
  const given = model ?? (settings.model?.startsWith('$') ? undefined : settings.model) ?? recipe.model;
  if (given === undefined) throw new InputError('which tokens are learnt depends on the model: add --model MODEL');
  const text = await openModelText(await resolveModel(given));
  const data = (settings.data ?? recipe.data) as string;
  const warnings: string[] = [];
  const decontamination = recipe.decontaminate && (await Decontamination.open(recipe.decontaminate));
  const seed = settings.seed ?? recipe.seed;
  const loaded = await loadSftData(settings, data, text, seed, (message) => warnings.push(message), decontamination);
  if (decontamination) warnings.push(decontamination.summary);
  const rows = heldOut ? loaded.heldOut : loaded.train;
  const part = heldOut ? 'rows that are held out' : 'rows to learn from';
  if (from >= rows.length) throw new InputError(`--from ${from}: ${data} has ${rows.length} ${part}, counted from 0`);
  const items = rows.slice(from, from + number).flatMap(({ place, sequences }) => learntItems(text.tokenizer, place, sequences));
  const about = `${data}: ${loaded.train.length} rows to learn from, ${loaded.heldOut.length} held out. Below: ${part}. ${legend}.`;
  return { about: [about, ...warnings], items };
}

/** The rows of a file or directory as they are; with a tokenizer, what SFT would learn from them. */
export async function ofRows(data: string, tokenizer: Tokenizer | undefined, { from, number, heldOut }: DataRequest): Promise<SourceView> {
  if (heldOut) throw new InputError('--held-out is for tasks and recipes: of rows alone it is not known which are held out');
  const items: DataItem[] = [];
  const read = exampleReader();
  let count = 0;
  for await (const row of streamRows(data, 'train')) {
    if (count++ < from) continue;
    const asItIs = { title: row.place, prompt: columnLines(row.row) };
    if (tokenizer === undefined) items.push({ ...asItIs, row: row.row });
    else {
      const learnt = learntItems(tokenizer, row.place, sequencesOf(tokenizer, read(row), row.place).sequences);
      items.push(...(learnt.length > 0 ? learnt : [{ ...asItIs, remark: 'nothing to learn: SFT leaves it out' }]));
    }
    if (count >= from + number) break;
  }
  if (items.length === 0) throw new InputError(`--from ${from}: ${data} has ${count} rows, counted from 0`);
  const hint = tokenizer ? `What SFT would learn. ${legend}.` : 'With --model MODEL: token by token, what SFT would learn.';
  return { about: [`${data}, row by row. ${hint}`], items };
}

function learntItems(tokenizer: Tokenizer, place: string, sequences: readonly Sequence[]): DataItem[] {
  return sequences.map((sequence, i) => {
    const { weights } = sftDatum(sequence);
    return {
      title: sequences.length > 1 ? `${place}, turn ${i + 1} of ${sequences.length}` : place,
      prompt: tokenizer.decode(sequence.ids),
      tokens: shownTokens(tokenizer, sequence.ids, (position) => position > 0 && weights[position - 1] !== 0),
    };
  });
}

function columnLines(row: JsonRow): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : stringifyJson(value)}`)
    .join('\n');
}
