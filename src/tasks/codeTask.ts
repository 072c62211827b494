// What tasks of programs have in common: rows with a column `tests`, all of which a response must pass.
import { codeReward } from '../rewards/code/reward.ts';
import { reflectionWords } from './questions.ts';
import { defineTask, type Task } from './task.ts';

export function codeTask(name: string, load: Task['load']): Task {
  return defineTask({ name, load, rewards: { accuracy: codeReward() }, weights: { accuracy: 1 }, accuracy: 'accuracy', reflectionWords });
}
