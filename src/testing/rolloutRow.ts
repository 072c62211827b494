// A row of rollouts for tests of those who write and read them.

import type { RolloutRow } from '../tracking/rollouts.ts';

export const rolloutRow: RolloutRow = {
  prompt: 'p',
  sample: 0,
  text: 't',
  tokens: 1,
  rewards: {},
  reward: null,
  advantage: null,
  version: 0,
  stopReason: 'stop',
};
