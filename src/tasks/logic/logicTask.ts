// A kind of puzzle at a level as a task: prompts made by the seed, a fixed held-out set, accuracy by the puzzle's verifier.
import { deriveSeed, type Stream, stream } from '../../algorithms/random.ts';
import { finalTexts } from '../../rewards/finalText.ts';
import { formatReward } from '../../rewards/format.ts';
import { isHeldOut } from '../lab/heldOut.ts';
import { defineTask, type Task, type TaskRow } from '../task.ts';
import { longestAnswer, type Puzzle, type PuzzleKind } from './puzzle.ts';

const trainingRows = 1000;
const heldOutRows = 100;

/**
 * The task `kind-level`. A hash of the puzzle's canonical form holds it out, so no seed trains on what another measures; the held-out
 * puzzles are the same whatever the seed. Rows bring `question`, `answer` (the right one, in an accepted form) and `puzzle`.
 */
export function logicTask<P extends Puzzle>(kind: PuzzleKind<P>, level: number): Task {
  const name = `${kind.name}-${level}`;
  const rows = (random: Stream, count: number, heldOut: boolean): TaskRow[] => {
    const found = new Map<string, TaskRow>();
    while (found.size < count) {
      const puzzle = kind.draw(level, random);
      if (isHeldOut(puzzle.canonical) === heldOut) found.set(puzzle.canonical, row(name, kind, puzzle));
    }
    return [...found.values()];
  };
  return defineTask({
    name,
    load: ({ seed }) => ({
      train: rows(stream(seed, name, 'training'), trainingRows, false),
      heldOut: rows(stream(0, name, 'held out'), heldOutRows, true),
    }),
    rewards: {
      accuracy: ({ completions, rows }) => completions.map((completion, i) => Number(isRight(kind, completion, rows[i].puzzle as P))),
      format: formatReward,
    },
    weights: { accuracy: 1, format: 0.2 },
    accuracy: 'accuracy',
    answers: { of: (completion, row) => answerOf(kind, completion, row.puzzle as P), same: kind.same },
  });
}

/** Whether the response's final text is the puzzle's right answer. */
function isRight<P extends Puzzle>(kind: PuzzleKind<P>, completion: string, puzzle: P): boolean {
  return kind.check(readingsOf(completion), puzzle);
}

/** What the response votes for. */
function answerOf<P extends Puzzle>(kind: PuzzleKind<P>, completion: string, puzzle: P): string | null {
  const readings = readingsOf(completion);
  if (kind.answer) return kind.answer(readings, puzzle) || null;
  return (
    readings[0]
      ?.toLowerCase()
      .replace(/[\s,;:|]+/g, ' ')
      .trim() || null
  );
}

function readingsOf(completion: string): string[] {
  return finalTexts(completion).filter((text) => text.length <= longestAnswer);
}

function row<P extends Puzzle>(name: string, kind: PuzzleKind<P>, puzzle: P): TaskRow {
  const { canonical, question, answer } = puzzle;
  const instruction = `Think first, within <think> </think>. Then give the answer within <answer> </answer>: ${kind.form}`;
  return {
    id: `${name} ${deriveSeed(0, name, canonical).toString(36)}`,
    prompt: [{ role: 'user', content: `${question}\n\n${instruction}` }],
    domain: name,
    question,
    answer,
    puzzle,
  };
}
