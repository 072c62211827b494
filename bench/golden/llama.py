# Golden values for src/models/llama.test.ts: two tiny random Llamas of Hugging Face transformers (one with tied, one with untied
# embeddings), the logits of two sequences, and the gradient of their mean cross-entropy with respect to every weight.
#   python -m venv v && v/bin/pip install -r bench/golden/requirements.txt
#   v/bin/python bench/golden/llama.py src/models/golden
# Writes DIR/tied and DIR/untied: config.json, model.safetensors, a tokenizer of 48 words, golden.safetensors (logits.0, logits.1 and the
# gradients under `d NAME`) and golden.json (the sequences, the loss, the versions).
import json
import os
import sys

import safetensors
import torch
import transformers
from safetensors.torch import save_file

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
VOCAB = 48
LENGTHS = (21, 34)


def model_of(tied):
    config = transformers.LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=32,
        # Not hidden_size / heads in the untied one, so that a program that computes it is found out.
        head_dim=8 if tied else 12,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=96,
        rms_norm_eps=1e-5,
        rope_theta=10000.0 if tied else 500.0,
        tie_word_embeddings=tied,
        bos_token_id=1,
        eos_token_id=2,
        attn_implementation='eager',
    )
    torch.manual_seed(1 if tied else 2)
    model = transformers.LlamaForCausalLM(config).to(torch.float32).eval()
    # Far from initialisation, so that attention is sharp, norms matter, and a wrong term cannot hide.
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters()):
            weight.copy_(1 + 0.3 * torch.randn(weight.shape) if weight.dim() == 1 else 0.35 * torch.randn(weight.shape))
    return model


def tokenizer_files():
    vocab = {f'w{i}': i for i in range(VOCAB)}
    tokenizer = {'version': '1.0', 'added_tokens': [], 'pre_tokenizer': {'type': 'WhitespaceSplit'}, 'model': {'type': 'WordLevel', 'vocab': vocab, 'unk_token': 'w0'}}
    return tokenizer, {'tokenizer_class': 'PreTrainedTokenizerFast', 'eos_token': 'w2', 'unk_token': 'w0'}


def write(directory, tied):
    os.makedirs(directory, exist_ok=True)
    model = model_of(tied)
    torch.manual_seed(3)
    sequences = [torch.randint(0, VOCAB, (length,)) for length in LENGTHS]
    logits = [model(input_ids=sequence[None]).logits[0] for sequence in sequences]
    # The mean over all predicted tokens of both sequences.
    loss = sum(torch.nn.functional.cross_entropy(l[:-1], s[1:], reduction='sum') for l, s in zip(logits, sequences)) / sum(n - 1 for n in LENGTHS)
    loss.backward()
    weights = {name: weight.detach().contiguous() for name, weight in model.named_parameters()}
    save_file(weights, os.path.join(directory, 'model.safetensors'), metadata={'format': 'pt'})
    golden = {f'logits.{i}': l.detach().contiguous() for i, l in enumerate(logits)}
    golden |= {f'd {name}': weight.grad.contiguous() for name, weight in model.named_parameters()}
    save_file(golden, os.path.join(directory, 'golden.safetensors'))
    # The config by hand: what config.json of a published Llama holds.
    keys = ('vocab_size', 'hidden_size', 'head_dim', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads')
    keys += ('max_position_embeddings', 'rms_norm_eps', 'tie_word_embeddings', 'bos_token_id', 'eos_token_id')
    config = {'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'hidden_act': 'silu', 'rope_theta': 10000.0 if tied else 500.0}
    config |= {key: getattr(model.config, key) for key in keys}
    tokenizer, tokenizer_config = tokenizer_files()
    dump(directory, 'config.json', config)
    dump(directory, 'tokenizer.json', tokenizer)
    dump(directory, 'tokenizer_config.json', tokenizer_config)
    made_by = f'torch {torch.__version__}, transformers {transformers.__version__}, safetensors {safetensors.__version__}'
    dump(directory, 'golden.json', {'made_by': made_by, 'sequences': [s.tolist() for s in sequences], 'loss': loss.item()})
    print(directory, 'loss', loss.item(), 'by', made_by)


def dump(directory, name, value):
    with open(os.path.join(directory, name), 'w') as file:
        json.dump(value, file)
        file.write('\n')


write(os.path.join(sys.argv[1], 'tied'), True)
write(os.path.join(sys.argv[1], 'untied'), False)
