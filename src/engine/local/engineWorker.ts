// The local engine's thread: holds models, trainers and samplers, and serves the calls of localEngine.ts. ONNX Runtime blocks the
// thread that calls it, so all of it lives here and the main thread stays free for progress and servers.

import { breathe } from '../../platform/clock.ts';
import { InputError } from '../../platform/errors.ts';
import { peakResidentMemory } from '../../platform/memory.ts';
import { type Reply, type Request, serve } from '../../platform/rpc.ts';
import { workerPort } from '../../platform/worker.ts';
import type { Head, LoraOptions } from '../engine.ts';
import { type LocalModel, loadAdapted, loadModel, loadSampled, newModel, restoreState, saveModel, saveOptimizer } from './model.ts';
import type { Snapshot } from './parameters.ts';
import type { SamplingEvent, WorkerApi } from './protocol.ts';
import { Sampler } from './sampler.ts';
import { Trainer } from './trainer.ts';

const port = workerPort<Reply<SamplingEvent>, Request>();
const { threads } = port.data as { threads: number };

interface Training {
  model: LocalModel;
  trainer: Trainer;
  /** Samplers of its policy still open. */
  samplers: Set<number>;
}
interface Sampling {
  model: LocalModel;
  snapshot: Snapshot;
  sampler: Sampler;
  /** Its model was loaded for it alone and goes with it. */
  ownsModel: boolean;
}

const trainings = new Map<number, Training>();
const samplings = new Map<number, Sampling>();
/** Reward models. */
const scorings = new Map<number, LocalModel>();
const cancels = new Map<number, () => void>();
let nextId = 1;

function find<T>(map: Map<number, T>, id: number, what: string): T {
  const found = map.get(id);
  if (found === undefined) throw new Error(`this ${what} was closed`);
  return found;
}
const training = (id: number): Training => find(trainings, id, 'trainer');
const sampling = (id: number): Sampling => find(samplings, id, 'sampler');

function openSampler(model: LocalModel, ownsModel: boolean): { sampler: number; version: number } {
  const snapshot = model.store.snapshot();
  const id = nextId++;
  samplings.set(id, { model, snapshot, sampler: new Sampler(model.decode, snapshot, breathe, model.decodeText), ownsModel });
  return { sampler: id, version: snapshot.version };
}

async function disposeModel(model: LocalModel): Promise<void> {
  await model.rows.dispose();
  await model.decode.dispose();
}

async function closeSampler(id: number): Promise<void> {
  const entry = samplings.get(id);
  if (entry === undefined) return;
  samplings.delete(id);
  entry.snapshot.release();
  if (entry.ownsModel) await disposeModel(entry.model);
}

async function closeScorer(id: number): Promise<void> {
  const model = scorings.get(id);
  scorings.delete(id);
  if (model) await disposeModel(model);
}

async function closeTrainer(id: number): Promise<void> {
  const entry = trainings.get(id);
  if (entry === undefined) return;
  for (const sampler of entry.samplers) await closeSampler(sampler);
  trainings.delete(id);
  await disposeModel(entry.model);
}

function trainable({ model, lora, head = 'lm' }: { model: string; lora?: LoraOptions; head?: Head }, seed: number): Promise<LocalModel> {
  return lora ? loadAdapted(model, lora, seed, threads, head) : loadModel(model, threads, { head, seed });
}

// A base that a trainer holds frozen is shared.
const heldModels = (): LocalModel[] => [...trainings.values()].map(({ model }) => model);

const api: WorkerApi = {
  async createTrainer(from, seed) {
    const model = 'init' in from ? newModel(from.init, seed, threads) : await trainable(from, seed);
    const id = nextId++;
    trainings.set(id, { model, trainer: new Trainer(model.rows, model.store), samplers: new Set() });
    return { trainer: id };
  },
  async createSampler(path) {
    return openSampler(await loadSampled(path, heldModels(), threads), true);
  },
  async createScorer(path) {
    const model = await loadSampled(path, heldModels(), threads, 'scalar');
    const id = nextId++;
    scorings.set(id, model);
    return { scorer: id };
  },
  async score(id, data) {
    const { rows, store } = find(scorings, id, 'scorer');
    const { scores = [] } = await rows.run(store.parameters, data, { temperature: 1 });
    for (const [index, score] of scores.entries()) {
      if (data[index].weights.every((weight) => weight === 0))
        throw new Error(`datum ${index} has no position with a weight to be scored at`);
      if (!Number.isFinite(score)) throw new Error(`the reward model's score is ${score}: its weights hold NaN or infinity`);
    }
    return scores;
  },
  closeScorer,
  forward: (id, data, loss, want) => training(id).trainer.forward(data, loss, want),
  forwardBackward: (id, data, loss, want) => training(id).trainer.forwardBackward(data, loss, want),
  optimStep: (id, adam) => training(id).trainer.optimStep(adam),
  async saveState(id, dir) {
    const { model, trainer } = training(id);
    await saveModel(dir, model, model.store);
    await saveOptimizer(dir, trainer.optimizer, model.store.trainable, model.store.version);
    return dir;
  },
  async loadState(id, state) {
    const { model, trainer } = training(id);
    await restoreState(state, model, trainer.optimizer);
    trainer.dropGradients();
  },
  samplingClient(id) {
    const { model, samplers } = training(id);
    if (model.config.head === 'scalar') throw new InputError('a model with a scalar head gives no tokens to sample');
    const opened = openSampler(model, false);
    samplers.add(opened.sampler);
    return opened;
  },
  closeTrainer,
  async sample(id, requests) {
    const { sampler } = sampling(id);
    const handles = sampler.submit(
      requests.map(({ id: request, prompt, options, stream }) => ({
        prompt,
        options,
        onTokens: stream ? (sample: number, tokens: number[]) => emit({ request, sample, tokens }) : undefined,
      })),
    );
    await Promise.all(
      handles.map(async ({ done, cancel }, i) => {
        const { id: request } = requests[i];
        cancels.set(request, cancel);
        try {
          emit({ request, samples: await done });
        } finally {
          cancels.delete(request);
        }
      }),
    );
  },
  cancel: (request) => cancels.get(request)?.(),
  async logprobs(id, data, temperature) {
    const { model, snapshot } = sampling(id);
    return (await model.rows.run(snapshot.parameters, data, { temperature })).logprobs;
  },
  async topLogprobs(id, data, k, temperature) {
    const { model, snapshot } = sampling(id);
    return model.rows.top(snapshot.parameters, data, k, temperature);
  },
  async saveSampler(id, dir) {
    const { model, snapshot } = sampling(id);
    await saveModel(dir, model, snapshot);
  },
  closeSampler,
  peakMemory: peakResidentMemory,
  async shutDown() {
    for (const id of [...trainings.keys()]) await closeTrainer(id);
    for (const id of [...samplings.keys()]) await closeSampler(id);
    for (const id of [...scorings.keys()]) await closeScorer(id);
  },
};

const { emit } = serve<SamplingEvent>(port, api);
