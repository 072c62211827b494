# Golden values for src/engine/local/adam.test.ts: five steps of torch.optim.AdamW on two parameters (one matrix that decays, one norm
# scale that does not), with the gradients clipped by global norm in the third step.
#   python -m venv v && v/bin/pip install -r bench/golden/requirements.txt
#   v/bin/python bench/golden/adamw.py > src/engine/local/golden/adamw.json
import json

import torch

torch.manual_seed(5)
matrix = torch.nn.Parameter(torch.tensor([[0.5, -1.25, 2.0], [0.0, 1e-3, -0.75]]))
scale = torch.nn.Parameter(torch.tensor([1.0, 0.9]))
groups = [{'params': [matrix], 'weight_decay': 0.1}, {'params': [scale], 'weight_decay': 0.0}]
optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95), eps=1e-8)
steps = []
for step in range(5):
    d_matrix = torch.randn(2, 3) * (100 if step == 2 else 1)
    d_scale = torch.randn(2) * 0.1
    matrix.grad, scale.grad = d_matrix.clone(), d_scale.clone()
    norm = torch.nn.utils.clip_grad_norm_([matrix, scale], 10.0)
    optimizer.step()
    steps.append({
        'gradients': [d_matrix.flatten().tolist(), d_scale.tolist()],
        'norm': norm.item(),
        'weights': [matrix.detach().flatten().tolist(), scale.detach().tolist()],
    })
print(json.dumps({'made_by': f'torch {torch.__version__}', 'steps': steps}))
