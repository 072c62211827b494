// The stages of DeepSeek-R1 as `thinkling init --kind r1` writes them, in the shape of recipes/r1.yaml. What the model or the task cannot do
// is left out, and stands there as comments that say what it wants.

import {
  adapterLines,
  isSmall,
  type Line,
  leftOut,
  limit,
  measuringLines,
  quoted,
  rate,
  rlLines,
  sftLines,
  type TemplateFacts,
} from './templateLines.ts';

export function r1Stages(facts: TemplateFacts): Line[] {
  return [
    ...zero(facts),
    ...coldStart(facts),
    ...reasoning(facts),
    ...secondSft(facts),
    ...preferences(facts),
    ...final(facts),
    ...distillation(facts),
    ...figures(facts),
  ];
}

function zero(facts: TemplateFacts): Line[] {
  const lines = rlLines(facts).filter(([yaml]) => !/ (beforeAfterSamples|beta|klRefreshEvery):/.test(yaml));
  return [
    ['', 'R1-Zero'],
    ['  zero:', 'reinforcement learning from the base, with rewards by rule alone'],
    ...lines,
    ['    beforeAfterSamples: 0', 'the table at the end measures every model'],
  ];
}

function coldStart(facts: TemplateFacts): Line[] {
  return [
    ['', 'Cold start'],
    ['  coldData:', "R1-Zero's responses that are right and readable; the paper: thousands"],
    ...samplingLines(facts, '$zero', isSmall(facts) ? 1200 : 200),
    ['    filters:', 'what a response must pass, beside being right'],
    ...formatLines(facts),
    [`      language: { atLeast: 0.98${inEnglish(facts)} }`, 'share of the words of the thought that are in the right language'],
    ['      repetition: {}', 'does not say the same again and again'],
    ['    rewrite: summary', 'as reasoning and summary; the paper: by a model, checked by people'],
    ['    perPrompt: 1', 'kept of a prompt, at most'],
    [
      '',
      'Chains of thought of your own: candidates: chains.jsonl in coldData in place of model, prompts, samples, maxTokens and temperature.',
    ],
    ['  coldStart:', 'Dev1'],
    ...learning(facts, '$coldData'),
  ];
}

function reasoning(facts: TemplateFacts): Line[] {
  return [
    ['', 'Reasoning'],
    ['  reasoning:', 'Dev2'],
    ['    model: $coldStart', 'what the stage above made'],
    ...rlLines(facts).filter(([yaml]) => !yaml.includes('beforeAfterSamples')),
    ['    clip: { low: 10, high: 10 }', "the paper's 10; by default 0.2"],
    [
      '    rewards: { language: 0.5 }',
      'beside those of the task: the share of words in the right language, added directly; the paper adds it whole',
    ],
    ['    beforeAfterSamples: 0', 'the table at the end measures every model'],
  ];
}

function secondSft(facts: TemplateFacts): Line[] {
  const further: Line[] = isLab(facts)
    ? [['    plus: [{ data: lab:general, rows: 1200 }]', 'other kinds of data, which pass no filter; the paper: a quarter of all']]
    : leftOut([['    plus: [chats.jsonl]', 'other kinds of data, which pass no filter: a file of yours; the paper: a quarter of all']]);
  return [
    ['', 'Rejection sampling, and a second SFT of the base'],
    ['  rejection:', "the paper: 600,000 of Dev2's responses, and 200,000 of other kinds"],
    ...samplingLines(facts, '$reasoning', isSmall(facts) ? 2000 : 400),
    ['    filters:', 'what a response must pass, beside being right'],
    ...formatLines(facts),
    [`      language: { atLeast: 0.95${inEnglish(facts)} }`, 'the paper: no mixed languages'],
    ['      paragraphWords: 400', 'the paper: no long paragraphs'],
    ['      codeBlocks: drop', 'the paper: none in the reasoning'],
    ['      repetition: {}', 'does not say the same again and again'],
    ['      duplicates: {}', 'of every two that are nearly the same one'],
    ['    rewrite: summary', 'as reasoning and summary'],
    ['    perPrompt: 2', 'kept of a prompt, at most'],
    ...further,
    ['  sft2:', 'Dev3: from the base again, not from the RL checkpoint'],
    ...learning(facts, '$rejection'),
  ];
}

function preferences(facts: TemplateFacts): Line[] {
  const { general, task } = facts;
  const model = (sees: 'summary' | 'response', data: string): Line[] => [
    ['    kind: reward_model', "the policy's architecture, with a score in place of the next token"],
    ['    model: $sft2', 'where it starts'],
    ...adapterLines(facts),
    [`    data: ${data}`, 'judged pairs, or labelled responses'],
    [`    objective: ${sees === 'summary' ? 'pairwise' : 'pointwise'}`, sees === 'summary' ? 'which of two is better' : 'safe or not'],
    [
      `    sees: ${sees}`,
      sees === 'summary' ? 'what follows the thinking, as in the paper' : 'all of it, thinking included, as in the paper',
    ],
    [`    batch: ${isSmall(facts) ? 32 : 16}`, 'the paper: 256'],
    ['    epochs: 2', 'the paper: 1, of 66,000 pairs'],
    [rate(facts, '3.0e-4', '1.0e-4'), 'the paper: 6e-6'],
    ['    longSequences: drop', "what does not fit the model's context is left out"],
  ];
  const helpful: Line[] = [
    ['  helpful:', 'the reward model of helpfulness'],
    ...model('summary', general ? '$pairs' : 'preferences.jsonl'),
  ];
  const harmless: Line[] = [['  harmless:', 'the reward model of harmlessness'], ...model('response', general ? '$pairs' : 'labels.jsonl')];
  if (general === undefined)
    return [
      [
        '',
        `Preferences: the task ${task} has no judge of its own. To have reward models, name your own data below (preferences.jsonl with`,
      ],
      [
        '',
        'prompt, chosen and rejected; labels.jsonl with prompt, response and label, 1 = safe), and uncomment the lines of helpful and harmless,',
      ],
      ['', 'and the two rewards of the stage final. Or let a model compare: kind: judge with judge: { url, model }, docs/preference.md.'],
      ...leftOut([...helpful, ...harmless]),
    ];
  return [
    ['', 'Preferences'],
    ['  pairs:', "responses compared in pairs by the task's judge; the paper: 66,000 pairs"],
    ['    kind: judge', 'keeps the pairs that are clear, balanced by length'],
    ['    model: $sft2', 'whose responses'],
    ...(general.task === task ? [] : ([[`    task: ${quoted(general.task)}`, 'general prompts, which no rule can judge']] as Line[])),
    [`    prompts: ${isSmall(facts) ? 1200 : 200}`, 'drawn by the seed'],
    ['    samples: 4', 'of each prompt'],
    ['    pairs: 4', 'of each prompt'],
    ['    judgements: 4', "of each pair, the sides in an order drawn anew; the paper's 4"],
    ['    margin: 1', "pairs whose mean difference is not more are left out; the paper's 1"],
    [`    maxTokens: ${limit(facts)}`, 'of a response'],
    ['    longPrompts: drop', "prompts that do not fit the model's context are left out"],
    ...helpful,
    ...(general.harm
      ? harmless
      : [['', 'The task does not say which responses are safe: without that there is no reward model of harmlessness.'] as const]),
  ];
}

function final(facts: TemplateFacts): Line[] {
  const { general, task } = facts;
  const mixed = general !== undefined && general.task !== task;
  const small = isSmall(facts);
  const [steps, from] = small ? [60, 30] : [40, 20];
  const only = mixed ? `, tasks: [${general.task}]` : '';
  const reward = (name: string, stage: string, sees: string): Line => [
    `      ${name}: { model: $${stage}, weight: 0.5, from: ${from}, sees: ${sees}${only} }`,
    'in the last part alone: for longer it leads to reward hacking; the paper: the last 400 steps of 1,700',
  ];
  const byModel = [
    reward('helpfulness', 'helpful', 'summary'),
    ...(general?.harm === false ? [] : [reward('harmlessness', 'harmless', 'response')]),
  ];
  const own = rlLines(facts).filter(([yaml]) => !/ (steps|temperature|beforeAfterSamples|learningRate):/.test(yaml));
  return [
    ['', 'The final reinforcement learning'],
    ['  final:', 'R1'],
    ['    model: $sft2', 'Dev3'],
    ...(mixed
      ? ([
          [
            `    tasks: { ${quoted(task)}: 2, ${quoted(general.task)}: { weight: 1, from: ${from} } }`,
            'two prompts of the first for each of the second, which comes later',
          ],
        ] as Line[])
      : []),
    ...own,
    [`    steps: ${steps}`, 'the paper: 1,700'],
    ['    temperature: 0.7', "the paper's 0.7: higher ones make its answers incoherent"],
    [rate(facts, '2.0e-4', '1.0e-4'), 'the paper: mostly that of reasoning'],
    ['    rewards:', 'beside those of the task'],
    ['      language: 0.5', 'the share of words in the right language'],
    ...(general ? byModel : leftOut(byModel)),
    [
      `    guard: { measure: accuracy${mixed ? `, task: ${quoted(task)}` : ''}, drop: 0.1, looks: 2 }`,
      'stops where the reward rises and the accuracy falls',
    ],
    ['    beforeAfterSamples: 0', 'the table at the end measures every model'],
  ];
}

function distillation(facts: TemplateFacts): Line[] {
  const student = studentOf(facts);
  const distil: Line[] = [
    ['  students:', 'smaller bases learn the texts of the second SFT; the paper: SFT alone, six open bases'],
    [`    students: { small: ${quoted(student ?? 'PATH')} }`, 'by name; more may stand here'],
    ['    data: $rejection', 'what the stage rejection made'],
    ...sftLines(facts, 'distill'),
  ];
  const alone: Line[] = [
    ['  studentRl:', 'against it: reinforcement learning on the same student, without a teacher'],
    [`    model: ${quoted(student ?? 'PATH')}`, 'the same student'],
    ...rlLines(facts).filter(([yaml]) => !/ (beforeAfterSamples|beta|klRefreshEvery):/.test(yaml)),
    ['    beforeAfterSamples: 0', 'the table at the end measures every model'],
  ];
  if (student !== undefined) return [['', 'Distillation'], ...distil, ...alone];
  return [
    [
      '',
      'Distillation: name a smaller base for PATH, and uncomment these lines and those of the student in the stages table and thinking.',
    ],
    ...leftOut([...distil, ...alone]),
  ];
}

function figures(facts: TemplateFacts): Line[] {
  const { model, task, general } = facts;
  const student = studentOf(facts);
  const ofStudent = (lines: Line[]): Line[] => (student === undefined ? leftOut(lines) : lines);
  return [
    ['', 'What came of it'],
    ['  table:', 'the table of the paper: every model, with intervals'],
    ['    kind: evaluate', 'pass@1 and more on held-out problems'],
    ['    models:', 'by the names that the table gives them'],
    [`      base: ${quoted(model)}`, 'where all began'],
    ['      R1-Zero: $zero', 'AIME 2024 in the paper: 77.9'],
    ['      Dev1: $coldStart', 'in the paper: 59.0'],
    ['      Dev2: $reasoning', 'in the paper: 74.0'],
    ['      Dev3: $sft2', 'in the paper: 78.1'],
    ['      R1: $final', 'in the paper: 79.8'],
    ...ofStudent([
      [`      small: ${quoted(student ?? 'PATH')}`, 'the student before'],
      ['      small-distilled: $students.small', 'and after'],
      ['      small-RL: $studentRl', 'in the paper distillation is the better way'],
    ]),
    ...(general && general.task !== task
      ? ([[`    tasks: [${quoted(task)}, ${quoted(general.task)}]`, 'each model on each']] as Line[])
      : []),
    ...measuringLines(facts),
    ['  thinking:', 'do they use the thinking that they write?'],
    ['    kind: thinking_test', 'accuracy without it, and with that of another problem'],
    ['    models:', 'whom to test'],
    ['      R1: $final', 'what the last stage made'],
    ...ofStudent([['      small-distilled: $students.small', 'students may only look like it']]),
    ['    problems: 64', 'held-out problems of each domain'],
    ['    samples: 2', 'of each'],
    [
      `    maxTokens: ${Math.max(1, Math.min(limit(facts), Math.floor(facts.config.maxPositions / 4)))}`,
      "of a response; thinking and an answer drawn anew must fit the model's context",
    ],
  ];
}

/** What a rejection stage samples. */
function samplingLines(facts: TemplateFacts, model: string, prompts: number): Line[] {
  return [
    ['    kind: rejection', 'several responses to a prompt, of which the good ones are kept'],
    [`    model: ${model}`, 'whose responses'],
    [`    prompts: ${prompts}`, 'drawn by the seed; without this line all of them'],
    ['    samples: 4', 'of each prompt'],
    [`    maxTokens: ${limit(facts)}`, 'of a response'],
    ['    temperature: 1', "the paper's 1"],
    ['    longPrompts: drop', "prompts that do not fit the model's context are left out"],
  ];
}

/** Where the task asks for that format. */
function formatLines({ formatted }: TemplateFacts): Line[] {
  return formatted ? [['      format: true', 'one thought and one answer in their tags']] : [];
}

/** SFT of the base on what a stage made. */
function learning(facts: TemplateFacts, data: string): Line[] {
  return [[`    model: ${quoted(facts.model)}`, 'the base'], [`    data: ${data}`, 'what the stage above made'], ...sftLines(facts)];
}

function isLab({ task }: TemplateFacts): boolean {
  return /^lab(-|$)/.test(task);
}

/** The lab's right language is English, whatever the prompt's; elsewhere it is the prompt's own. */
function inEnglish(facts: TemplateFacts): string {
  return isLab(facts) ? ', code: en' : '';
}

/** A smaller base of the same kind that comes with the program. */
function studentOf({ model }: TemplateFacts): string | undefined {
  return model === 'lab:base' ? 'lab:tiny' : undefined;
}
