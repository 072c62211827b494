// A control: the lab's countdown with the accuracy reward dealt out at random within the batch. What rises under it has nothing to do
// with being right. A run with it must learn nothing:
//   npx thinkling run recipes/lab-r1-zero.yaml task=bench/shuffledRewards.ts name=control

import { stream } from '../src/algorithms/random.ts';
import { labTask } from '../src/tasks/lab/index.ts';
import { defineTask, type RewardFunction } from '../src/tasks/task.ts';

const lab = labTask({ name: 'lab-countdown', countdown: 1, chains: 0 });

/** Another reward's scores of the batch in an order that depends on the batch alone, so that a resumed run deals the same. */
const shuffled =
  (reward: RewardFunction): RewardFunction =>
  async (input) =>
    stream(0, 'shuffled', input.completions.join('\n')).shuffle([...(await reward(input))]);

export default defineTask({
  ...lab,
  name: 'lab-countdown-shuffled',
  rewards: { ...lab.rewards, shuffled_accuracy: shuffled(lab.rewards.accuracy), shuffled_format: shuffled(lab.rewards.format) },
  weights: { shuffled_accuracy: 1, shuffled_format: 0.2 },
});
