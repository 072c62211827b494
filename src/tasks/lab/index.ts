// The task `lab`: countdown and chains, generated, judged exactly. Everything a first run needs is in here; no data is downloaded.
import { stream } from '../../algorithms/random.ts';
import { answerText, formatReward } from '../../rewards/format.ts';
import { checkCountdown, countdownAnswers } from '../countdownCheck.ts';
import { defineTask, type RewardFunction, type Task, type TaskRow } from '../task.ts';
import { type Chain, chainCanonical, chainPrompt, chainText, drawChain, heldOutChains } from './chains.ts';
import { type Countdown, countdownCanonical, countdownPrompt, drawCountdown, heldOutCountdowns } from './countdown.ts';
import { heldOutRank } from './heldOut.ts';
import { labReflectionWords } from './language.ts';

export interface LabMix {
  name: string;
  /** How often each domain is drawn, relative to the other; 0 leaves it out, of the held-out rows too. */
  countdown: number;
  chains: number;
}

const trainingRows = 20_000;
const heldOutRows = 512;

/** The lab as a task, with a mix of its domains. */
export function labTask({ name, countdown, chains }: LabMix): Task {
  return defineTask({
    name,
    load: ({ seed }) => ({ train: trainingSet(seed, countdown / (countdown + chains)), heldOut: heldOutSet(countdown > 0, chains > 0) }),
    rewards: { accuracy, format: formatReward },
    weights: { accuracy: 1, format: 0.2 },
    accuracy: 'accuracy',
    answers: countdownAnswers,
    reflectionWords: labReflectionWords,
  });
}

/** 1 where the text in the answer tags is right, exactly: countdown by `checkCountdown`, a chain's result as a plain number. */
const accuracy: RewardFunction = ({ completions, rows }) =>
  completions.map((completion, i) => {
    const answer = answerText(completion);
    if (answer === undefined) return 0;
    const row = rows[i];
    const right =
      row.domain === 'countdown' ? checkCountdown(answer, row.numbers as number[], row.target as number) : answer === String(row.result);
    return right ? 1 : 0;
  });

/** Different prompts, in random order; the same ones for the same seed. */
function trainingSet(seed: number, countdownShare: number): TaskRow[] {
  const random = stream(seed, 'lab', 'training problems');
  const rows = new Map<string, TaskRow>();
  const countdowns = Math.round(trainingRows * countdownShare);
  while (rows.size < countdowns) add(rows, countdownRow(drawCountdown(random)));
  while (rows.size < trainingRows) add(rows, chainRow(drawChain(random)));
  return random.shuffle([...rows.values()]);
}

/** The first 512 held-out problems of each domain, by the hash that holds them out. The same whatever the seed. */
function heldOutSet(withCountdown: boolean, withChains: boolean): TaskRow[] {
  const ranked: { rank: number; row: TaskRow }[] = [];
  if (withCountdown)
    for (const problem of heldOutCountdowns()) {
      const canonical = countdownCanonical(problem);
      // In training the numbers come in any order; so they do here.
      const numbers = stream(0, 'lab', 'held-out order', canonical).shuffle([...problem.numbers]) as Countdown['numbers'];
      ranked.push({ rank: heldOutRank(canonical), row: countdownRow({ numbers, target: problem.target }) });
    }
  ranked.sort((a, b) => a.rank - b.rank).splice(heldOutRows);
  if (withChains)
    for (const chain of heldOutChains(stream(0, 'lab', 'held-out chains'), heldOutRows))
      ranked.push({ rank: heldOutRank(chainCanonical(chain)), row: chainRow(chain) });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
}

function add(rows: Map<string, TaskRow>, row: TaskRow): void {
  rows.set(row.id, row);
}

function countdownRow(problem: Countdown): TaskRow {
  const { numbers, target } = problem;
  return { id: `countdown ${numbers.join(' ')} = ${target}`, prompt: countdownPrompt(problem), domain: 'countdown', numbers, target };
}

function chainRow(chain: Chain): TaskRow {
  return { id: `chain ${chainText(chain)}`, prompt: chainPrompt(chain), domain: 'chain', numbers: chain.numbers, result: chain.result };
}
