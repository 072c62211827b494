import { describe, expect, it } from 'vitest';
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
