import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Bytes } from '../testing/ggufBytes.ts';
import { exitStatus } from './failure.ts';
import { createProgram } from './program.ts';

let out = '';
let err = '';
const writeOut = (text: string): void => {
  out += text;
};
const writeErr = (text: string): void => {
  err += text;
};
const capture = (command: Command): Command => {
  command.configureOutput({ writeOut, writeErr });
  for (const sub of command.commands) capture(sub);
  return command;
};
async function typed(...words: string[]): Promise<number> {
  out = '';
  err = '';
  try {
    await capture(createProgram()).parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    return exitStatus(error, (line) => writeErr(`${line}\n`), {});
  }
}
afterEach(() => vi.restoreAllMocks());

describe('the command line', () => {
  it('has help with an example for every command', async () => {
    for (const command of createProgram().commands.map((c) => c.name())) {
      expect(await typed(command, '--help')).toBe(0);
      expect(out).toContain(`$ npx thinkling ${command}`);
    }
    expect(await typed('--help')).toBe(0);
    expect(out).toContain('Example');
    expect(await typed('--version')).toBe(0);
  });

  it('answers misspelt words with the right one, and exits with 2', async () => {
    expect(await typed('rum')).toBe(2);
    expect(err).toContain('Did you mean run?');
    expect(await typed('sample', 'lab:base', 'hi', '--temprature', '1')).toBe(2);
    expect(err).toContain('Did you mean --temperature?');
    expect(await typed('eval', 'lab:base')).toBe(2);
    expect(err).toContain("required option '--task <name>' not specified");
    expect(await typed('run')).toBe(2);
    expect(err).toContain("missing required argument 'recipe'");
  });

  it.each([
    ['sample', 'lab:base', 'hi', '-n', '0'],
    ['sample', 'lab:base', 'hi', '--temperature', '-1'],
    ['sample', 'lab:base', 'hi', '--seed', '1.5'],
    ['eval', 'lab:base', '--task', 'lab', '--top-p', '0'],
    ['eval', 'lab:base', '--task', 'lab', '--samples', 'many'],
  ])('refuses %s %s %s %s %s', async (...words) => {
    expect(await typed(...words)).toBe(2);
    expect(err).toMatch(/argument '.*' is invalid\. It must be/);
  });

  it('names what is not there', async () => {
    expect(await typed('run', 'none.yaml')).toBe(2);
    expect(err).toBe('thinkling: there is no recipe none.yaml\n');
    expect(await typed('sample', './none', 'hi')).toBe(2);
    expect(err).toContain('there is nothing at');
    expect(await typed('data', 'labb')).toBe(2);
    expect(err).toContain('did you mean "lab"');
    expect(await typed('data', 'lab', '--from', '99999')).toBe(2);
    expect(err).toContain('20000 prompts to train on');
  });

  it('refuses a recipe with a mistake before anything loads: status 2, its place in one message, no directory', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'thinkling-cli-'));
    const file = join(dir, 'r.yaml');
    const recipe = 'name: r\nmodel: lab:base\ntask: lab\nstages:\n  zero:\n    kind: rl\n    steps: 1\n    maxTokens: 8\n';
    const refused: [string, string[], RegExp][] = [
      [`${recipe}    lerningRate: 3e-4\n`, [], /r\.yaml:9:5: unknown key "lerningRate"; did you mean "learningRate"\?/],
      [`${recipe}    rowTokens: 64\n`, [], /r\.yaml:9:5: "rowTokens" is a setting of pretrain/],
      [`${recipe}    learningRate: "3e-4"\n`, [], /r\.yaml:9:19: .* take off the quotes/],
      [recipe, ['stages.zero.klBeta=x'], /override stages\.zero\.klBeta=x: unknown key "klBeta"; did you mean "beta"\?/],
      [`${recipe}  score: {kind`, [], /r\.yaml:\d+:\d+: this is not YAML/],
    ];
    for (const [text, overrides, message] of refused) {
      writeFileSync(file, text);
      expect(await typed('run', file, ...overrides, '--out', join(dir, 'out'))).toBe(2);
      expect(err).toMatch(message);
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(existsSync(join(dir, 'out'))).toBe(false);
    }
    rmSync(dir, { recursive: true });
  });

  it('says of a damaged model what is wrong with it, and lives: doctor, sample, eval', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'thinkling-cli-'));
    const gguf = join(dir, 'lying.gguf');
    writeFileSync(
      gguf,
      new Bytes()
        .raw(new TextEncoder().encode('GGUF'))
        .u32(3)
        .u64(0)
        .u64(1)
        .text('general.name', 1n << 47n)
        .done(),
    );
    for (const words of [
      ['doctor', gguf],
      ['sample', gguf, 'hi'],
      ['eval', gguf, '--task', 'lab'],
    ]) {
      expect(await typed(...words)).toBe(2);
      expect(err).toMatch(/lying\.gguf: .*name of metadata key 1 is 140737488355328/);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
    rmSync(dir, { recursive: true });
  });

  it('shows prompts as JSON', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await typed('data', 'lab-countdown', '-n', '2', '--json')).toBe(0);
    const rows = write.mock.calls.map(([line]) => JSON.parse(String(line)) as { prompt: string });
    expect(rows.map(({ prompt }) => /^user : make \d+ from/.test(prompt))).toEqual([true, true]);
  });

  it('is an error of commander for usage alone', async () => {
    await expect(capture(createProgram()).parseAsync(['run', 'none.yaml'], { from: 'user' })).rejects.not.toBeInstanceOf(CommanderError);
  });
});

it('loads nothing heavy before a command runs, so that --help answers at once', () => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, names, specifier] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(.*? from )?'([^']+)';/gms)) {
      // `import { type A, type B }` is gone when it runs.
      if (names !== undefined && /^\{(\s*type \w+,?)+\s*\} from $/.test(names)) continue;
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  expect(existsSync(main)).toBe(true);
  visit(main);
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['commander']);
  expect([...seen].filter((file) => /\/src\/(engine|graph|models|formats|tasks|tracking|recipe)\//.test(file))).toEqual([]);
  expect(seen.size).toBeGreaterThan(8);
});
