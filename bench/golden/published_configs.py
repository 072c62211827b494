"""Holds src/formats/golden/published.json, config.json's of published models with their numbers of parameters, against transformers: the
model of each config is made without its weights, and its parameters are counted.

    python bench/golden/published_configs.py src/formats/golden/published.json
"""
import json
import sys

import torch
import transformers

wrong = 0
for name, entry in json.load(open(sys.argv[1])).items():
    config = transformers.AutoConfig.for_model(**entry["config"])
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    model.tie_weights()
    found = sum(p.numel() for p in model.parameters())
    wrong += found != entry["parameters"]
    print(f"{name}: {found:,}{'' if found == entry['parameters'] else ', not ' + format(entry['parameters'], ',')}")
print(f"torch {torch.__version__}, transformers {transformers.__version__}")
sys.exit(1 if wrong else 0)
