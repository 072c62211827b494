// A partial credit for the think/answer format: a quarter for each of its four tags. The first steps of a model that does not know the format
// find this more easily than the whole of it (format.ts), which it cannot replace: it knows no order.
import type { RewardFunction } from './reward.ts';

const tags = ['<think>', '</think>', '<answer>', '</answer>'];

/**
 * 0.25 for each of `<think>`, `</think>`, `<answer>` and `</answer>` that stands in the response exactly once (open-r1's `tag_count_reward`, but
 * without the line breaks that that one wants around the tags, as `formatReward` wants none).
 */
export const tagCountReward: RewardFunction = ({ completions }) =>
  completions.map((completion) => tags.filter((tag) => completion.split(tag).length === 2).length / tags.length);
