# A model in shards as transformers writes it, for src/formats/shardedSafetensors.test.ts: the tied Llama of src/models/golden in bfloat16.
#   python -m venv v && v/bin/pip install -r bench/golden/requirements.txt
#   v/bin/python bench/golden/shards.py src/models/golden/tied src/formats/golden/shards
import os
import sys

import torch
from transformers import AutoModelForCausalLM

source, target = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
model.save_pretrained(target, max_shard_size='12KB')
# The config and the tokenizer are those of the source; only the weights are of interest.
for name in os.listdir(target):
    if not name.startswith('model'):
        os.remove(os.path.join(target, name))
