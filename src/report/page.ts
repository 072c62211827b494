// The whole page: what was run, the table of the paper, samples side by side, each stage, the recipe, how it was computed.
import { anyTable } from './anyTable.ts';
import { Html, html } from './html.ts';
import { plain } from './numbers.ts';
import { type RunFiles, recordOf, type StageFiles } from './runFiles.ts';
import { type Answers, answersSection } from './samples.ts';
import { type ScoredModel, scoreTables } from './scoreTables.ts';
import { stageSection, stagesTable } from './stageSections.ts';
import { style } from './style.ts';

export function page(run: RunFiles, answers: readonly Answers[]): string {
  const tables = resultTables(run.stages);
  const sections: [id: string, title: string, body: Html | undefined][] = [
    ['results', 'Results', tables.length > 0 ? html`${tables}` : undefined],
    ['samples', 'The same problems, side by side', answers.length > 0 ? html`${answers.map(answersSection)}` : undefined],
    ['stages', 'Stages', run.stages.length > 0 ? html`${stagesTable(run)}${run.stages.map(stageSection)}` : undefined],
    ['recipe', 'The recipe', recipeText(run)],
    ['computed', 'How it was computed', computed(run)],
  ];
  const there = sections.filter(([, , body]) => body !== undefined);
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${run.name}: report</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><h1>${run.name}</h1>
${whatRan(run)}
<nav aria-label="Sections"><ul>${there.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav></header>
<main>
${there.map(
  ([id, title, body]) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${body}</section>
`,
)}</main>
</body>
</html>
`.text;
}

function whatRan({ recipe, stages, began }: RunFiles): Html {
  const facts = [
    ...(typeof recipe.model === 'string' ? [`model ${recipe.model}`] : []),
    ...(typeof recipe.task === 'string' ? [`task ${recipe.task}`] : []),
    ...(typeof recipe.data === 'string' ? [`data ${recipe.data}`] : []),
    ...(typeof recipe.seed === 'number' ? [`seed ${recipe.seed}`] : []),
    ...(began === undefined ? [] : [`begun ${began.slice(0, 16).replace('T', ' ')} UTC`]),
  ];
  const done = stages.filter((stage) => stage.done).length;
  if (stages.length === 0) return html`<p class="note">${facts.join(' · ')}</p>`;
  const state = done === stages.length ? 'done' : `${done} of ${stages.length} stages done`;
  return html`<p>${stages.map(({ name }) => name).join(' → ')}: ${state}.</p><p class="note">${facts.join(' · ')}</p>`;
}

/** Of each table stage one; of all evaluations of single models one together. Without any, nothing: looks in training stand with their stage. */
function resultTables(stages: readonly StageFiles[]): Html[] {
  const tables = stages.flatMap(({ name, table = {}, settings }) => {
    const given = recordOf(settings.models);
    const isMade = (model: string | undefined): boolean => model !== undefined && /^\$(?!model$)/.test(String(given[model]));
    const names = Object.keys(table);
    // A model that no stage has made, after one that a stage has: another base, and what is made of it.
    const models = names.map(
      (model, i): ScoredModel => ({ name: model, evaluations: table[model], apart: !isMade(model) && isMade(names[i - 1]) }),
    );
    return models.length === 0 ? [] : [scoreTables(`${name}: every model on every task`, models)];
  });
  const single = stages.flatMap(({ name, evaluation, places: [place] }): ScoredModel[] =>
    evaluation === undefined ? [] : [{ name, evaluations: { [place.task]: evaluation } }],
  );
  if (single.length > 0) tables.push(scoreTables('Held-out problems, by stage', single));
  return tables;
}

function recipeText({ recipeText: text }: RunFiles): Html | undefined {
  if (text === undefined) return undefined;
  return html`<details><summary>recipe.yaml, every default written out</summary><pre class="code">${text}</pre></details>`;
}

function computed({ starts, dir }: RunFiles): Html {
  const rows = starts.map(({ memoryBytes, at, ...start }) => ({ begun: at, ...start, memory: `${plain(Number(memoryBytes) / 1e9)} GB` }));
  return html`<p>The run's directory: ${dir}.</p>${rows.length > 0 && anyTable('Each start of the run', rows)}`;
}
