// What DeepSeek-R1's paper prints of its stages, to stand beside a run's own table: arXiv 2501.12948 v2, table 3; the base and cons@64 from v1, table 2.

/** Percent; in the order of the stages. */
export const paperColumns = ['AIME 2024', 'AIME 2024 cons@64', 'MATH-500', 'LiveCodeBench', 'IF-Eval', 'AlpacaEval 2'];

export const paperRows: Record<string, readonly (number | undefined)[]> = {
  base: [15.6],
  'R1-Zero': [77.9, 86.7, 95.9, 50.0, 46.6, 24.7],
  Dev1: [59.0, undefined, 94.2, 57.5, 71.7, 50.1],
  Dev2: [74.0, undefined, 95.9, 63.5, 72.0, 55.8],
  Dev3: [78.1, undefined, 95.4, 64.6, 78.1, 62.1],
  R1: [79.8, undefined, 97.3, 65.9, 83.3, 87.6],
};
