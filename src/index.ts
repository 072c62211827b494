// The library: what `import { ... } from 'thinkling'` gives.

export { InputError } from './platform/errors.ts';
export {
  defineTask,
  type LoadedTask,
  type RewardFunction,
  type RewardInput,
  type Task,
  type TaskContext,
  type TaskRow,
} from './tasks/task.ts';
export { type RunOptions, type RunResult, run } from './recipe/run.ts';
