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

export interface RewardInput {
  prompts: TaskRow['prompt'][];
  /** The response's text, special tokens removed; a thinking tag that the prompt prefilled is put back in front. */
  completions: string[];
  /** The rows themselves: every column. */
  rows: TaskRow[];
}

/** One score a completion; null = does not apply (left out of the group's statistics, and counted). May be asynchronous. */
export type RewardFunction = ((input: RewardInput) => (number | null)[] | Promise<(number | null)[]>) & {
  /** Called when the task is loaded, where there is one. @throws InputError where the reward cannot work on this machine */
  prepare?(): Promise<void>;
};
