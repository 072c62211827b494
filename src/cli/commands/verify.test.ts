import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { verifyCommand } from './verify.ts';

const dir = mkdtempSync(join(tmpdir(), 'thinkling-verify-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function verified(rows: readonly (object | string)[], ...flags: string[]): Promise<string> {
  const file = join(dir, 'cases.jsonl');
  writeFileSync(file, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await verifyCommand().parseAsync(['math', file, ...flags], { from: 'user' });
  const written = write.mock.calls.map(([text]) => String(text)).join('');
  write.mockRestore();
  return written;
}

const cases = [
  { gold: '\\frac12', pred: 'So it is \\boxed{0.5}.', expected: true },
  { gold: '3', pred: '\\boxed{4}', expected: false, id: 'R1' },
  { gold: '(see the figure)', pred: '\\boxed{5}', expected: false },
  { gold: '\\frac13', pred: '0.33', expected: true },
  { gold: '\\frac13', pred: '0.33', expected: true, options: { precision: 2, match_types: ['latex'] } },
  '{"gold": 90071992547409931, "pred": 90071992547409930, "expected": false}',
  { gold: '7', pred: '7' },
];

describe('thinkling verify math', () => {
  it('prints the counts as JSON, with exactly these fields', async () => {
    const counts = JSON.parse(await verified(cases, '--json'));
    expect(counts).toEqual({
      total: 7,
      agree: 5,
      falsePositives: 0,
      falseNegatives: 1,
      unparsedGolds: 1,
      perSecond: expect.any(Number),
    });
    expect(counts.perSecond).toBeGreaterThan(0);
  });

  it('lists the cases that disagree where it is asked to, with their place', async () => {
    const { disagreements } = JSON.parse(await verified(cases, '--json', '--details'));
    expect(disagreements).toEqual([{ place: join(dir, 'cases.jsonl:4'), gold: '\\frac13', pred: '0.33', expected: true, verdict: false }]);
    const text = await verified(cases, '--details');
    expect(text).toContain('7 cases');
    expect(text).toMatch(/false negatives +1 /);
    expect(text).toMatch(/no verdict +1 /);
    expect(text).toContain(`${join(dir, 'cases.jsonl:4')}: judged false, expected true`);
    expect(text).toContain('gold: \\frac13');
    expect(await verified(cases)).not.toContain('judged false');
  });

  it.each<[object | string, RegExp]>([
    [{ pred: '5' }, /:2: "gold" is missing/],
    [{ gold: '5' }, /:2: "pred" is missing/],
    [{ gold: ['5'], pred: '5' }, /:2: "gold" must be text or a number/],
    [{ gold: '5', pred: '5', expected: 'yes' }, /:2: "expected" must be true or false/],
    [{ gold: '5', pred: '5', options: { precison: 6 } }, /:2: options: there is no option "precison"; did you mean "precision"/],
    [{ gold: '5', pred: '5', options: { precision: 1.5 } }, /:2: options\.precision must be a whole number/],
    ['{"gold": 5', /:2: not valid JSON/],
    ['[1]', /:2: expected a JSON object/],
  ])('refuses the row %j by its line, and judges none', async (row, message) => {
    await expect(verified([cases[0], row], '--json')).rejects.toThrow(message);
  });

  it('refuses a file that is missing or has no cases', async () => {
    await expect(verified([])).rejects.toThrow(/there are no rows in it/);
    await expect(verifyCommand().parseAsync(['math', join(dir, 'none.jsonl')], { from: 'user' })).rejects.toThrow(/there is no file/);
  });
});
