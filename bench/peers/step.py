# TRL's GRPOTrainer, set as one would for speed on a CPU: no gradient checkpointing, nothing logged, saved or evaluated, the whole batch (or
# as much of it as `microBatch` says) in one forward, on-policy, so that no log-probabilities of an old policy are computed.

import json
import tempfile
import time

from turns import end, my_turn, say, work

import torch
from datasets import Dataset
from transformers import AutoTokenizer, LlamaForCausalLM, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

precision = work["precision"]
size = work["prompts"] * work["group"]
micro = work.get("microBatch", size)
model = LlamaForCausalLM.from_pretrained(
    work["model"], dtype=torch.bfloat16 if precision == "bf16 weights" else torch.float32, attn_implementation="sdpa"
)
tokenizer = AutoTokenizer.from_pretrained(work["model"])
# TRL wants an end token: one that the model cannot say.
tokenizer.add_special_tokens({"eos_token": "<end>", "pad_token": "<end>"})
assert tokenizer.eos_token_id == model.config.vocab_size
with open(f"{work['model']}/prompts.json") as file:
    prompts = json.load(file)[: work["prompts"]]


def even_words(completions, completion_ids, **_):
    """The share of words with an even number: as good as random for each response, and known to both sides."""
    assert len(completions) == size
    assert all(len(ids) == work["newTokens"] for ids in completion_ids)
    scores = []
    for text in completions:
        words = text.split()
        scores.append(sum(word[-1] in "02468" for word in words) / len(words))
    return scores


class Turns(TrainerCallback):
    def on_step_begin(self, args, state, control, **_):
        if state.global_step == 0:
            say({"ready": True, "threads": torch.get_num_threads()})
        if not my_turn():
            # The steps that are told of are over; the trainer has to be left somehow.
            end()
            raise SystemExit(0)
        self.started = time.perf_counter()

    def on_step_end(self, args, state, control, **_):
        say({"seconds": time.perf_counter() - self.started, "rewardSpread": trainer._metrics["train"]["reward_std"][-1]})


settings = GRPOConfig(
    output_dir=tempfile.mkdtemp(prefix="peer-step-"),
    per_device_train_batch_size=micro,
    gradient_accumulation_steps=size // micro,
    num_generations=work["group"],
    max_completion_length=work["newTokens"],
    beta=work["beta"],
    loss_type="grpo",
    num_iterations=1,
    temperature=1.0,
    top_p=1.0,
    top_k=0,
    learning_rate=1e-6,
    lr_scheduler_type="constant",
    adam_beta2=0.95,
    max_grad_norm=1.0,
    bf16=precision != "fp32",
    use_cpu=True,
    gradient_checkpointing=False,
    max_steps=1000,
    logging_strategy="no",
    save_strategy="no",
    eval_strategy="no",
    report_to="none",
    disable_tqdm=True,
    dataloader_num_workers=0,
    seed=1,
)
trainer = GRPOTrainer(
    model=model,
    reward_funcs=even_words,
    args=settings,
    train_dataset=Dataset.from_dict({"prompt": prompts}),
    processing_class=tokenizer,
    callbacks=[Turns()],
)
assert not trainer.model.is_gradient_checkpointing and trainer.model.config._attn_implementation == "sdpa"
trainer.train()
