// The signature of a reward, and the rows it judges: what a task's file and every built-in reward agree on.

/** A row of a task: the question as the model will see it, and any further columns, which reach the reward functions. */
export interface TaskRow {
  /** Stable, unique in the task; a held-out problem has an id that training never has. */
  id: string;
  /** Raw text for a base model, or chat messages for the model's chat template. */
  prompt: string | { role: 'system' | 'user' | 'assistant'; content: string }[];
  /** For reports: a task may mix several domains (countdown, chain, ...). */
  domain?: string;
  [column: string]: unknown;
}

/** One turn of a response that an environment took part in. */
export interface Turn {
  by: 'model' | 'environment';
  text: string;
  /** What the environment gave for a turn of the model's. */
  reward?: number;
}

export interface RewardInput {
  prompts: TaskRow['prompt'][];
  /**
   * The response's text, special tokens removed; a thinking tag that the prompt prefilled is put back in front. Of a response of several
   * turns it is what the model itself wrote: nothing that an environment says can be taken for the model's answer.
   */
  completions: string[];
  /** Of tasks with an environment: the whole of each response. */
  turns?: (readonly Turn[])[];
  /** The rows themselves: every column. */
  rows: TaskRow[];
}

/** One score a completion; null = does not apply (left out of the group's statistics, and counted). May be asynchronous. */
export type RewardFunction = ((input: RewardInput) => (number | null)[] | Promise<(number | null)[]>) & {
  /** Called before a run or an evaluation, where there is one. @throws InputError where the reward cannot work on this machine */
  prepare?(): Promise<void>;
};

/** What a response answers, apart from whether it is right: for majority votes (cons@k). Neither function may look at a row's gold answer. */
export interface Answers {
  /** The response's answer as text; null where it has none, which then has no vote. */
  of(completion: string, row: TaskRow): string | null;
  /** Whether two answers are one. Default: where their texts are equal. */
  same?(a: string, b: string, row: TaskRow): boolean;
}
