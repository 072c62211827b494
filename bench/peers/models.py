# The models that bench/peers.ts measures: random weights, a tokenizer of as many words, prompts. Both sides read the same directory.
#   python bench/peers/models.py '{"dir": DIR, "config": {...}, "prompts": 16, "promptTokens": 32}'

import json
import random
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

wanted = json.loads(sys.argv[1])
directory = Path(wanted["dir"])
torch.manual_seed(1)
# No end token: a response has its full length.
config = LlamaConfig(
    **wanted["config"],
    rms_norm_eps=1e-5,
    rope_theta=10000.0,
    tie_word_embeddings=True,
    bos_token_id=None,
    eos_token_id=None,
    pad_token_id=None,
)
model = LlamaForCausalLM(config).to(torch.float32)
words = {f"w{i}": i for i in range(config.vocab_size)}
tokenizer = Tokenizer(models.WordLevel(words, unk_token="w0"))
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(directory)
draw = random.Random(1)
prompts = [" ".join(f"w{draw.randrange(config.vocab_size)}" for _ in range(wanted["promptTokens"])) for _ in range(wanted["prompts"])]
(directory / "prompts.json").write_text(json.dumps(prompts))
# Last: a directory with weights is whole.
model.save_pretrained(directory)
print(sum(p.numel() for p in model.parameters()))
