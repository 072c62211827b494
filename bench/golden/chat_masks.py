# Golden masks for src/formats/learntTurns.test.ts: what transformers makes of chat templates that mark what the assistant writes.
#   python -m venv v && v/bin/pip install transformers==5.23.0 jinja2
#   v/bin/python bench/golden/chat_masks.py src/formats/golden/tokenizers.json > src/formats/golden/chatMasks.json
import json
import sys

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

kinds = json.load(open(sys.argv[1]))["kinds"]
templates = {
    "end inside": "{% for m in messages %}{{ '<s>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content + '</s>' }}{% endgeneration %}{% else %}{{ m.content + '</s>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<s>assistant\n' }}{% endif %}",
    "end outside": "{% for m in messages %}{{ '<s>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ '</s>' }}{% endfor %}",
    "lines, blanks kept by none": "{% for m in messages %}\n  {% if m.role == 'assistant' %}\n<s>assistant:\n    {% generation %}\n  {{ m.content }}\n    {% endgeneration %}\n</s>\n  {% else %}\n<s>{{ m.role }}: {{ m.content }}</s>\n  {% endif %}\n{% endfor %}",
    "lines, blanks taken": "{%- for m in messages -%}\n  <s>{{ m.role }}:\n  {%- if m.role == 'assistant' -%}\n  {%- generation -%}\n  {{ m.content }}\n  </s>\n  {%- endgeneration -%}\n  {%- else -%}\n  {{ m.content }}</s>\n  {%- endif -%}\n{%- endfor -%}",
    "the last turn alone": "{% for m in messages %}{{ '<s>' + m.role + '\n' }}{% if m.role == 'assistant' and loop.last %}{% generation %}{{ m.content + '</s>' }}{% endgeneration %}{% else %}{{ m.content + '</s>' }}{% endif %}{% endfor %}",
}
conversations = [
    [("user", "the quick brown fox"), ("assistant", "jumps over the lazy dog")],
    [("system", "how many in all?"), ("user", "12 * 7"), ("assistant", "84"), ("user", "again"), ("assistant", "wait, that is wrong")],
    [("user", "the fox")],
    [("user", "the fox"), ("assistant", "")],
]

cases = []
for kind in ["byte-level BPE, digits apart", "Metaspace first"]:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(kinds[kind]["tokenizer"])), bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    for name, template in templates.items():
        if kind == "Metaspace first" and name == "lines, blanks kept by none":
            continue  # Its vocabulary has no line end: two in a row are one unknown token.
        for conversation in conversations:
            messages = [{"role": role, "content": content} for role, content in conversation]
            out = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
            cases.append({"kind": kind, "name": name, "template": template, "messages": messages, "ids": out["input_ids"], "mask": out["assistant_masks"]})
json.dump(cases, sys.stdout, separators=(",", ":"))
print()
