// The names of what belongs to a step of a stage: zero-100. Steps compare as numbers; a stage's name may hold dashes itself, and a dot
// before the part of it that is meant (students.small-100).

export function stepName(stage: string, step: number): string {
  return `${stage}-${step}`;
}

export function parseStepName(name: string): { stage: string; step: number } | undefined {
  const match = /^([A-Za-z][\w.-]*)-(0|[1-9]\d*)$/.exec(name);
  return match ? { stage: match[1], step: Number(match[2]) } : undefined;
}
