# Small GGUF files that hold only a tokenizer, and what the reference implementations make of some texts, for
# src/formats/ggufTokenizer.test.ts.
#   python -m venv v && v/bin/pip install gguf==0.19.0 tokenizers==0.23.3 sentencepiece==0.2.3
#   v/bin/python bench/golden/gguf_tokenizers.py src/formats/golden
# Writes DIR/tokenizer.NAME.gguf and DIR/ggufTokenizers.json. Byte-level BPEs are trained by `tokenizers`, whose ids are the expected ones;
# the SentencePiece ones by `sentencepiece`, likewise. The pre-tokenizers are those of the published tokenizer.json files.
import io
import json
import os
import sys

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

directory = sys.argv[1]
corpus = [
    'the quick brown fox jumps over the lazy dog 0123456789',
    "she sold 48 clips in April and half as many in May; how many in all? It's 1,234.",
    'na\u00efve caf\u00e9 d\u00e9j\u00e0 vu \u4f60\u597d \u4e16\u754c',
    'def f(x):\n    return x ** 2\n\n\nprint(f(12))  # 144',
    'wait, that is wrong. try again: 12 * 7 = 84. The answer is 84.',
] * 40
texts = [
    # faults.md R24
    'na\u00efve\u00a0x\t\r\n 3\u0664\u096b \U0001F469\u200d\U0001F52C e\u0301 \u0016',
    '',
    ' ',
    '   ',
    'the quick brown fox',
    '  two  spaces  and a tail ',
    '\n\n\nprint(f(12))\r\n\r\n  x',
    "It's, we'LL and I'Ve: they'd 1234567 o'clock 5\u00bd\u2167",
    'x\ufeffy \u0085z\u3000w\u2028v',
    '\u4f60\u597d\uff0c\u4e16\u754c\uff01 12\u00d77=84',
    'a<s>b</s> c <think> d<|im_end|>\n',
    '\u2581the\u2581fox the\nfox',
]
words = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)


def split(digits):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(words % digits), 'isolated'), byte_level])


gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
digits_apart = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2])
kinds = {
    'gpt-2': (gpt2, None, False),
    'smollm': (digits_apart, None, False),
    'llama-bpe': (split(r'\p{N}{1,3}'), None, True),
    'qwen2': (split(r'\p{N}'), normalizers.NFC(), False),
}
rows = {}


def write(name, model, tokens, types, scores=None, merges=None, pre='default', more=lambda writer: None):
    writer = gguf.GGUFWriter(os.path.join(directory, f'tokenizer.{name}.gguf'), 'llama')
    writer.add_tokenizer_model(model)
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if scores is not None:
        writer.add_token_scores(scores)
    if merges is not None:
        writer.add_token_merges(merges)
    more(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


for pre, (pre_tokenizer, normalizer, ignore_merges) in kinds.items():
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.pre_tokenizer, t.decoder = pre_tokenizer, decoders.ByteLevel()
    if normalizer is not None:
        t.normalizer = normalizer
    control = [AddedToken(c, special=True, normalized=False) for c in ('<|begin|>', '<|im_end|>')]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    t.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, special_tokens=control, show_progress=False))
    if ignore_merges:
        # A word that no merge makes is found whole.
        saved = json.loads(t.to_str())
        saved['model']['vocab']['\u0120answer'] = t.get_vocab_size()
        t = Tokenizer.from_str(json.dumps(saved))
    t.add_tokens([AddedToken('<think>', special=False, normalized=False)])
    saved = json.loads(t.to_str())
    vocab = t.get_vocab(with_added_tokens=True)
    tokens = sorted(vocab, key=vocab.get)
    types = [3 if token in ('<|begin|>', '<|im_end|>') else 4 if token == '<think>' else 1 for token in tokens]
    merges = [' '.join(m) for m in saved['model']['merges']]
    write(pre, 'gpt2', tokens, types, merges=merges, pre=pre, more=lambda w: (w.add_bos_token_id(0), w.add_eos_token_id(1)))
    rows[pre] = {'control': [t.encode(text).ids for text in texts], 'decoded': [t.decode(t.encode(text).ids, skip_special_tokens=False) for text in texts]}
    t.encode_special_tokens = True
    rows[pre]['plain'] = [t.encode(text).ids for text in texts]

for prefix in (True, False):
    name = 'spm' if prefix else 'spm-no-prefix'
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=out, model_type='bpe', vocab_size=420, byte_fallback=True, split_digits=True,
        normalization_rule_name='identity', remove_extra_whitespaces=False, add_dummy_prefix=prefix, allow_whitespace_only_pieces=True,
        user_defined_symbols=['<think>'], minloglevel=2, num_threads=1,
    )
    sp = sentencepiece.SentencePieceProcessor(model_proto=out.getvalue())
    ids = range(sp.get_piece_size())
    types = [2 if sp.is_unknown(i) else 3 if sp.is_control(i) else 6 if sp.is_byte(i) else 4 if sp.id_to_piece(i) == '<think>' else 1 for i in ids]
    more = lambda w: (w.add_bos_token_id(1), w.add_eos_token_id(2), w.add_unk_token_id(0), None if prefix else w.add_add_space_prefix(False))
    write(name, 'llama', [sp.id_to_piece(i) for i in ids], types, [sp.get_score(i) for i in ids], more=more)
    rows[name] = {'plain': [sp.encode(text) for text in texts], 'decoded': [sp.decode(sp.encode(text)) for text in texts]}
made_by = f'gguf 0.19.0, tokenizers 0.23.3, sentencepiece {sentencepiece.__version__}'
with open(os.path.join(directory, 'ggufTokenizers.json'), 'w') as file:
    json.dump({'made_by': made_by, 'texts': texts, 'rows': rows}, file)
    file.write('\n')
