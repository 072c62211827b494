// thinkling eval against a server of OpenAI's API and on files, as a user types it; what it prints.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chatAnswer, type OpenaiServer, type ServedAnswer, type ServedRequest, startOpenai } from '../../testing/openaiServer.ts';
import { exitStatus } from '../failure.ts';
import { createProgram } from '../program.ts';

let dir: string;
let server: OpenaiServer | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'thinkling-eval-'));
  vi.stubEnv('OPENAI_API_KEY', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
  rmSync(dir, { recursive: true });
});

async function evaluated(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const [out, err] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  const listeners = process.listeners('SIGINT');
  let status = 0;
  let said = '';
  try {
    await createProgram().parseAsync(['eval', ...words], { from: 'user' });
  } catch (error) {
    status = exitStatus(error, (line) => {
      said += `${line}\n`;
    });
  } finally {
    for (const listener of process.listeners('SIGINT')) if (!listeners.includes(listener)) process.off('SIGINT', listener);
  }
  const written = (spy: typeof out): string => spy.mock.calls.map(([text]) => String(text)).join('');
  const result = { status, out: written(out), err: written(err) + said };
  out.mockRestore();
  err.mockRestore();
  return result;
}

const problems = [
  ['What is 1/4 + 1/4?', '0.5'],
  ['What is 2 + 3?', '5'],
  ['What is 7 - 9?', '-2'],
];
const data = (): string => {
  const file = join(dir, 'aime24.jsonl');
  writeFileSync(file, problems.map(([problem, answer]) => `${JSON.stringify({ problem, answer })}\n`).join(''));
  return file;
};
/** Knows every answer; of two samples of the first problem each has a form of its own. */
const knowing = (request: ServedRequest, number: number): ServedAnswer => {
  const question = request.body.messages[0].content as string;
  const index = problems.findIndex(([problem]) => question.startsWith(problem));
  const answer = index === 0 ? ['\\frac12', '0.5'][number % 2] : problems[index][1];
  return chatAnswer(`So it is \\boxed{${answer}}.`, { reasoning: 'Let me see.', tokens: 20 + index });
};
const ofServer = (): string[] => ['--endpoint', server?.url ?? '', '--endpoint-model', 'm', '--task', 'aime24', '--data', data()];

describe('thinkling eval', () => {
  it('measures a server, keeps its samples, and does not ask for them again', async () => {
    server = await startOpenai(knowing);
    const words = [...ofServer(), '--samples', '2', '--k', '2,4', '--out', join(dir, 'e')];
    const first = await evaluated(...words);
    expect(first).toMatchObject({ status: 0 });
    expect(first.out).toMatch(
      /^m at http:\S+\/v1 on aime24: 2 samples a problem, temperature 0\.6, top-p 0\.95, at most 32768 tokens\naime24, 3 problems\n/,
    );
    expect(first.out).toMatch(/pass@1 \[95% interval\] +1\.000 \[0\.44, 1\.00\]\n/);
    expect(first.out).toMatch(/cons@2 \[95% interval\] +1\.000/);
    expect(first.out).toMatch(/mean length, tokens +21\.0 ± 1\.13\n/);
    expect(first.out).toMatch(/responses that think +100%\n/);
    expect(first.out).toContain('pass@4 is not told: it takes 4 samples of each problem, and there are 2\n');
    expect(server.requests).toHaveLength(6);
    const samples = readFileSync(join(dir, 'e', 'details.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(samples.find(({ problem }) => problem === 'aime24/1')).toMatchObject({
      completion: '<think>Let me see.</think>So it is \\boxed{5}.',
      tokens: 21,
      answer: '5',
      correct: 1,
      class: 0,
    });

    expect((await evaluated(...words)).out).toBe(first.out);
    expect(server.requests).toHaveLength(6);
    const other = await evaluated(...words, '--seed', '1');
    expect([other.status, other.err]).toEqual([2, expect.stringMatching(/another seed: 0, and here it is 1/)]);
    const elsewhere = await evaluated(...words.map((word) => (word === 'm' ? 'm2' : word)));
    expect([elsewhere.status, elsewhere.err]).toEqual([2, expect.stringMatching(/another model: m, and here it is m2/)]);

    expect(JSON.parse(readFileSync(join(dir, 'e', 'results.json'), 'utf8'))).toEqual(JSON.parse((await evaluated(...words, '--json')).out));

    // What was kept can be judged as stored completions.
    const stored = await evaluated('--completions', join(dir, 'e', 'details.jsonl'), '--task', 'aime24', '--data', data(), '--json');
    expect(JSON.parse(stored.out)).toMatchObject({
      task: 'aime24',
      problems: 3,
      samples: 2,
      byDomain: { aime24: { passAtK: { 1: { value: 1 } }, consAtK: { 2: { value: 1 } }, meanLength: 21, truncatedShare: 0 } },
    });
  });

  it('goes on where the server went away: what was done is kept', async () => {
    server = await startOpenai((request, number) =>
      number < 3 ? knowing(request, number) : { status: 500, headers: { 'retry-after': '0' }, body: 'gone' },
    );
    const words = (): string[] => [...ofServer(), '--samples', '1', '--concurrency', '1', '--json', '--out', join(dir, 'e')];
    problems.push(['What is 2 x 3?', '6'], ['What is 2 x 5?', '10']);
    try {
      const first = await evaluated(...words());
      expect([first.status, first.out]).toEqual([1, '']);
      expect(first.err).toMatch(/answered 500: gone, 7 times/);
      const port = Number(new URL(server.url).port);
      await server.close();
      server = await startOpenai(knowing, port);
      const second = await evaluated(...words());
      expect(JSON.parse(second.out)).toMatchObject({ problems: 5, byDomain: { aime24: { passAtK: { 1: { value: 1 } } } } });
      expect(server.requests.length).toBe(2);
    } finally {
      problems.splice(3);
    }
  });

  it('sends the key of the variable that is named, and says where it is missing', async () => {
    server = await startOpenai(knowing);
    vi.stubEnv('MY_KEY', 'secret');
    await evaluated(...ofServer(), '--samples', '1', '--limit', '1', '--key-env', 'MY_KEY');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret']);
    vi.stubEnv('MY_KEY', '');
    const missing = await evaluated(...ofServer(), '--key-env', 'MY_KEY');
    expect([missing.status, missing.err]).toEqual([2, expect.stringMatching(/--key-env MY_KEY: the environment has no such variable/)]);
  });

  it.each<[string[], RegExp]>([
    [['--task', 'lab'], /give one thing to measure: a MODEL, --endpoint URL .*, or --completions FILE$/m],
    [['lab:base', '--task', 'lab', '--completions', 'x.jsonl'], /here are a model and --completions/],
    [['--endpoint', 'http://x', '--completions', 'x.jsonl', '--task', 'lab'], /here are --endpoint and --completions/],
    [['--endpoint', 'http://x', '--task', 'lab'], /name the model, too: --endpoint-model NAME/],
    [['lab:base', '--task', 'lab', '--key-env', 'K'], /--key-env is of an endpoint/],
    [['--completions', 'x.jsonl', '--task', 'lab', '--samples', '2'], /--samples has no effect on --completions/],
    [['--completions', 'x.jsonl', '--task', 'lab'], /there is no file x\.jsonl/],
    [['lab:base', '--task', 'lab', '--temperature', '0', '--samples', '2'], /--samples must be 1 where --temperature is 0/],
    [['lab:base', '--task', 'aime2'], /there is no task "aime2"; did you mean "aime24"\?/],
    [['lab:base', '--task', 'math500', '--data', 'none.jsonl'], /there is nothing at none\.jsonl/],
  ])('refuses %j', async (words, message) => {
    const { status, err } = await evaluated(...words);
    expect([status, err]).toEqual([2, expect.stringMatching(message)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});
