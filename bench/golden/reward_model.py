# Golden reward models for src/engine/local/scalarHead.test.ts: transformers' ...ForSequenceClassification over the tiny random models that
# llama.py made, and peft's SEQ_CLS adapter over one of them, with the scores of two sequences, alone and in a padded batch.
#   v/bin/python bench/golden/reward_model.py src/models/golden src/engine/local/golden/rewardModel
# Writes OUT/golden.json (sequences, the head's weights and the scores by model, the versions) and OUT/adapter (adapter_config.json and
# adapter_model.safetensors as save_pretrained has them, but the base's path relative to the adapter).
#   v/bin/python bench/golden/reward_model.py --check DIR
# prints as JSON the scores that transformers, or peft over its base, gives the golden sequences for the model or adapter in DIR: the other way round.
import json
import os
import sys

import peft
import torch
import transformers

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
SEQUENCES = [[(7 * i + 5) % 48 for i in range(22)], [(11 * i + 3) % 48 for i in range(13)]]
NAMES = ['tied', 'untied', 'mistral', 'qwen2', 'qwen3', 'smollm3']


def load(directory):
    return transformers.AutoModelForSequenceClassification.from_pretrained(
        directory, num_labels=1, dtype=torch.float32, attn_implementation='eager', pad_token_id=None
    ).eval()


def scores(model):
    with torch.no_grad():
        return [model(input_ids=torch.tensor([s])).logits[0, 0].item() for s in SEQUENCES]


def check(directory):
    adapter_config = os.path.join(directory, 'adapter_config.json')
    if os.path.exists(adapter_config):
        base = json.load(open(adapter_config))['base_model_name_or_path']
        model = peft.PeftModel.from_pretrained(load(base), directory).eval()
    else:
        model = load(directory)
    print(json.dumps(scores(model)))


def write(models, out):
    golden = {}
    for seed, name in enumerate(NAMES):
        model = load(os.path.join(models, name))
        torch.manual_seed(seed)
        with torch.no_grad():
            model.score.weight.copy_(0.3 * torch.randn(model.score.weight.shape))
        golden[name] = {'class': type(model).__name__, 'score': model.score.weight.flatten().tolist(), 'scores': scores(model)}
    base_dir = os.path.join(models, 'untied')
    lora = peft.LoraConfig(r=3, lora_alpha=6, target_modules=['q_proj', 'v_proj', 'down_proj'], task_type='SEQ_CLS')
    model = peft.get_peft_model(load(base_dir), lora).eval()
    torch.manual_seed(9)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if 'lora_' in name or 'modules_to_save' in name:
                weight.copy_(0.2 * torch.randn(weight.shape))
    adapter = os.path.join(out, 'adapter')
    model.save_pretrained(adapter)
    os.remove(os.path.join(adapter, 'README.md'))
    config_file = os.path.join(adapter, 'adapter_config.json')
    config = json.load(open(config_file))
    config['base_model_name_or_path'] = os.path.relpath(base_dir, adapter)
    with open(config_file, 'w') as file:
        json.dump(config, file, indent=2)
        file.write('\n')
    golden['adapter'] = {'scores': scores(model)}
    made_by = f'torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}'
    with open(os.path.join(out, 'golden.json'), 'w') as file:
        json.dump({'made_by': made_by, 'sequences': SEQUENCES, 'models': golden}, file)
        file.write('\n')
    print({name: value['scores'] for name, value in golden.items()}, made_by)


if sys.argv[1] == '--check':
    check(sys.argv[2])
else:
    write(*sys.argv[1:3])
