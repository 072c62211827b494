// The live view on a terminal: Ink keeps a panel (panel.ts) at the bottom and redraws it; what is said once
// (warnings, stages that ended) stays above it. Loaded only where there is a terminal, for Ink and React take their time to load.

import { render, Static, Text } from 'ink';
import type { RunEvent } from '../../stages/context.ts';
import { type Paint, printable, widthOf, wrap } from '../terminal.ts';
import { type Mood, panelLines } from './panel.ts';
import type { Screen } from './screen.ts';
import { noEvents } from './state.ts';

function View({ above, panel }: { above: readonly string[]; panel: readonly string[] }) {
  return (
    <>
      <Static items={[...above]}>{(line, index) => <Text key={index}>{line === '' ? ' ' : line}</Text>}</Static>
      <Text wrap="truncate-end">{panel.join('\n')}</Text>
    </>
  );
}

/** @param now milliseconds of the clock that the events are timed with */
export function liveScreen(stdout: NodeJS.WriteStream, paint: Paint, now: () => number): Screen {
  const above: string[] = [];
  let state = noEvents;
  let mood: Mood = 'running';
  const element = () => (
    <View above={[...above]} panel={panelLines(state, { columns: widthOf(stdout), rows: stdout.rows || 24 }, paint, now(), mood)} />
  );
  // exitOnCtrlC is about raw input, which is not used here: Ctrl-C comes as a signal, to the command.
  const ink = render(element(), { stdout, exitOnCtrlC: false });
  const draw = (): void => ink.rerender(element());
  const clock = setInterval(draw, 1000);
  clock.unref();
  stdout.on('resize', draw);
  return {
    say(lines) {
      above.push(...lines);
      draw();
    },
    show(event, after) {
      state = after;
      above.push(...lastingLines(event, widthOf(stdout) - 1, paint));
      draw();
    },
    stopping() {
      mood = 'stopping';
      draw();
    },
    close() {
      clearInterval(clock);
      stdout.off('resize', draw);
      mood = 'over';
      draw();
      ink.unmount();
    },
  };
}

/** What of an event stays on the screen when the panel has moved on. */
function lastingLines(event: RunEvent, width: number, paint: Paint): string[] {
  switch (event.type) {
    case 'warning':
      return wrap(`warning: ${printable(event.message)}`, width, '  ').map((line) => paint('yellow', line));
    case 'note':
      return wrap(printable(event.message), width, '  ').map((line) => paint('dim', line));
    case 'stageStart':
      return event.doneSteps > 0 ? [`${event.stage}: going on after step ${event.doneSteps} of ${event.steps}`] : [];
    default:
      return [];
  }
}
