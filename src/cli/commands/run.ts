// thinkling run: a recipe, from its start or from where it was stopped, shown while it happens.

import { Command } from 'commander';
import { Stopped } from '../failure.ts';
import type { Screen } from '../live/screen.ts';
import { isInteractive, paintFor, widthOf, wrap } from '../terminal.ts';

interface RunFlags {
  out?: string;
  from?: string[];
  plain?: boolean;
  json?: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description('Run a recipe. The same command again goes on where it was stopped.')
    .argument('<recipe>', 'a recipe, a .yaml file')
    .argument('[overrides...]', 'path.to.field=value: changes one field of the recipe')
    .option('--out <dir>', "the run's directory (default: runs/<name of the recipe>)")
    .option(
      '--from <stage>',
      'do this stage anew, and all that depends on it: what they made is replaced (may be given several times)',
      several,
    )
    .option('--plain', 'plain lines, also on a terminal')
    .option('--json', 'every event as a JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling run recipes/lab-r1-zero.yaml
  $ npx thinkling run recipes/lab-r1-zero.yaml stages.zero.steps=50 seed=2 --out runs/short
  $ npx thinkling run recipes/gsm8k.yaml model=models/SmolLM2-135M-Instruct.Q4_1.gguf data=gsm8k_train.jsonl`,
    )
    .action(run);
}

function several(stage: string, before: string[] = []): string[] {
  return [...before, stage];
}

async function run(file: string, overrides: string[], flags: RunFlags): Promise<void> {
  const { loadRecipe } = await import('../../recipe/recipe.ts');
  const { runRecipe } = await import('../../recipe/run.ts');
  const { Interrupted } = await import('../../stages/context.ts');
  const { shownPath } = await import('../paths.ts');
  const { announcement } = await import('../live/announcement.ts');
  const { afterEvent, noEvents, withHistory } = await import('../live/state.ts');
  const { endingLines } = await import('../live/ending.ts');
  const { historyOf } = await import('../live/history.ts');
  const { planFacts } = await import('../live/planFacts.ts');
  const { isAdapter } = await import('../../formats/lora.ts');

  const recipe = await loadRecipe(file, overrides);
  const out = flags.out ?? `runs/${recipe.name}`;
  const intro = announcement(recipe, await planFacts(recipe, out));
  const { stdout } = process;
  const paint = paintFor(stdout);
  const width = Math.min(widthOf(stdout), 110);
  const now = (): number => performance.now();
  const screen = await openScreen(flags, now);

  const abort = new AbortController();
  let state = noEvents;
  let closed = false;
  const close = (): void => {
    if (!closed) screen.close();
    closed = true;
  };
  const unwatch = onStopSignals(() => {
    screen.stopping();
    abort.abort();
  }, close);
  screen.say([...intro.flatMap((line) => wrap(line, width - 1)), '']);
  try {
    const result = await runRecipe(recipe, {
      out,
      from: flags.from,
      signal: abort.signal,
      report(event) {
        const at = now();
        state = afterEvent(state, event, at);
        if (event.type === 'stageStart' && event.doneSteps > 0) state = withHistory(state, historyOf(out, event.stage));
        screen.show(event, state, at);
      },
    });
    close();
    if (flags.json) stdout.write(`${JSON.stringify({ type: 'end', ...result })}\n`);
    else {
      const made = Object.values(result.checkpoints);
      const lines = endingLines(state, {
        width,
        paint,
        out,
        task: recipe.task && shownPath(recipe.task),
        data: recipe.data && shownPath(recipe.data),
        made,
        adapter: made.length > 0 && (await isAdapter(made[made.length - 1])),
        report: result.report,
        show: shownPath,
      });
      stdout.write(`${lines.join('\n')}\n`);
    }
  } catch (error) {
    close();
    if (!(error instanceof Interrupted)) throw error;
    const message = `${error.message}. To go on: ${sameCommand()}`;
    if (flags.json) process.stderr.write(`${message}\n`);
    else stdout.write(`${message}\n`);
    throw new Stopped();
  } finally {
    unwatch();
  }
}

async function openScreen(flags: RunFlags, now: () => number): Promise<Screen> {
  const { stdout } = process;
  const { jsonScreen, plainScreen } = await import('../live/screen.ts');
  if (flags.json) return jsonScreen(stdout);
  if (flags.plain || !isInteractive(stdout)) return plainScreen(stdout);
  const { liveScreen } = await import('../live/view.tsx');
  return liveScreen(stdout, paintFor(stdout), now);
}

/** Of one Ctrl-C the program may hear twice: `npm start` passes on what the terminal has sent already. */
const sameSignalMs = 500;

/** The first signal stops in good order, the next one at once. Returns the end of watching. */
function onStopSignals(stop: () => void, leaveAtOnce: () => void): () => void {
  let first: number | undefined;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const heard = (signal: NodeJS.Signals): void => {
    const at = performance.now();
    if (first === undefined) {
      first = at;
      stop();
    } else if (at - first > sameSignalMs) {
      leaveAtOnce();
      // Not process.exit: that would end the engine's thread in the midst of its native work, which ends in a crash report.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  };
  for (const signal of signals) process.on(signal, heard);
  return () => {
    for (const signal of signals) process.off(signal, heard);
  };
}

/** What the user typed, but for `--from`: it would begin the stage once more. */
function sameCommand(): string {
  const given = process.argv.slice(2);
  const kept = given.filter((word, i) => !/^--from(=|$)/.test(word) && given[i - 1] !== '--from');
  const words = kept.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  // npm start is `thinkling run RECIPE`, and what the user adds.
  if (process.env.npm_lifecycle_event === 'start') return ['npm start', ...(words.length > 2 ? ['--', ...words.slice(2)] : [])].join(' ');
  return `npx thinkling ${words.join(' ')}`;
}
