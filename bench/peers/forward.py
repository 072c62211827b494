# Plain PyTorch: forward + backward of a Llama of transformers, and AdamW outside of the clock.

import time

from turns import end, my_turn, say, work

import torch
import torch.nn.functional as F
from transformers import LlamaForCausalLM

rows, length, precision = work["rows"], work["length"], work["precision"]
model = LlamaForCausalLM.from_pretrained(work["model"], dtype=torch.float32, attn_implementation="sdpa")
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
with open(work["tokens"]) as file:
    import json

    sequences = torch.tensor(json.load(file))
assert sequences.shape == (rows, length + 1)
tokens, targets = sequences[:, :-1].contiguous(), sequences[:, 1:].contiguous()

say({"ready": True, "threads": torch.get_num_threads(), "attention": model.config._attn_implementation})
while my_turn():
    started = time.perf_counter()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        logits = model(input_ids=tokens, use_cache=False).logits
    loss = F.cross_entropy(logits.float().view(-1, logits.size(-1)), targets.view(-1))
    del logits
    loss.backward()
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    say({"seconds": seconds, "loss": loss.item(), "optimizerSeconds": time.perf_counter() - started})
    del loss
end()
