# TRL's trainer led along a run of ours: it is given the responses that ours sampled, step by step, and its gradient norms are held
# against those that ours wrote down. Nothing is drawn, so the two differ by rounding alone, or there is a reason.
#   python bench/peers/check_lab_steps.py DIR/seed-1 --model models/lab-base --judged FILE --curve CURVE.json --to /dev/null --steps 8
# FILE is of `learning.ts judge --to FILE RUN` for one run, CURVE.json that run's curve. Once as TRL is, once with the standard deviation
# of the population, as ours and the paper have it, in the place of the sample's.
import json
import os
import tempfile

import torch
import trl.trainer.grpo_trainer as grpo
from trl_lab import arguments, lab_trainer, read_lines

os.environ['TRL_EXPERIMENTAL_SILENCE'] = '1'


def population_std(tensor: torch.Tensor, dim: int | None = None) -> torch.Tensor:
    # TRL adds 1e-4 to a group's. Without `dim` it only reports.
    if dim is None:
        return tensor.std(correction=0)
    return (tensor.std(dim=dim, correction=0) - 1e-4).where(tensor.amax(dim=dim) > tensor.amin(dim=dim), 0.0)


def gradient_norms(options, responses: list[dict]) -> list[float]:

    def recorded(prompts: list[str], trainer) -> dict:
        step = trainer.state.global_step
        rows = [row for row in responses if row['step'] == step + 1]
        for prompt, row in zip(prompts, rows, strict=True):
            asked = f'user : make {row["target"]} from {" ".join(map(str, row["numbers"]))} . assistant :'
            if prompt != asked:
                raise SystemExit(f'step {step + 1}: TRL asks {prompt!r}, ours asked {asked!r}')
        ids = trainer.processing_class(prompts)['input_ids']
        return {'prompt_ids': ids, 'completion_ids': [row['ids'] for row in rows], 'logprobs': None}

    with tempfile.TemporaryDirectory() as out:
        trainer, recorder = lab_trainer(options, out, rollout_func=recorded)
        recorder.look = lambda step: None
        recorder.write = lambda: None
        trainer.train()
    return [step['gradNorm'] for step in recorder.steps]


def main() -> None:
    parser = arguments()
    parser.add_argument('--judged', required=True)
    parser.add_argument('--curve', required=True)
    options = parser.parse_args()
    responses = [row for row in read_lines(options.judged) if 'step' in row]
    with open(options.curve, encoding='utf-8') as file:
        ours = [step['gradNorm'] for step in json.load(file)['steps']][: options.steps]
    as_it_is = gradient_norms(options, responses)
    grpo.nanstd = population_std
    population = gradient_norms(options, responses)
    print('step  ours     TRL      ratio   TRL with the population std  ratio')
    for step, (a, b, c) in enumerate(zip(ours, as_it_is, population, strict=True), 1):
        print(f'{step:4}  {a:.5f}  {b:.5f}  {b / a:.5f}  {c:.5f}                      {c / a:.5f}')


if __name__ == '__main__':
    main()
