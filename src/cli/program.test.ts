import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
