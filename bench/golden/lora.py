# A golden adapter for src/engine/local/lora.test.ts: peft's own files over the tiny random Llama that llama.py made, and the logits.
#   v/bin/python bench/golden/lora.py src/models/golden/tied src/engine/local/golden/adapter
# Writes adapter_config.json and adapter_model.safetensors as peft's save_pretrained does (its base named relative to the adapter), and
# golden.json (a sequence, its logits with the adapter and the largest change that the adapter makes, the versions).
import json
import os
import sys

import peft
import torch
import transformers

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
base_dir, out_dir = sys.argv[1:3]
base = transformers.AutoModelForCausalLM.from_pretrained(base_dir, dtype=torch.float32, attn_implementation='eager')
sequence = torch.arange(5, 27) % 48
with torch.no_grad():
    plain = base(input_ids=sequence[None]).logits[0]
lora = peft.LoraConfig(r=3, lora_alpha=6, target_modules=['q_proj', 'v_proj', 'down_proj'], use_rslora=True, task_type='CAUSAL_LM')
model = peft.get_peft_model(base, lora).eval()
torch.manual_seed(1)
with torch.no_grad():
    for name, weight in sorted(model.named_parameters()):
        if 'lora_' in name:
            weight.copy_(0.2 * torch.randn(weight.shape))
    logits = model(input_ids=sequence[None]).logits[0]
model.save_pretrained(out_dir)
os.remove(os.path.join(out_dir, 'README.md'))
config_file = os.path.join(out_dir, 'adapter_config.json')
with open(config_file) as file:
    config = json.load(file)
config['base_model_name_or_path'] = os.path.relpath(base_dir, out_dir)
with open(config_file, 'w') as file:
    json.dump(config, file, indent=2)
    file.write('\n')
made_by = f'torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}'
change = (logits - plain).abs().max().item()
with open(os.path.join(out_dir, 'golden.json'), 'w') as file:
    json.dump({'made_by': made_by, 'sequence': sequence.tolist(), 'change': change, 'logits': [round(x, 6) for x in logits.flatten().tolist()]}, file)
    file.write('\n')
print('change', change, made_by)
