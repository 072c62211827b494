// The format reward of DeepSeek-R1: think and answer tags in place. And what the other rewards need of the same structure: the part
// of a response after its thought, and the answer's text.
import type { Answers, RewardFunction } from './reward.ts';

const shape = /^\s*<think>([\s\S]*)<\/think>\s*<answer>([\s\S]*)<\/answer>\s*$/;
const anyTag = /<\/?(?:think|answer)>/g;

/**
 * Whether the response is one thought and one answer, neither blank, each tag exactly once, and nothing outside of them.
 * A `<think>` that the prompt prefilled belongs to the completion (see RewardInput), so it counts.
 */
export function isThinkAnswer(completion: string): boolean {
  // Counted first: over many tags the pattern would go back and forth for long.
  if (completion.match(anyTag)?.length !== 4) return false;
  const match = shape.exec(completion);
  return match !== null && match[1].trim() !== '' && match[2].trim() !== '';
}

/** 1 where the response has the think/answer format, else 0. */
export const formatReward: RewardFunction = ({ completions }) => completions.map((completion) => (isThinkAnswer(completion) ? 1 : 0));

/** What follows the thought; everything where there is none. Undefined where a thought was begun and not ended: there is no answer yet. */
export function afterThought(completion: string): string | undefined {
  const end = completion.lastIndexOf('</think>');
  const begin = completion.lastIndexOf('<think>');
  if (begin > end) return undefined;
  return end < 0 ? completion : completion.slice(end + '</think>'.length);
}

/** The text within the last `<answer> </answer>` after the thought, trimmed; undefined where there is none. */
export function answerText(completion: string): string | undefined {
  const rest = afterThought(completion);
  const end = rest?.lastIndexOf('</answer>') ?? -1;
  const begin = end < 0 ? -1 : rest!.lastIndexOf('<answer>', end);
  return begin < 0 ? undefined : rest!.slice(begin + '<answer>'.length, end).trim();
}

/** What is thought: from `<think>` to the last `</think>`, or to the end where it is not ended; everything where there is no such tag. */
export function thoughtText(completion: string): string {
  const begin = completion.indexOf('<think>');
  const end = completion.lastIndexOf('</think>');
  if (begin < 0 && end < 0) return completion;
  return completion.slice(begin < 0 ? 0 : begin + '<think>'.length, end > begin ? end : undefined);
}

/** The text in the answer tags, without its spaces. */
export const taggedAnswers: Answers = { of: (completion) => answerText(completion)?.replace(/\s+/g, '') || null };
