// The library: what `import { ... } from 'thinkling'` gives.

export { InputError } from './platform/errors.ts';
export { type RunOptions, type RunResult, run } from './recipe/run.ts';
export { choiceAccuracy, choiceAnswers } from './rewards/choice.ts';
export { codeProblem } from './rewards/code/layouts.ts';
export type { CodeProblem } from './rewards/code/problem.ts';
export { type CodeRewardOptions, codeReward } from './rewards/code/reward.ts';
export { formatReward } from './rewards/format.ts';
export { languageConsistency } from './rewards/language/consistency.ts';
export { lengthReward } from './rewards/length.ts';
export { mathAccuracy, mathAnswers } from './rewards/math/reward.ts';
export { type MathOptions, verifyMath } from './rewards/math/verify.ts';
export { repetitionPenalty } from './rewards/repetition.ts';
export { tagCountReward } from './rewards/tagCount.ts';
export { turnReward } from './rewards/turns.ts';
export type { Evaluation, EvaluationTable, RunEvent } from './stages/context.ts';
export { Interrupted, StageError } from './stages/context.ts';
export {
  type Answers,
  defineTask,
  type Environment,
  type LoadedTask,
  type Reply,
  type RewardFunction,
  type RewardInput,
  type Task,
  type TaskContext,
  type TaskRow,
  type Turn,
} from './tasks/task.ts';
