import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipe/recipe.ts';
import type { RlSettings } from '../../stages/settings.ts';
import { loadTask } from '../../tasks/registry.ts';
import { announcement, estimatedSeconds } from './announcement.ts';

const lab = (more = '', stages = ''): string => `
name: lab-r1-zero
model: lab:base
task: lab-countdown
stages:
  zero: { kind: rl, steps: 200, promptsPerStep: 16, groupSize: 8, maxTokens: 224${more} }
${stages}`;
const told = async (text: string, parameters?: number): Promise<string[]> =>
  announcement(parseRecipe(text, 'recipe.yaml'), {
    out: 'runs/lab-r1-zero',
    cores: 2,
    task: await loadTask('lab-countdown'),
    parameters,
    show: (path) => path,
  });

describe('the announcement of a run', () => {
  it('says in two lines the method, the rewards, the amount, the time and the place', async () => {
    const [first, second, ...more] = await told(lab(), 1_353_120);
    expect(first).toBe('R1-Zero on lab:base: GRPO, no SFT, no critic; rewards accuracy and format only, checked by rule.');
    expect(second).toMatch(/^200 steps of 16 prompts x 8 samples, about \d+ minutes on 2 cores; the run is kept in runs\/lab-r1-zero\.$/);
    expect(more).toEqual([]);
  });
  it('names the rewards that count and the method that it is', async () => {
    expect((await told(lab(', rewards: { format: 0 }')))[0]).toContain('GRPO, no SFT, no critic; reward accuracy only');
    expect((await told(lab(', advantages: dr_grpo')))[0]).toContain('Dr. GRPO');
    expect((await told(lab(', loss: gspo')))[0]).toContain('GSPO');
    expect((await told(lab(', dynamicSampling: { maxRounds: 3 }, aggregation: token')))[0]).toContain('DAPO');
  });
  it('says of SFT what is learnt from what', async () => {
    const sft = 'name: s\nmodel: lab:base\ndata: /d/chats.jsonl\nstages:\n  tune: { kind: sft, epochs: 3, lora: { rank: 8 } }\n';
    expect(await told(sft)).toEqual([
      'Supervised fine-tuning of lab:base on /d/chats.jsonl, by an adapter of rank 8; the loss falls on what the assistant writes alone.',
      '3 epochs, 32 sequences a step; the run is kept in runs/lab-r1-zero.',
    ]);
  });
  it('tells of the stages that come after', async () => {
    expect((await told(lab('', '  score: { kind: evaluate, model: $zero, maxTokens: 400 }')))[2]).toBe(
      'Then score: 16 samples of every held-out problem of lab-countdown.',
    );
  });
});

it('the estimate grows with the steps, the model and the limit, and falls with the cores', () => {
  const settings = parseRecipe(lab(), 'recipe.yaml').stages.zero as RlSettings;
  const usual = estimatedSeconds(settings, 1e6, 2);
  expect(estimatedSeconds(settings, 2e6, 2)).toBeCloseTo(2 * usual);
  expect(estimatedSeconds(settings, 1e6, 4)).toBeCloseTo(usual / 2);
  expect(estimatedSeconds({ ...settings, steps: 400 }, 1e6, 2)).toBeGreaterThan(1.5 * usual);
  const raised = {
    ...settings,
    maxTokens: [
      { from: 0, value: 224 },
      { from: 100, value: 448 },
    ],
  };
  expect(estimatedSeconds(raised, 1e6, 2)).toBeCloseTo(1.5 * usual);
});
