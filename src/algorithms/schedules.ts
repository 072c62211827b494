// Values that change with the step: the learning rate, and the length limit that R1-Zero raised at step 8,200.
// Steps count from 0; a value depends on the step alone, so a resumed run has the same one.

export interface LearningRate {
  peak: number;
  /** `constant`: the peak once warm. `cosine`: half a cosine from the peak to `final`, reached by the last step. */
  schedule: 'constant' | 'cosine';
  /** Only with cosine. */
  final?: number;
  /** Steps of linear warm-up; the first step already has peak / warmup, never 0. */
  warmup: number;
}

/** The learning rate of update `step` (from 0) of `steps`. */
export function learningRateAt(step: number, steps: number, rate: LearningRate): number {
  if (step < rate.warmup) return (rate.peak * (step + 1)) / rate.warmup;
  if (rate.schedule === 'constant') return rate.peak;
  const final = rate.final ?? 0;
  const last = steps - 1 - rate.warmup;
  const progress = last <= 0 ? 0 : Math.min(1, (step - rate.warmup) / last);
  return final + ((rate.peak - final) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** Holds `value` from step `from` on, until the next entry. */
export interface ScheduleEntry {
  from: number;
  value: number;
}

/** The value of a schedule at `step`: a plain number, or entries of ascending `from`, the first 0. */
export function scheduledValue(schedule: number | readonly ScheduleEntry[], step: number): number {
  if (typeof schedule === 'number') return schedule;
  let value: number | undefined;
  for (const entry of schedule) if (entry.from <= step) value = entry.value;
  if (value === undefined) throw new RangeError(`the schedule has no value at step ${step}: its first entry must be from 0`);
  return value;
}
