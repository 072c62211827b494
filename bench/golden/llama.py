# Golden values for src/models/llama.test.ts: tiny random models of Hugging Face transformers, one for each family
# and option, the logits of two sequences, and the gradient of their mean cross-entropy with respect to every weight.
#   python -m venv v && v/bin/pip install -r bench/golden/requirements.txt
#   v/bin/python bench/golden/llama.py src/models/golden            (all; or with the names of some)
# Writes DIR/NAME: config.json, model.safetensors, a tokenizer of 48 words, golden.safetensors (logits.0, logits.1 and the gradients
# under `d NAME`) and golden.json (the sequences, the loss, the versions).
# The two Llamas came first and are wider; the others are as small as tells a wrong term.
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

LLAMA = {
    'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'hidden_act': 'silu', 'vocab_size': VOCAB, 'hidden_size': 32,
    'intermediate_size': 40, 'num_hidden_layers': 2, 'num_attention_heads': 4, 'num_key_value_heads': 2, 'max_position_embeddings': 96,
    'rms_norm_eps': 1e-5, 'bos_token_id': 1, 'eos_token_id': 2,
}  # fmt: skip


def small(architecture, model_type, **fields):
    """As config.json of a published model of the family has it, but for the sizes."""
    return {
        'architectures': [architecture], 'model_type': model_type, 'hidden_act': 'silu', 'vocab_size': VOCAB, 'hidden_size': 16,
        'intermediate_size': 24, 'num_hidden_layers': 2, 'num_attention_heads': 4, 'num_key_value_heads': 2,
        'max_position_embeddings': 160, 'rms_norm_eps': 1e-6, 'tie_word_embeddings': False, 'bos_token_id': 1, 'eos_token_id': 2, **fields,
    }  # fmt: skip


SHORT = (21, 34)
# Beyond every window, and beyond the context that a scaled rotation was made from.
LONG = (30, 90)
# name: seed, lengths of the sequences, config.json
MODELS = {
    # Not hidden_size / heads in the untied one, so that a program that computes it is found out.
    'tied': (1, SHORT, {**LLAMA, 'rope_theta': 10000.0, 'head_dim': 8, 'tie_word_embeddings': True}),
    'untied': (2, SHORT, {**LLAMA, 'rope_theta': 500.0, 'head_dim': 12, 'tie_word_embeddings': False}),
    # Heads of 16, so that some channels keep their frequency, some are stretched and some lie between.
    'llama3': (4, LONG, small(
        'LlamaForCausalLM', 'llama', head_dim=16, tie_word_embeddings=True, attention_bias=False, mlp_bias=False, rope_theta=500.0,
        rope_scaling={'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'original_max_position_embeddings': 32, 'rope_type': 'llama3'},
    )),
    'llama-biases': (5, LONG, small(
        'LlamaForCausalLM', 'llama', attention_bias=True, mlp_bias=True, rope_theta=500.0, rope_scaling={'type': 'linear', 'factor': 4.0},
    )),
    'mistral': (6, LONG, small('MistralForCausalLM', 'mistral', rope_theta=10000.0, sliding_window=9)),
    'qwen2': (7, LONG, small(
        'Qwen2ForCausalLM', 'qwen2', rope_theta=1000000.0, tie_word_embeddings=True, use_sliding_window=False, sliding_window=20,
        max_window_layers=2,
    )),
    'qwen2-window': (8, LONG, small(
        'Qwen2ForCausalLM', 'qwen2', rope_theta=10000.0, num_hidden_layers=3, use_sliding_window=True, sliding_window=11, max_window_layers=1,
    )),
    'qwen2-yarn': (9, LONG, small(
        'Qwen2ForCausalLM', 'qwen2', num_attention_heads=1, num_key_value_heads=1, rope_theta=1000.0,
        rope_scaling={'factor': 4.0, 'original_max_position_embeddings': 40, 'type': 'yarn'},
    )),
    # As transformers 5 writes it.
    'qwen3': (10, LONG, small(
        'Qwen3ForCausalLM', 'qwen3', head_dim=8, attention_bias=False, use_sliding_window=False, sliding_window=None, max_window_layers=2,
        tie_word_embeddings=True, layer_types=['full_attention', 'full_attention'],
        rope_parameters={'rope_theta': 1000000.0, 'rope_type': 'default'},
    )),
    'smollm3': (11, LONG, small(
        'SmolLM3ForCausalLM', 'smollm3', num_hidden_layers=4, rope_theta=5000000.0, tie_word_embeddings=True, attention_bias=False, mlp_bias=False,
        no_rope_layers=[1, 1, 1, 0], no_rope_layer_interval=4, use_sliding_window=False, sliding_window=None, layer_types=['full_attention'] * 4,
    )),
    'smollm3-window': (12, LONG, small(
        'SmolLM3ForCausalLM', 'smollm3', tie_word_embeddings=True, no_rope_layer_interval=2, use_sliding_window=True, sliding_window=13,
    )),
}  # fmt: skip


def model_of(seed, config):
    if config['model_type'] == 'smollm3':
        config = {'pad_token_id': None, **config}
    made = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)), attn_implementation='eager')
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(made).to(torch.float32).eval()
    assert type(model).__name__ == config['architectures'][0]
    # Far from initialisation, so that attention is sharp, norms matter, and a wrong term cannot hide.
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            scale = 0.5 if name.endswith('.bias') else 0.3 if weight.dim() == 1 else 0.35
            weight.copy_(('norm' in name) + scale * torch.randn(weight.shape))
    return model


def tokenizer_files():
    vocab = {f'w{i}': i for i in range(VOCAB)}
    tokenizer = {'version': '1.0', 'added_tokens': [], 'pre_tokenizer': {'type': 'WhitespaceSplit'}, 'model': {'type': 'WordLevel', 'vocab': vocab, 'unk_token': 'w0'}}
    return tokenizer, {'tokenizer_class': 'PreTrainedTokenizerFast', 'eos_token': 'w2', 'unk_token': 'w0'}


def write(directory, seed, lengths, config):
    os.makedirs(directory, exist_ok=True)
    model = model_of(seed, config)
    torch.manual_seed(3)
    sequences = [torch.randint(0, VOCAB, (length,)) for length in lengths]
    logits = [model(input_ids=sequence[None]).logits[0] for sequence in sequences]
    # The mean over all predicted tokens of both sequences.
    loss = sum(torch.nn.functional.cross_entropy(l[:-1], s[1:], reduction='sum') for l, s in zip(logits, sequences)) / sum(n - 1 for n in lengths)
    loss.backward()
    weights = {name: weight.detach().contiguous() for name, weight in model.named_parameters()}
    save_file(weights, os.path.join(directory, 'model.safetensors'), metadata={'format': 'pt'})
    golden = {f'logits.{i}': l.detach().contiguous() for i, l in enumerate(logits)}
    golden |= {f'd {name}': weight.grad.contiguous() for name, weight in model.named_parameters()}
    save_file(golden, os.path.join(directory, 'golden.safetensors'))
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


for name in sys.argv[2:] or MODELS:
    write(os.path.join(sys.argv[1], name), *MODELS[name])
