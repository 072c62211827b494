# Golden ids for src/formats/tokenizer.test.ts: small tokenizers trained here, and what the reference implementation makes of some texts.
#   python -m venv v && v/bin/pip install tokenizers==0.22.1
#   v/bin/python bench/golden/tokenizer_ids.py > src/formats/golden/tokenizers.json
# Kinds: byte-level BPE with digits split (as SmolLM2's), byte-level BPE with control tokens and a beginning of text, Metaspace with each
# prepend_scheme, with and without split, and Unigram.
import json

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

corpus = [
    'the quick brown fox jumps over the lazy dog 0123456789',
    'she sold 48 clips in April and half as many in May; how many in all?',
    'na\u00efve caf\u00e9 d\u00e9j\u00e0 vu \u4f60\u597d \u4e16\u754c',
    '<think> wait, that is wrong. try again: 12 * 7 = 84 </think>',
] * 20
texts = [
    # faults.md R24
    'na\u00efve\u00a0x\t\r\n 3\u0664\u096b \U0001F469\u200d\U0001F52C e\u0301 \u0016',
    '',
    ' ',
    'the quick brown fox',
    '  two  spaces  and a tail ',
    'x\ufeffy \u0085z\u3000w',
    "it's 1234 o'clock, we'll 5\u00bd\u2167 see",
    'a<s>b</s> c <think> d',
    '<s>the </s>fox',
    '\u2581the\u2581fox the\nfox',
    '\u4f60\u597d\uff0c\u4e16\u754c\uff01 12\u00d77=84',
]
control = [AddedToken(t, special=True, normalized=False) for t in ('<s>', '</s>', '<unk>')]


def bpe_bytes(pre):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre
    t.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=control, show_progress=False)
    t.train_from_iterator(corpus, trainer)
    return t


def metaspace(scheme, split, unigram=False):
    t = Tokenizer(models.Unigram() if unigram else models.BPE(unk_token='<unk>', fuse_unk=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    t.decoder = decoders.Metaspace(prepend_scheme=scheme, split=split)
    if unigram:
        trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=control, unk_token='<unk>', show_progress=False)
    else:
        trainer = trainers.BpeTrainer(vocab_size=260, special_tokens=control, show_progress=False)
    t.train_from_iterator(corpus, trainer)
    return t


digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
with_bos = bpe_bytes(pre_tokenizers.ByteLevel(add_prefix_space=False))
with_bos.add_tokens([AddedToken('<think>', special=False, normalized=False)])
with_bos.post_processor = processors.TemplateProcessing(single='<s> $A', special_tokens=[('<s>', with_bos.token_to_id('<s>'))])
kinds = {
    'byte-level BPE, digits apart': bpe_bytes(digits),
    'byte-level BPE with beginning of text': with_bos,
    'Metaspace always': metaspace('always', True),
    'Metaspace first': metaspace('first', True),
    'Metaspace never, not split': metaspace('never', False),
    'Unigram, Metaspace always': metaspace('always', True, unigram=True),
}
out = {'made_by': 'tokenizers 0.22.1', 'texts': texts, 'kinds': {}}
for name, t in kinds.items():
    rows = []
    for text in texts:
        ids = t.encode(text, add_special_tokens=False).ids
        # Control tokens in the text are text (what `encode` does by default).
        t.encode_special_tokens = True
        plain = t.encode(text, add_special_tokens=False).ids
        t.encode_special_tokens = False
        rows.append({
            'control': ids,
            'plain': plain,
            'special': t.encode(text, add_special_tokens=True).ids,
            'decoded': t.decode(ids, skip_special_tokens=False),
        })
    out['kinds'][name] = {'tokenizer': json.loads(t.to_str()), 'rows': rows}
print(json.dumps(out, ensure_ascii=True))
