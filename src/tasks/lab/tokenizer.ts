// The lab's tokenizer as the files of a model directory; made from the word list, so that none of it lies in the repository twice.
import type { TokenizerFiles } from '../../formats/tokenizer.ts';
import { wordTokenizerConfig, wordTokenizerJson } from '../../formats/wordTokenizer.ts';
import { labSpecials, labWords } from './vocabulary.ts';

/** Chat messages as the corpus writes them: `user : ... assistant : ... <eos>`. */
const chatTemplate =
  "{% for message in messages %}{{ message['role'] + ' : ' + message['content'] }}" +
  "{% if message['role'] == 'assistant' %}{{ ' ' + eos_token }}{% endif %}{% if not loop.last %}{{ ' ' }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ ' assistant :' }}{% endif %}";

/** The tokenizer's files (their parsed contents) of the lab's 608 words. */
export function labTokenizerFiles(): TokenizerFiles {
  return {
    tokenizerJson: wordTokenizerJson([...labWords], labSpecials),
    tokenizerConfig: wordTokenizerConfig(labSpecials, chatTemplate),
    source: "the lab's tokenizer",
  };
}
