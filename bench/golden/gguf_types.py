# Golden values for src/formats/ggufQuantisations.test.ts: a GGUF file with a tensor of each type that can be read, and what llama.cpp's own
# Python package makes of it.
#   python -m venv v && v/bin/pip install gguf==0.19.0 numpy==2.4.6 safetensors==0.8.0
#   v/bin/python bench/golden/gguf_types.py src/formats/golden
# Writes DIR/types.gguf and DIR/types.safetensors (the same names, float32). Blocks are random bytes whose half precision scales take every
# edge (zeros, subnormals, the largest, infinite, NaN, both signs), and, where the package can quantise, some of Gaussian weights too.
import os
import sys

import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file

rng = np.random.default_rng(7)
# 0, -0, least and largest subnormal, least normal, 1, -1, largest, -largest, infinities, NaN; the rest is random but finite.
edges = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x8400, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00]
# Where each type keeps half precision numbers in a block.
halves = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}


def random_half():
    return int(rng.integers(0x0000, 0x7C00)) | (int(rng.integers(0, 2)) << 15)


def random_blocks(kind):
    _, size = GGML_QUANT_SIZES[kind]
    blocks = []
    places = halves[kind]
    for n in range(len(edges) + 3):
        block = rng.integers(0, 256, size, dtype=np.uint8)
        for k, at in enumerate(places):
            # Each edge as scale beside a random minimum, then the other way round in the other half of the blocks.
            edge = n < len(edges) and k == n % len(places)
            block[at : at + 2] = np.array([edges[n] if edge else random_half()], dtype='<u2').view(np.uint8)
        blocks.append(block)
    return np.concatenate(blocks)


def weights(kind, rows, width):
    return quantize(rng.normal(0, 0.02, (rows, width)).astype(np.float32), kind)


tensors = {
    'f32': (T.F32, np.array([[1.5, -0.0, 1e-45], [np.inf, -np.inf, np.nan]], dtype='<f4').view(np.uint8)),
    'f16': (T.F16, np.array(edges + [random_half() for _ in range(17)], dtype='<u2').view(np.uint8).reshape(2, -1)),
    'bf16': (T.BF16, np.concatenate([np.array([0, 0x8000, 1, 0x7F7F, 0x7F80, 0x7FC0], dtype='<u2'), rng.integers(0, 0x7F80, 26, dtype='<u2')]).view(np.uint8).reshape(2, -1)),
}
for kind in halves:
    tensors[kind.name.lower()] = (kind, random_blocks(kind).reshape(3, -1))
for kind in (T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0):
    tensors[f'weights.{kind.name.lower()}'] = (kind, weights(kind, 2, 96))

directory = sys.argv[1]
path = os.path.join(directory, 'types.gguf')
writer = GGUFWriter(path, 'llama')
for name, (kind, data) in tensors.items():
    if kind in (T.F32, T.F16):
        writer.add_tensor(name, data.view(np.float32 if kind == T.F32 else np.float16))
    else:
        writer.add_tensor(name, data, raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
with np.errstate(invalid='ignore'):
    values = {t.name: np.ascontiguousarray(dequantize(t.data, t.tensor_type), dtype=np.float32) for t in GGUFReader(path).tensors}
save_file(values, os.path.join(directory, 'types.safetensors'), metadata={'made_by': 'gguf 0.19.0, numpy 2.4.6'})
