import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../stages/context.ts';
import type { RewardModelResult } from '../../stages/rewardModel.ts';
import { evaluation, runEvents, score } from '../../testing/runEvents.ts';
import { displayWidth, plainPaint } from '../terminal.ts';
import { beforeAndAfter, type EndingFacts, endingLines } from './ending.ts';
import { scoreTable } from './scoreTable.ts';
import { afterEvent, noEvents, type RunState } from './state.ts';

const facts: EndingFacts = {
  width: 80,
  paint: plainPaint,
  out: 'runs/lab-r1-zero',
  task: 'lab-countdown',
  made: ['/w/zero-60'],
  show: (path) => path.replace('/w/', 'runs/lab-r1-zero/checkpoints/'),
};
const played = (steps: number): RunState => [...runEvents(steps)].reduce((state, event) => afterEvent(state, event, 0), noEvents);

describe('the end of a run', () => {
  it('compares the first and the last look of the most samples, not a rough one between', () => {
    expect(beforeAndAfter(played(60).heldOut).map(({ step }) => step)).toEqual([0, 60]);
    expect(beforeAndAfter(played(60).heldOut.slice(0, 3)).map(({ step }) => step)).toEqual([0]);
  });

  it('has the table, the answers before and after, and what to try next', () => {
    const lines = endingLines(played(60), facts);
    const text = lines.join('\n');
    expect(text).toContain('zero: held-out problems\n16 samples a problem, temperature 1, top-p 1, at most 400 tokens\n');
    expect(text).toMatch(/before {8,}after step 60\n/);
    expect(text).toMatch(/pass@1 \[95% interval\] +0\.245 \[0\.20, 0\.28\] +0\.739 \[0\.70, 0\.78\] {2}x3\.0/);
    expect(text).toMatch(/pass@16 \[95% interval\] +0\.969 \[0\.89, 0\.99\] +0\.969/);
    expect(text).toMatch(/mean length, tokens +35\.1 +149 {2}x4\.3/);
    expect(text).toMatch(/reflection words +1\.80 +12\.6 {2}x7\.0\n {4}per 100 tokens +5\.13 +8\.44/);
    expect(text).toMatch(/truncated +2\.0% +18%/);
    expect(text).toMatch(/before: ✗ wrong\n.*\n[\s\S]*after step 60: ✓ right/);
    expect(text).toContain('runs/lab-r1-zero/checkpoints/zero-60');
    expect(text).toContain('npx thinkling sample runs/lab-r1-zero --raw "user : make 56 from 7 7 1 . assistant :"');
    expect(text).toContain('npx thinkling eval runs/lab-r1-zero --task lab-countdown');
    for (const line of lines.filter((l) => !l.includes('npx'))) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  it('has a table of several models, a line each, and says where the report is', () => {
    const table = {
      base: { lab: evaluation({ a: score(0.2) }) },
      'R1-Zero': { lab: evaluation({ a: score(0.6, { measures: { language: { value: 0.9, low: 0.8, high: 1 } } }) }) },
    };
    const state = afterEvent(noEvents, { type: 'table', stage: 'table', table }, 0);
    const text = endingLines(state, { ...facts, report: '/w/report.html', show: (path) => path.replace('/w/', 'runs/r1/') }).join('\n');
    expect(text).toMatch(/table: lab\n16 samples a problem.*\n +pass@1 \[95%\] +language truncated +length +problems +pass@16\n/);
    expect(text).toMatch(/\nbase +0\.200 \[0\.16, 0\.24\] +- .*\nR1-Zero +0\.600 \[0\.56, 0\.64\] +0\.900 /);
    expect(text).toMatch(/in a browser: runs\/r1\/report\.html$/);
  });

  it('tells of reward models and of the use of thinking, a line each, as wide as the terminal and no wider', () => {
    const figure = (value: number) => ({ value, low: value - 0.05, high: value + 0.05 });
    const models = {
      R1: { thinks: figure(0.9), itself: figure(0.7), again: figure(0.68), removed: figure(0.2), another: figure(0.1) },
      'tiny-distilled': { thinks: figure(0.05) },
    };
    const helpful: RewardModelResult = {
      objective: 'pairwise',
      sees: 'summary',
      ...{ trained: 900, heldOut: 101, lengthOnly: 0.52 },
      before: { accuracy: figure(0.5), loss: 0.69 },
      after: { accuracy: figure(0.812), loss: 0.4 },
    };
    const harmless: RewardModelResult = {
      objective: 'pointwise',
      sees: 'response',
      ...{ trained: 2000, heldOut: 1200 },
      ...{ before: { accuracy: figure(0.4), loss: 0.7 }, after: { accuracy: figure(0.95), loss: 0.1, auc: 0.987 } },
    };
    const events: RunEvent[] = [
      { type: 'rewardModel', stage: 'helpful', result: helpful },
      { type: 'rewardModel', stage: 'harmless', result: harmless },
      { type: 'thinking', stage: 'thinking', models },
    ];
    const state = events.reduce((before, event) => afterEvent(before, event, 0), noEvents);
    const wide = endingLines(state, { ...facts, width: 100 }).join('\n');
    expect(wide).toMatch(/on what was held out\n +accuracy \[95%\] +before +held out +by length +AUC\n/);
    expect(wide).toMatch(/\nhelpful +0\.812 \[0\.76, 0\.86\] +0\.500 +101 pairs +0\.520 +-\n/);
    expect(wide).toMatch(/\nharmless +0\.950 \[0\.90, 1\.00\] +0\.400 +1,200 labels +- +0\.987\n/);
    expect(wide).toMatch(/\nR1 +0\.700 \[0\.65, 0\.75\] +0\.200 \[0\.15, 0\.25\] +0\.100 \[0\.05, 0\.15\] +0\.680 \[0\.63, 0\.73\]/);
    expect(wide).toMatch(/\ntiny-distilled +- +- +- +-/);
    for (const width of [40, 60, 80])
      for (const line of endingLines(state, { ...facts, width, made: [] })) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('is short where nothing was measured: a run that was done already, a pretraining', () => {
    expect(endingLines(noEvents, { ...facts, task: undefined })).toEqual([
      '',
      'The trained model, in Hugging Face format: runs/lab-r1-zero/checkpoints/zero-60',
    ]);
    expect(endingLines(noEvents, { ...facts, made: [], out: 'my runs/x' })).toEqual(['', 'Everything is kept in "my runs/x"']);
  });
});

it('of a run that trained an adapter says that it is one, and how it becomes a model', () => {
  const lines = endingLines(noEvents, { ...facts, task: undefined, adapter: true });
  expect(lines[1]).toBe(
    'The trained adapter, in the format of peft: runs/lab-r1-zero/checkpoints/zero-60 (export merges it into its base)',
  );
  expect(lines.at(-1)).toBe('  npx thinkling export runs/lab-r1-zero merged');
});

describe('a table of scores', () => {
  it('leaves a dash where a domain or a pass@k was not measured', () => {
    const lines = scoreTable(
      [evaluation({ countdown: score(0.2) }), evaluation({ countdown: score(0.4, { passAtK: {} }), chain: score(0.5) })],
      ['before', 'after'],
      plainPaint,
    );
    expect(lines.find((line) => line.includes('pass@1 '))).toMatch(/0\.200 \[0\.16, 0\.24\] +-$/);
    expect(lines.filter((line) => /^(countdown|chain), 64 problems$/.test(line))).toHaveLength(2);
    expect(lines.findLast((line) => line.includes('pass@1 '))).toMatch(/ - +0\.500/);
  });

  it('says how many problems could not be judged', () => {
    expect(scoreTable([evaluation({ countdown: score(0.2, { problems: 61, unjudged: 3 }) })], [], plainPaint)[0]).toBe(
      'countdown, 61 problems, 3 more not judged',
    );
  });
});
