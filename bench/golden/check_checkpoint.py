"""Loads a checkpoint of ours with transformers (an adapter's with peft) and holds its log-probabilities against our engine's (checkpointLogprobs.ts).

  npx tsx bench/golden/checkpointLogprobs.ts runs/lab-r1-zero "user : make 56 from 7 7 1 . assistant : <think> in order :" > out.json
  python bench/golden/check_checkpoint.py out.json
"""
import json
import os
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

ours = json.load(open(sys.argv[1]))
tokenizer = AutoTokenizer.from_pretrained(ours["dir"])
if os.path.exists(os.path.join(ours["dir"], "adapter_config.json")):
    from peft import AutoPeftModelForCausalLM

    model = AutoPeftModelForCausalLM.from_pretrained(ours["dir"], dtype=torch.float32)
else:
    model = AutoModelForCausalLM.from_pretrained(ours["dir"], dtype=torch.float32)
ids = tokenizer(ours["text"], add_special_tokens=False)["input_ids"]
assert ids == ours["ids"], (ids, ours["ids"])
with torch.no_grad():
    logp = torch.log_softmax(model(torch.tensor([ids])).logits[0], -1)
theirs = [logp[t, ids[t + 1]].item() for t in range(len(ids) - 1)]
worst = max(abs(a - b) for a, b in zip(theirs, ours["logprobs"]))
print(f"torch {torch.__version__}, transformers {transformers.__version__}: {len(ids)} tokens, same ids, largest difference {worst:.2e}")
sys.exit(0 if worst < 1e-3 else 1)
