// The names of what belongs to a step of a stage: zero-100. Steps compare as numbers; a stage's name may hold dashes itself. What a stage
// keeps of one of several models bears the model's name, too: students.small-100.

export function stepName(stage: string, step: number): string {
  return `${stage}-${step}`;
}

export function parseStepName(name: string): { stage: string; step: number } | undefined {
  const match = /^([A-Za-z][\w-]*(?:\.[\w-]+)*)-(0|[1-9]\d*)$/.exec(name);
  return match ? { stage: match[1], step: Number(match[2]) } : undefined;
}

/** Under what name a stage keeps what belongs to one of several models: in checkpoints, metrics and rollouts. */
export function partName(stage: string, part: string): string {
  return `${stage}.${part}`;
}

/** The stage that `name` is, or is a part of. */
export function stageOfPart(name: string): string {
  return name.split('.')[0];
}

/** Whether `name` is the stage's or one of its parts'. */
export function isOfStage(name: string, stage: string): boolean {
  return name === stage || name.startsWith(`${stage}.`);
}
