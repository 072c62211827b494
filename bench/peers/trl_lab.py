# The lab's R1-Zero by TRL's GRPOTrainer, on what `npx tsx bench/learning.ts prepare --to DIR` wrote: same base, prompts in the same
# order, rewards, hyperparameters and held-out problems as ours. Writes the curve in the fields of bench/learning/record.ts.
#   python bench/peers/trl_lab.py DIR/seed-1 --model models/lab-base --to FILE.json
#     [--steps 100] [--every 10] [--until 0.45] [--seconds 500] [--micro 128] [--device cpu|cuda]
import argparse
import json
import os
import platform
import tempfile
import time

import torch
import transformers
import trl
from datasets import Dataset
from lab_rewards import Judge, accuracy_score
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer


def read_lines(file: str) -> list[dict]:
    with open(file, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


class Recorder(TrainerCallback):
    """Times the steps, looks at the held-out problems between them (no look counts), writes the curve, and says when to stop."""

    def __init__(self, options, settings, held_out, judge) -> None:
        self.options, self.settings, self.held_out, self.judge = options, settings, held_out, judge
        self.looks: list[dict] = []
        self.steps: list[dict] = []
        self.seconds = 0.0
        self.resumed = 0.0
        self.began = time.monotonic()
        self.trainer: GRPOTrainer | None = None

    def on_train_begin(self, args, state, control, **_):
        self.look(0)
        self.resumed = time.perf_counter()

    def on_step_end(self, args, state, control, **_):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - self.resumed
        self.steps.append({'step': state.global_step, 'seconds': self.seconds})
        every = self.options.every or self.settings['evalEvery']
        if state.global_step % every == 0 or state.global_step == args.max_steps:
            self.look(state.global_step)
            if self.options.until is not None and self.looks[-1]['accuracy'] >= self.options.until:
                control.should_training_stop = True
        if self.options.seconds is not None and time.monotonic() - self.began > self.options.seconds:
            control.should_training_stop = True
        self.resumed = time.perf_counter()

    def on_log(self, args, state, control, logs, **_):
        if not self.steps or 'reward' not in logs:
            return
        self.steps[-1].update(
            reward=logs['reward'],
            accuracy=logs['rewards/accuracy/mean'],
            format=logs['rewards/format/mean'],
            meanLength=logs['completions/mean_length'],
            gradNorm=float(logs['grad_norm']),
        )

    def on_train_end(self, args, state, control, **_):
        self.write()

    @torch.no_grad()
    def look(self, step: int) -> None:
        """Samples each held-out problem as often as ours, with draws of its own so that training draws what it would have drawn."""
        model, config = self.trainer.model, self.trainer.generation_config
        rng = torch.random.fork_rng(devices=[model.device] if model.device.type == 'cuda' else [])
        with rng:
            torch.manual_seed(1000 * self.settings['seed'] + step)
            model.eval()
            rows = [row for row in self.held_out for _ in range(self.settings['evalSamples'])]
            longest = max(len(row['ids']) for row in rows)
            pad = config.pad_token_id
            ids = torch.tensor([[pad] * (longest - len(row['ids'])) + row['ids'] for row in rows], device=model.device)
            mask = torch.tensor([[0] * (longest - len(row['ids'])) + [1] * len(row['ids']) for row in rows], device=model.device)
            outputs = [model.generate(input_ids=i, attention_mask=m, generation_config=config) for i, m in zip(ids.split(512), mask.split(512), strict=True)]
            model.train()
        eos = self.settings['stopIds']
        lengths, right, cut = [], [], []
        for row, response in zip(rows, (r for output in outputs for r in output[:, longest:].tolist()), strict=True):
            end = next((i for i, token in enumerate(response) if token in eos), None)
            tokens = response if end is None else response[: end + 1]
            lengths.append(len(tokens))
            cut.append(end is None)
            right.append(accuracy_score(self.judge.text(tokens), row['numbers'], row['target']))
        mean = lambda values: sum(values) / len(values)
        self.looks.append(
            {'step': step, 'seconds': self.seconds, 'accuracy': mean(right), 'meanLength': mean(lengths), 'truncated': mean(cut)}
        )
        print(f'seed {self.settings["seed"]}: {self.looks[-1]}', flush=True)
        self.write()

    def write(self) -> None:
        cuda = torch.cuda.is_available() and self.trainer.model.device.type == 'cuda'
        about = {
            'trainer': 'trl',
            'seed': self.settings['seed'],
            'machine': torch.cuda.get_device_name() if cuda else f'{os.cpu_count()} cores, {cpu_name()}',
            'versions': {'python': platform.python_version(), 'torch': torch.__version__, 'transformers': transformers.__version__, 'trl': trl.__version__},
        }
        # A row a line, four digits a number, as bench/learning/record.ts writes it.
        line = lambda row: ', '.join(f'"{key}": {json.dumps(int(value) if value == int(value) else float(f"{value:.4g}"))}' for key, value in row.items())
        lines = lambda rows: ',\n'.join(f'    {{ {line(row)} }}' for row in rows)
        head = json.dumps(about, indent=2)[:-2]
        with open(f'{self.options.to}.tmp', 'w', encoding='utf-8') as file:
            file.write(f'{head},\n  "looks": [\n{lines(self.looks)}\n  ],\n  "steps": [\n{lines(self.steps)}\n  ]\n}}\n')
        os.replace(f'{self.options.to}.tmp', self.options.to)


def cpu_name() -> str:
    with open('/proc/cpuinfo', encoding='utf-8') as lines:
        return next((line.split(':', 1)[1].strip() for line in lines if line.startswith('model name')), platform.machine())


def grpo_config(settings: dict, options, out: str) -> GRPOConfig:
    """Ours, in TRL's words. What it has no word for is in bench/README.md."""
    size = settings['promptsPerStep'] * settings['groupSize']
    accumulate = size // options.micro
    if accumulate * options.micro != size:
        raise SystemExit(f'--micro {options.micro} does not divide the {size} responses of a step')
    rate = settings['learningRate']
    if rate['schedule'] != 'constant' or settings['beta'] != 0 or settings['aggregation'] != 'sequence' or settings['loss'] != 'ppo':
        raise SystemExit('settings.json asks for what this script does not translate')
    return GRPOConfig(
        output_dir=out,
        max_steps=options.steps or settings['steps'],
        per_device_train_batch_size=options.micro,
        gradient_accumulation_steps=accumulate,
        num_generations=settings['groupSize'],
        num_iterations=settings['innerEpochs'],
        shuffle_dataset=False,
        max_completion_length=settings['maxTokens'],
        temperature=settings['temperature'],
        top_p=1.0,
        top_k=0,
        loss_type='grpo',
        scale_rewards='group',
        importance_sampling_level='token',
        beta=0.0,
        epsilon=settings['clip']['low'],
        epsilon_high=settings['clip']['high'],
        mask_truncated_completions=settings['overlongFilter'],
        reward_weights=[settings['rewards']['accuracy'], settings['rewards']['format']],
        learning_rate=rate['peak'],
        lr_scheduler_type='constant',
        warmup_steps=rate['warmup'],
        adam_beta1=settings['beta1'],
        adam_beta2=settings['beta2'],
        adam_epsilon=settings['eps'],
        weight_decay=settings['weightDecay'],
        max_grad_norm=settings['gradClipNorm'],
        disable_dropout=True,
        bf16=False,
        gradient_checkpointing=False,
        seed=settings['seed'],
        use_cpu=options.device == 'cpu',
        save_strategy='no',
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
    )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument('setup')
    parser.add_argument('--model', required=True)
    parser.add_argument('--to', required=True)
    parser.add_argument('--steps', type=int)
    parser.add_argument('--every', type=int, help='steps between looks; by default those of settings.json')
    parser.add_argument('--until', type=float, help='stop at this held-out accuracy')
    parser.add_argument('--seconds', type=float, help='stop after this time, looks and all')
    parser.add_argument('--micro', type=int, default=128, help='responses of one forward and backward')
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    return parser


def lab_trainer(options, out: str, **further) -> tuple[GRPOTrainer, Recorder]:
    # float32 all through, as ours: no TF32.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    with open(os.path.join(options.setup, 'settings.json'), encoding='utf-8') as file:
        settings = json.load(file)
    train = read_lines(os.path.join(options.setup, 'train.jsonl'))
    held_out = read_lines(os.path.join(options.setup, 'heldOut.jsonl'))
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    for row in train + held_out:
        if tokenizer(row['prompt'])['input_ids'] != row['ids']:
            raise SystemExit(f'{row["id"]}: transformers and Thinkling tokenize the prompt differently')
    if [tokenizer.eos_token_id] != settings['stopIds']:
        raise SystemExit(f'the tokenizer ends at {tokenizer.eos_token_id}, Thinkling at {settings["stopIds"]}')
    judge = Judge(tokenizer)
    recorder = Recorder(options, settings, held_out, judge)
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32),
        reward_funcs=[judge.accuracy, judge.format],
        args=grpo_config(settings, options, out),
        train_dataset=Dataset.from_list([{key: row[key] for key in ('prompt', 'numbers', 'target')} for row in train]),
        processing_class=tokenizer,
        callbacks=[recorder],
        **further,
    )
    trainer.remove_callback(PrinterCallback)
    recorder.trainer = trainer
    return trainer, recorder


def main() -> None:
    options = arguments().parse_args()
    with tempfile.TemporaryDirectory() as out:
        trainer, recorder = lab_trainer(options, out)
        trainer.train()
    print(f'{options.to}: {recorder.seconds:.1f} s of {len(recorder.steps)} steps; {time.monotonic() - recorder.began:.1f} s with looks')


if __name__ == '__main__':
    main()
