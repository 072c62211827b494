# Tiny GGUF files for src/formats/ggufModel.test.ts: models of src/models/golden as llama.cpp's converter writes them, with the names and
# metadata keys of its own Python package, q and k permuted where LlamaModel (and SmolLM3Model, which is one) permutes them, and Llama 3's
# divisors of the frequencies as a tensor.
#   python -m venv v && v/bin/pip install gguf==0.19.0 numpy==2.4.6 safetensors==0.8.0
#   v/bin/python bench/golden/gguf_models.py src/models/golden src/formats/golden
import json
import math
import os
import sys

import gguf
import numpy as np
from safetensors.numpy import load_file

ARCHITECTURES = {
    'llama3': gguf.MODEL_ARCH.LLAMA,
    'llama-biases': gguf.MODEL_ARCH.LLAMA,
    'qwen2': gguf.MODEL_ARCH.QWEN2,
    'qwen2-yarn': gguf.MODEL_ARCH.QWEN2,
    'qwen3': gguf.MODEL_ARCH.QWEN3,
    'smollm3': gguf.MODEL_ARCH.SMOLLM3,
}
PERMUTED = (gguf.MODEL_ARCH.LLAMA, gguf.MODEL_ARCH.SMOLLM3)


def permute(weights, heads):
    """LlamaModel.permute of llama.cpp."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def divisors(base, dim, scaling):
    """LlamaModel.generate_extra_tensors of llama.cpp."""
    low, high, old = scaling['low_freq_factor'], scaling['high_freq_factor'], scaling['original_max_position_embeddings']
    out = []
    for i in range(0, dim, 2):
        wavelength = 2 * math.pi * base ** (i / dim)
        if wavelength < old / high:
            out.append(1)
        elif wavelength > old / low:
            out.append(scaling['factor'])
        else:
            smooth = (old / wavelength - low) / (high - low)
            out.append(1 / ((1 - smooth) / scaling['factor'] + smooth))
    return np.array(out, dtype=np.float32)


def write(source, path, arch):
    config = json.load(open(os.path.join(source, 'config.json')))
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    heads, kv_heads, layers = (config[f'num_{name}'] for name in ('attention_heads', 'key_value_heads', 'hidden_layers'))
    head_dim = config.get('head_dim') or config['hidden_size'] // heads
    writer.add_block_count(layers)
    writer.add_context_length(config['max_position_embeddings'])
    writer.add_embedding_length(config['hidden_size'])
    writer.add_feed_forward_length(config['intermediate_size'])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    theta = config.get('rope_theta') or config['rope_parameters']['rope_theta']
    writer.add_rope_freq_base(theta)
    writer.add_layer_norm_rms_eps(config['rms_norm_eps'])
    if 'head_dim' in config:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if arch in PERMUTED:
        writer.add_rope_dimension_count(head_dim)
    scaling = config.get('rope_scaling') or {}
    kind = scaling.get('rope_type', scaling.get('type'))
    if kind == 'linear':
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling['factor'])
    if kind == 'yarn':
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(scaling['factor'])
        writer.add_rope_scaling_orig_ctx_len(scaling['original_max_position_embeddings'])
    tokens = [chr(ord('0') + i) for i in range(config['vocab_size'] - 1)] + ['01']
    writer.add_tokenizer_model('gpt2')
    writer.add_tokenizer_pre('gpt-2')
    writer.add_token_list(tokens)
    writer.add_token_merges(['0 1'])
    writer.add_bos_token_id(config['bos_token_id'])
    writer.add_eos_token_id(config['eos_token_id'])
    names = gguf.get_tensor_name_map(arch, layers)
    for name, weights in load_file(os.path.join(source, 'model.safetensors')).items():
        for projection, count in (('q_proj', heads), ('k_proj', kv_heads)):
            if f'.{projection}.' in name and arch in PERMUTED:
                weights = permute(weights, count)
        writer.add_tensor(names.get_name(name, try_suffixes=('.weight', '.bias')), np.ascontiguousarray(weights))
    if kind == 'llama3':
        writer.add_tensor('rope_freqs.weight', divisors(theta, head_dim, scaling))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


for name, arch in ARCHITECTURES.items():
    write(os.path.join(sys.argv[1], name), os.path.join(sys.argv[2], f'{name}.gguf'), arch)
