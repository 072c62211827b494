// The files of a tokenizer in a Hugging Face directory, read as one; and that its ids fit a model.

import { InputError } from '../platform/errors.ts';
import { exists, isDirectory, join, list, readText } from '../platform/files.ts';
import { readJsonFile } from './inputFile.ts';
import type { ModelIds, TokenizerFiles } from './tokenizer.ts';

/**
 * tokenizer.json, tokenizer_config.json, generation_config.json where it is there, and the chat template: chat_template.jinja and
 * additional_chat_templates/NAME.jinja go before the one in tokenizer_config.json, as in transformers.
 * @throws InputError naming the file that is missing or not JSON
 */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const tokenizerJson = await readPart(dir, 'tokenizer.json');
  const tokenizerConfig = await readPart(dir, 'tokenizer_config.json');
  const files = await templateFiles(dir);
  let templateSource = `${join(dir, 'tokenizer_config.json')}: chat_template`;
  if (files.length > 0) {
    const named = await Promise.all(files.map(async ({ name, file }) => ({ name, template: await readText(file) })));
    const alone = files.length === 1 && files[0].name === 'default';
    tokenizerConfig.chat_template = alone ? named[0].template : named;
    templateSource = files.find(({ name }) => name === 'default')?.file ?? join(dir, additional);
  }
  const generation = (await exists(join(dir, 'generation_config.json'))) ? await readPart(dir, 'generation_config.json') : undefined;
  return { source: dir, templateSource, tokenizerJson, tokenizerConfig, ...(generation ? { generationConfig: generation } : {}) };
}

/** A JSON file of a model's directory. @throws InputError where it is missing or not an object */
export async function readPart(dir: string, name: string): Promise<Record<string, unknown>> {
  const file = join(dir, name);
  if (!(await exists(file))) throw new InputError(`${dir}: ${name} is missing`);
  return readJsonFile(file);
}

const additional = 'additional_chat_templates';

async function templateFiles(dir: string): Promise<{ name: string; file: string }[]> {
  const own = join(dir, 'chat_template.jinja');
  const found = (await exists(own)) ? [{ name: 'default', file: own }] : [];
  if (!(await isDirectory(join(dir, additional)))) return found;
  const names = (await list(join(dir, additional))).filter((name) => name.endsWith('.jinja'));
  return [...found, ...names.map((name) => ({ name: name.slice(0, -'.jinja'.length), file: join(dir, additional, name) }))];
}

/** The end tokens that generation_config.json adds. @throws InputError where they are no ids */
export function generationEnds({ source, generationConfig }: TokenizerFiles): number[] {
  const value = generationConfig?.eos_token_id;
  const ids: unknown[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  if (ids.every((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0)) return ids;
  throw new InputError(
    `${source ?? 'the tokenizer'}: generation_config.json: eos_token_id is ${JSON.stringify(value)}; expected a token id or a list of them`,
  );
}

/**
 * A token beyond the vocabulary has no row in the embedding: its text could not be computed, and a response could never end with it.
 * @param model what config.json says; it may have more ids than the tokenizer
 * @throws InputError naming the token or the field, its id and the vocabulary
 */
export function checkTokenIds(files: TokenizerFiles, model: ModelIds & { vocabSize: number }): void {
  const { source = 'the tokenizer', tokenizerJson } = files;
  const { vocabSize } = model;
  const ids: [string, number[]][] = [
    ['config.json: eos_token_id', model.eosTokenIds],
    ['config.json: bos_token_id', model.bosTokenId === undefined ? [] : [model.bosTokenId]],
    ['generation_config.json: eos_token_id', generationEnds(files)],
  ];
  for (const [field, listed] of ids) {
    const beyond = listed.find((id) => id >= vocabSize);
    if (beyond !== undefined)
      throw new InputError(
        `${source}: ${field} is ${beyond}, but the model's vocabulary ends at ${vocabSize - 1} (vocab_size ${vocabSize})`,
      );
  }
  let largest = -1;
  let token = '';
  const see = (content: unknown, id: unknown): void => {
    if (!Number.isSafeInteger(id) || (id as number) < 0)
      throw new InputError(
        `${source}: the token '${content}' of tokenizer.json has the id ${JSON.stringify(id)}; expected a number from 0 on`,
      );
    if ((id as number) <= largest) return;
    largest = id as number;
    token = String(content);
  };
  const { model: pieces, added_tokens: added } = tokenizerJson as { model?: { vocab?: unknown }; added_tokens?: unknown };
  // Unigram: [piece, score] by position.
  if (Array.isArray(pieces?.vocab)) see(pieces.vocab.at(-1)?.[0], pieces.vocab.length - 1);
  else for (const [content, id] of Object.entries(pieces?.vocab ?? {})) see(content, id);
  if (Array.isArray(added)) for (const item of added) see(item?.content, item?.id);
  if (largest < vocabSize) return;
  throw new InputError(
    `${source}: the token '${token}' has the id ${largest}, but the model's vocabulary ends at ${vocabSize - 1} ` +
      `(vocab_size ${vocabSize}): the tokenizer is that of another model, or its new tokens have no embeddings`,
  );
}
