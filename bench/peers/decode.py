# transformers' `generate`: as many sequences as are wanted in one batch, sampled, with a cache of keys and values.

import json

from turns import take_turns, work

import torch
from transformers import AutoTokenizer, GenerationConfig, LlamaForCausalLM

dtype = torch.bfloat16 if work["precision"] == "bf16" else torch.float32
model = LlamaForCausalLM.from_pretrained(work["model"], dtype=dtype, attn_implementation="sdpa").eval()
tokenizer = AutoTokenizer.from_pretrained(work["model"])
with open(f"{work['model']}/prompts.json") as file:
    prompts = json.load(file)[: work["sequences"]]
tokens = tokenizer(prompts, return_tensors="pt").input_ids
settings = GenerationConfig(
    max_new_tokens=work["newTokens"],
    do_sample=True,
    temperature=1.0,
    top_p=1.0,
    top_k=0,
    eos_token_id=None,
    pad_token_id=0,
    use_cache=True,
)


@torch.inference_mode()
def unit():
    made = model.generate(input_ids=tokens, attention_mask=torch.ones_like(tokens), generation_config=settings)
    assert made.shape == (work["sequences"], tokens.size(1) + work["newTokens"])
    return {"tokens": work["sequences"] * work["newTokens"]}


take_turns(unit)
