# Golden values for src/stages/preference/trl.test.ts: one step of TRL's DPOTrainer and of its RewardTrainer on the tiny random models that
# llama.py made: the loss and the metrics, the norm of the gradient, and the loss after one step of AdamW.
#   v/bin/python bench/golden/preference.py src/models/golden src/stages/preference/golden.json
# DPO's policy is `untied`, its reference `tied`. The reward model is `tied` with the head score[i] = 0.3 sin(i + 1).
import json
import os
import sys
import tempfile

import datasets
import torch
import transformers
import trl

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
models, out = sys.argv[1:3]
# No word begins with w2, which is the end token and would be found in it.
PAIRS = [
    {'prompt': 'w3 w4 w5', 'chosen': ' w6 w7 w8 w9', 'rejected': ' w10 w11'},
    {'prompt': 'w12', 'chosen': ' w13', 'rejected': ' w14 w15 w16 w17 w18'},
    {'prompt': 'w30 w31 w32 w33 w34 w35', 'chosen': ' w36 w37 w38', 'rejected': ' w39 w40 w41'},
]
ADAM = {'lr': 1e-2, 'betas': (0.9, 0.95), 'eps': 1e-8, 'weight_decay': 0.0}
BETA = 0.1


def model(name, kind=transformers.AutoModelForCausalLM, **more):
    return kind.from_pretrained(os.path.join(models, name), dtype=torch.float32, attn_implementation='eager', **more)


tokenizer = transformers.AutoTokenizer.from_pretrained(os.path.join(models, 'tied'))
tokenizer.pad_token = 'w1'
common = {
    'output_dir': tempfile.mkdtemp(),
    'per_device_train_batch_size': len(PAIRS),
    'gradient_accumulation_steps': 1,
    'use_cpu': True,
    'bf16': False,
    'gradient_checkpointing': False,
    'report_to': [],
    'dataset_num_proc': None,
}


def one_step(trainer):
    policy = trainer.model.train()
    batch = next(iter(trainer.get_train_dataloader()))
    loss = trainer.compute_loss(policy, batch)
    loss.backward()
    grads = [p.grad for p in policy.parameters() if p.grad is not None]
    norm = torch.sqrt(sum((g.double() ** 2).sum() for g in grads)).item()
    metrics = {name: values[-1] for name, values in trainer._metrics['train'].items() if not name.startswith('num_')}
    torch.optim.AdamW(policy.parameters(), **ADAM).step()
    with torch.no_grad():
        after = trainer.compute_loss(policy, batch).item()
    return {'loss': loss.item(), 'grad_norm': norm, 'loss_after': after, 'metrics': {k: float(v) for k, v in metrics.items()}}


dataset = datasets.Dataset.from_list(PAIRS)
dpo = one_step(
    trl.DPOTrainer(
        model=model('untied'),
        ref_model=model('tied'),
        args=trl.DPOConfig(beta=BETA, max_length=None, **common),
        train_dataset=dataset,
        processing_class=tokenizer,
    )
)
scalar = model('tied', transformers.AutoModelForSequenceClassification, num_labels=1, pad_token_id=1)
with torch.no_grad():
    scalar.score.weight.copy_(torch.tensor([[0.3 * torch.sin(torch.tensor(float(i + 1))).item() for i in range(scalar.score.weight.shape[1])]]))
reward = one_step(
    trl.RewardTrainer(
        model=scalar,
        args=trl.RewardConfig(max_length=None, **common),
        train_dataset=dataset,
        processing_class=tokenizer,
    )
)
made_by = f'trl {trl.__version__}, torch {torch.__version__}, transformers {transformers.__version__}'
with open(out, 'w') as file:
    json.dump({'made_by': made_by, 'pairs': PAIRS, 'beta': BETA, 'dpo': dpo, 'reward': reward}, file, indent=1)
    file.write('\n')
print(json.dumps({'dpo': dpo, 'reward': reward}, indent=1), made_by)
