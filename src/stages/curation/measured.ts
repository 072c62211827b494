// What the filters need to know of every response, shard by shard beside the responses: measures, the reasons against it, and the signature by
// which near-duplicates are found. Nothing here is sampled or asked of anyone, so it is made anew where the filters have changed.
import { MinHash } from '../../algorithms/minhash.ts';
import { deriveSeed, stream } from '../../algorithms/random.ts';
import type { Row } from '../../datasets/analytics.ts';
import { stringifyJson } from '../../formats/jsonl.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import { sha256 } from '../../platform/hash.ts';
import { isThinkAnswer, thoughtText } from '../../rewards/format.ts';
import { languageConsistency } from '../../rewards/language/consistency.ts';
import { repetitionPenalty } from '../../rewards/repetition.ts';
import type { RewardFunction } from '../../rewards/reward.ts';
import type { RejectionSettings } from '../settings.ts';
import { type Candidate, candidateOf } from './candidates.ts';
import { hasCodeBlock, longestParagraph, type Measures, reasonsFor } from './filters.ts';
import type { Shards } from './shards.ts';

/** SQL types of measured/. `shard` and `line` say which row of generated/ it is about. */
export const measuredColumns = {
  shard: 'INTEGER',
  line: 'INTEGER',
  id: 'VARCHAR',
  task: 'VARCHAR',
  domain: 'VARCHAR',
  sample: 'INTEGER',
  /** Of prompt and response: what was said of them is found again by it. */
  key: 'VARCHAR',
  tokens: 'INTEGER',
  thinking_tokens: 'INTEGER',
  correct: 'DOUBLE',
  format: 'BOOLEAN',
  language: 'DOUBLE',
  repetition: 'DOUBLE',
  paragraph_words: 'INTEGER',
  code_block: 'BOOLEAN',
  /** All that speak against it; none where it is still in. */
  reasons: 'VARCHAR[]',
  /** Uniform in [0, 1): which are left out where there are too many. */
  draw: 'DOUBLE',
  signature: 'INTEGER[]',
};

/** Entries of a signature. */
export const signatureSize = 128;

export interface Measuring {
  settings: RejectionSettings;
  tokenizer: Tokenizer;
  seed: number;
  name: string;
  /** Whether a response becomes reasoning and summary and stays right; absent where nothing is rewritten, or only afterwards. */
  canRewrite?(candidate: Candidate): Promise<boolean>;
}

/** Measures the shards of `generated` that `measured` has not. */
export async function measureShards(generated: Shards, measured: Shards, measuring: Measuring, stop: () => void): Promise<void> {
  for (let shard = measured.count; shard < generated.count; shard++) {
    stop();
    await measured.add(measureShard(generated, shard, measuring));
  }
}

async function* measureShard(generated: Shards, shard: number, measuring: Measuring): AsyncGenerator<Row> {
  const { settings, seed, name } = measuring;
  const { duplicates } = settings.filters;
  const minhash = duplicates && new MinHash(deriveSeed(seed, name, 'duplicates'), duplicates.words, signatureSize);
  const measure = measurer(measuring);
  let line = 0;
  for await (const row of generated.rows(shard)) {
    const candidate = candidateOf(row);
    const measures = await measure(candidate);
    const against = reasonsFor(candidate, measures, settings.filters, settings.judge !== undefined);
    yield {
      ...{ shard, line: line++, id: row.id, task: row.task, domain: row.domain, sample: row.sample, key: keyOf(candidate) },
      ...{ tokens: candidate.tokens, thinking_tokens: measures.thinkingTokens, correct: candidate.correct, format: measures.format },
      ...{ language: measures.language, repetition: measures.repetition, paragraph_words: measures.paragraphWords },
      ...{ code_block: measures.codeBlock, reasons: against, draw: stream(seed, name, 'draw', candidate.row.id, candidate.sample).next() },
      signature: minhash && against.length === 0 ? [...minhash.signature(candidate.response)] : null,
    };
  }
}

/** Only what a filter asks for is measured, where that takes time. */
function measurer({ settings: { filters }, tokenizer, canRewrite }: Measuring): (candidate: Candidate) => Promise<Measures> {
  const language = filters.language && languageConsistency(filters.language.code);
  const repetition = filters.repetition && repetitionPenalty(filters.repetition.words, 1);
  return async (candidate) => {
    const { response, correct } = candidate;
    const share = repetition ? await scoreOf(repetition, candidate) : null;
    return {
      format: isThinkAnswer(response),
      language: language ? await scoreOf(language, candidate) : null,
      repetition: share === null ? null : Math.abs(share),
      thinkingTokens: filters.thinkingTokens ? tokenizer.encode(thoughtText(response)).length : null,
      paragraphWords: longestParagraph(response),
      codeBlock: hasCodeBlock(response),
      rewritten: canRewrite && (correct === 1 || correct === null) ? await canRewrite(candidate) : null,
    };
  };
}

async function scoreOf(reward: RewardFunction, { row, response }: Candidate): Promise<number | null> {
  return (await reward({ prompts: [row.prompt], completions: [response], rows: [row] }))[0];
}

function keyOf({ row, response }: Candidate): string {
  return sha256(`${stringifyJson(row.prompt)}\n${response}`).slice(0, 24);
}
