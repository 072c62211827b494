// Tables of what stages came to that are no evaluations: whether models use their thinking, and reward models on what was held out.
import type { Figure } from '../stages/context.ts';
import type { RewardModelMeasure, RewardModelResult } from '../stages/rewardModel.ts';
import type { ThinkingScores } from '../stages/thinkingTest.ts';
import { figureCell } from './figureCell.ts';
import { type Html, html } from './html.ts';
import { hundredths, plain, thousands } from './numbers.ts';
import { recordOf } from './runFiles.ts';

/** Undefined where the result is none of a thinking test. */
export function thinkingTable(stage: string, result: unknown): Html | undefined {
  const models = Object.entries(recordOf(result));
  if (models.length === 0 || !models.every(([, scores]) => isThinking(scores))) return undefined;
  const columns: [head: string, of: keyof ThinkingScores][] = [
    ['its own thinking', 'itself'],
    ['the same, the answer drawn anew', 'again'],
    ['no thinking', 'removed'],
    ["another problem's thinking", 'another'],
  ];
  const rows = models as [string, ThinkingScores][];
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${stage}: is the thinking used?"><table class="scores">
<caption>${stage}: the accuracy of the answer after ...</caption>
<thead><tr><th scope="col">model</th>${columns.map(([head]) => html`<th scope="col">${head}</th>`)}<th scope="col">responses that think</th></tr></thead>
<tbody>${rows.map(
    ([name, scores]) =>
      html`<tr><th scope="row">${name}</th>${columns.map(([, of]) => html`<td>${figureCell(scores[of], { with: of === 'itself' ? undefined : scores.itself, better: true, share: true })}</td>`)}<td>${figureCell(scores.thinks, { share: true })}</td></tr>
`,
  )}</tbody></table></div>
<p class="note">In percent of the responses whose thinking came to an end, with the 95% interval, clustered by problem. Below: the change from the model's own thinking; ▲ ▼ where the two intervals do not overlap. A model that uses its thinking falls without it, and falls with another problem's.</p>`;
}

/** Undefined where the result is none of a reward model. */
export function rewardModelTable(stage: string, result: unknown): Html | undefined {
  if (!isRewardModel(result)) return undefined;
  const { objective, sees, trained, heldOut, before, after, lengthOnly } = result;
  const pairs = objective === 'pairwise';
  const rows = pairs ? 'pairs' : 'labelled responses';
  const looks = [
    { name: 'before the first step', look: before },
    { name: 'after the last', look: after, with: before?.accuracy },
  ];
  const columns: [head: string, of: (look: RewardModelMeasure) => number | undefined, show: (value: number) => string][] = [
    ['loss', ({ loss }) => loss, plain],
    ['margin', ({ margin }) => margin, plain],
    ['prefers the longer', ({ prefersLonger }) => prefersLonger, (share) => `${hundredths(share)}%`],
    ['AUC', ({ auc }) => auc, plain],
  ];
  const known = columns.filter(([, of]) => looks.some(({ look }) => look && of(look) !== undefined));
  const length =
    lengthOnly === undefined
      ? ''
      : ` Length alone: ${pairs ? `the longer one is the better in ${hundredths(lengthOnly)}%` : `an AUC of ${plain(lengthOnly)}`}.`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${stage}: on what was held out"><table class="scores">
<caption>${stage}: ${thousands(heldOut)} ${rows} held out</caption>
<thead><tr><th scope="col">measured</th><th scope="col">accuracy</th>${known.map(([head]) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${looks.map(
    ({ name, look, with: other }) =>
      html`<tr><th scope="row">${name}</th><td>${figureCell(look?.accuracy, { with: other, better: true, share: true })}</td>${known.map(
        ([, of, show]) => {
          const value = look && of(look);
          return html`<td>${value === undefined ? html`<span class="none">–</span>` : show(value)}</td>`;
        },
      )}</tr>
`,
  )}</tbody></table></div>
<p class="note">It learnt from ${thousands(trained)} ${rows} and read the ${sees} of each. Accuracy: ${pairs ? 'pairs in their right order' : "labels told by the score's sign"}, in percent, with the 95% interval, clustered by prompt.${length}</p>`;
}

function isThinking(scores: unknown): boolean {
  const { thinks, ...others } = recordOf(scores);
  return isFigure(thinks) && Object.values(others).every(isFigure);
}

function isRewardModel(result: unknown): result is RewardModelResult {
  const { objective, sees, trained, heldOut, before, after, lengthOnly = 0 } = recordOf(result);
  const looks = [before, after].filter((look) => look !== undefined);
  return (
    (objective === 'pairwise' || objective === 'pointwise') &&
    typeof sees === 'string' &&
    [trained, heldOut, lengthOnly].every((each) => typeof each === 'number') &&
    looks.length > 0 &&
    looks.every(
      (look) =>
        isFigure(recordOf(look).accuracy) && Object.values(recordOf(look)).every((each) => typeof each === 'number' || isFigure(each)),
    )
  );
}

function isFigure(value: unknown): value is Figure {
  const { value: of, low, high } = recordOf(value);
  return [of, low, high].every((each) => typeof each === 'number');
}
