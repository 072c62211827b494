// The logic tasks by name: each kind of puzzle at each of its levels, `knights-knaves-1` to `logical-deduction-5`.
import type { Task } from '../task.ts';
import { countdownLevels } from './countdownLevels.ts';
import { knightsKnaves } from './knightsKnaves.ts';
import { logicalDeduction } from './logicalDeduction.ts';
import { logicTask } from './logicTask.ts';
import { levels, type Puzzle, type PuzzleKind } from './puzzle.ts';
import { sudoku } from './sudoku.ts';
import { zebra } from './zebra.ts';

export const logicTasks: Record<string, () => Task> = {
  ...byLevel(knightsKnaves),
  ...byLevel(zebra),
  ...byLevel(sudoku),
  ...byLevel(countdownLevels),
  ...byLevel(logicalDeduction),
};

function byLevel<P extends Puzzle>(kind: PuzzleKind<P>): Record<string, () => Task> {
  return Object.fromEntries(Array.from({ length: levels }, (_, i) => [`${kind.name}-${i + 1}`, () => logicTask(kind, i + 1)]));
}
