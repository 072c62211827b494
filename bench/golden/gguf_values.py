# Golden values for src/formats/smollm.test.ts: what llama.cpp's own Python package makes of the tensors of SmolLM2-135M-Instruct.Q4_1.gguf.
#   python -m venv v && v/bin/pip install gguf==0.19.0 numpy==2.4.6
#   v/bin/python bench/golden/gguf_values.py SmolLM2-135M-Instruct.Q4_1.gguf > src/formats/golden/smollm2-q4_1.json
# Per tensor (named as in the file, not permuted): its type, its shape ([out, in]), the sum of its float32 values in double precision,
# the sum of their absolute values, and eight values spread over it.
import json
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

names = ['token_embd.weight', 'blk.0.attn_q.weight', 'blk.0.attn_k.weight', 'blk.7.ffn_down.weight', 'blk.29.ffn_norm.weight', 'output_norm.weight']
reader = GGUFReader(sys.argv[1])
golden = {}
for tensor in reader.tensors:
    if tensor.name not in names:
        continue
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    flat = values.reshape(-1)
    places = [int(i * (flat.size - 1) // 7) for i in range(8)]
    golden[tensor.name] = {
        'type': tensor.tensor_type.name,
        'shape': list(values.shape),
        'sum': float(flat.astype(np.float64).sum()),
        'absolute': float(np.abs(flat.astype(np.float64)).sum()),
        'values': [[i, float(flat[i])] for i in places],
    }
print(json.dumps({'made_by': 'gguf 0.19.0, numpy 2.4.6', 'tensors': golden}, indent=1))
