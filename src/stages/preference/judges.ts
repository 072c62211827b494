// Who judges: the task itself, or a model behind an endpoint.

import { InputError } from '../../platform/errors.ts';
import { endpointHarm, endpointJudge } from '../../rewards/endpointJudge.ts';
import type { PreferenceJudge } from '../../rewards/preference.ts';
import type { TaskRow } from '../../rewards/reward.ts';
import type { Task } from '../../tasks/task.ts';
import { endpointOf } from '../curation/endpoint.ts';
import type { EndpointSettings } from '../settings/judge.ts';
import type { JudgeSettings } from '../settings.ts';

export interface Judges {
  judge: PreferenceJudge;
  /** Whether a response is safe (1) or not (0), null where that does not apply; absent where nobody is asked. */
  harm?: (row: TaskRow, response: string, seed: number) => number | null | Promise<number | null>;
  /** Pairs that are judged at a time. */
  atOnce: number;
}

/** @throws InputError where the task has no judge and no endpoint is named */
export function judgesOf({ judge, harm }: Pick<JudgeSettings, 'judge' | 'harm'>, stage: string, task: Task, signal: AbortSignal): Judges {
  if (judge === 'task' && task.judge === undefined)
    throw new InputError(
      `stage ${stage}: the task ${task.name} has no judge of preference: name an endpoint (stages.${stage}.judge: { url: http://localhost:8000/v1, model: NAME }), or a task that has one`,
    );
  const taskHarm = harm === 'task' ? task.harm : undefined;
  const endpoints = [judge, harm].filter((one): one is EndpointSettings => typeof one === 'object');
  return {
    judge:
      typeof judge === 'object'
        ? endpointJudge(endpointOf(judge, `stages.${stage}.judge`, signal), judge)
        : (task.judge as PreferenceJudge),
    harm:
      typeof harm === 'object'
        ? endpointHarm(endpointOf(harm, `stages.${stage}.harm`, signal), harm)
        : taskHarm && ((row, response) => taskHarm(row, response)),
    atOnce: Math.max(1, ...endpoints.map(({ concurrency }) => concurrency)),
  };
}
