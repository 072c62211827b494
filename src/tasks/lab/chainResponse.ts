// How the corpus answers a chain: at once, or walking through its steps, sometimes slipping, sometimes noticing.
import type { Stream } from '../../algorithms/random.ts';
import { type Chain, walk } from './chains.ts';
import type { Step } from './countdown.ts';
import { type Language, speaker } from './language.ts';
import { respond } from './respond.ts';
import { maxNumber } from './vocabulary.ts';

const chainShares = {
  direct: 0.5,
  /** Of the direct answers. */
  wrong: 0.3,
  /** Of the walks: one step holds a wrong value. */
  slip: 0.25,
  /** Of the walks with a slip: mended at once (`wait , no , ...`); found by a second walk. */
  mended: 0.2,
  found: 0.35,
  /** Of the walks without: a second walk that agrees. */
  confirmed: 0.25,
};

export function chainResponse(chain: Chain, language: Language, tagged: boolean, random: Stream): string {
  const say = speaker(language, random);
  if (random.next() < chainShares.direct) {
    const wrong = random.next() < chainShares.wrong;
    return respond([], String(wrong ? nearMiss(chain.result, random) : chain.result), tagged, say('so'));
  }
  const steps = walk(chain.numbers, chain.operators);
  if (!steps) throw new Error(`the chain ${chain.numbers.join(' ')} has no walk`);
  if (random.next() >= chainShares.slip) {
    const thought = written(steps);
    if (random.next() < chainShares.confirmed) thought.push('.', say('check'), ...written(steps), ',', say('yes'));
    return respond([...thought, '.'], String(chain.result), tagged, say('so'));
  }
  // A slip may lead nowhere (a division that no longer goes up): then another one is drawn; one in the last step always does.
  for (;;) {
    const at = random.int(steps.length);
    const slipped = walk(chain.numbers, chain.operators, { at, by: nearMiss(steps[at].value, random) - steps[at].value });
    if (!slipped) continue;
    const u = random.next();
    if (u < chainShares.mended) {
      const thought = [...written(slipped.slice(0, at + 1)), ',', say('wait'), ',', say('no'), ',', ...written(steps.slice(at)), '.'];
      return respond(thought, String(chain.result), tagged, say('so'));
    }
    const thought = [...written(slipped), '.'];
    if (u >= chainShares.mended + chainShares.found) return respond(thought, String(slipped[slipped.length - 1].value), tagged, say('so'));
    thought.push(say('check'), ...written(steps.slice(0, at + 1)), ',', say('not'), String(slipped[at].value), ',');
    thought.push(random.next() < 0.5 ? say('wrong') : say('no'), '.');
    if (at + 1 < steps.length) thought.push(say('again'), ...written(steps.slice(at + 1)), '.');
    return respond(thought, String(chain.result), tagged, say('so'));
  }
}

function written(steps: readonly Step[]): string[] {
  return [steps.map(({ a, op, b, value }) => `${a} ${op} ${b} = ${value}`).join(' , ')];
}

/** Another value 0..400, as a slip makes it: mostly one or two off, sometimes ten. */
export function nearMiss(value: number, random: Stream): number {
  for (;;) {
    const by = [1, 1, 2, 3, 10][random.int(5)];
    const other = random.next() < 0.5 ? value - by : value + by;
    if (other >= 0 && other <= maxNumber) return other;
  }
}
