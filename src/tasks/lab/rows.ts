// The lab's problems as rows of a task.
import type { TaskRow } from '../task.ts';
import { type Chain, chainPrompt, chainText } from './chains.ts';
import { type Countdown, countdownPrompt } from './countdown.ts';

export function countdownRow(problem: Countdown): TaskRow {
  const { numbers, target } = problem;
  return {
    id: `countdown ${numbers.join(' ')} = ${target}`,
    prompt: countdownPrompt(problem),
    domain: 'countdown',
    language: 'en',
    numbers,
    target,
  };
}

export function chainRow(chain: Chain): TaskRow {
  return {
    id: `chain ${chainText(chain)}`,
    prompt: chainPrompt(chain),
    domain: 'chain',
    language: 'en',
    numbers: chain.numbers,
    result: chain.result,
  };
}
