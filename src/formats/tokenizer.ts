// Text to token ids and back, chat templates included, for any model directory or GGUF: the one tokenizer of the program.
// Over @huggingface/tokenizers (through tokenizerLibrary.ts) and @huggingface/jinja (through chatTemplate.ts). What it adds is care with
// control tokens: text from a user or a data set never becomes one, a beginning-of-text comes once, and every end token is known.

import { isoDate } from '../platform/clock.ts';
import { InputError, messageOf } from '../platform/errors.ts';
import { ChatTemplate, type Message, unusedCharacters } from './chatTemplate.ts';
import { Encoder } from './encoder.ts';
import { type LearntConversation, learntTurns } from './learntTurns.ts';
import { checkTokenIds, generationEnds } from './tokenizerFiles.ts';
import { type PlainTokenizer, plainTokenizer } from './tokenizerLibrary.ts';

export type { Message } from './chatTemplate.ts';

type Json = Record<string, unknown>;

/** The parsed files that make a tokenizer; from a GGUF they are made out of its metadata. */
export interface TokenizerFiles {
  /** tokenizer.json */
  tokenizerJson: Json;
  /** tokenizer_config.json; `chat_template` holds the template also where it lay in a file of its own. */
  tokenizerConfig: Json;
  /** generation_config.json */
  generationConfig?: Json;
  /** What to call them in messages: a directory, a .gguf file. */
  source?: string;
  /** Where the chat template was read: a file, and the field where it is one. */
  templateSource?: string;
}

/** A sequence to learn from, and the stretches of it that are learnt: [start, end) each. */
export interface LearntIds {
  ids: number[];
  spans: [number, number][];
}

export interface ModelIds {
  eosTokenIds: number[];
  bosTokenId?: number;
  vocabSize?: number;
}

export class Tokenizer {
  /** Number of ids, 0 to vocabSize - 1. A model's own vocabulary may be larger (padded), never smaller. */
  readonly vocabSize: number;
  readonly bosId?: number;
  /** Every id that ends a response: the union of those of config.json, generation_config.json and the tokenizer; ascending. */
  readonly stopIds: number[];
  /** The one that is written after a text to learn from: the tokenizer's own. */
  readonly endId?: number;
  readonly hasChatTemplate: boolean;
  readonly #library: PlainTokenizer;
  readonly #encoder: Encoder;
  readonly #prefix: number[];
  readonly #template?: ChatTemplate;
  readonly #source: string;

  /**
   * @param model what config.json says (a LlamaConfig).
   * @param date what chat templates that write the date take for now, ISO 8601: a run's own, so that it has the same prompts every day
   * @throws InputError for a tokenizer.json of an unknown kind, or with more tokens than the model has.
   */
  static fromFiles(files: TokenizerFiles, model: ModelIds = { eosTokenIds: [] }, date = isoDate()): Tokenizer {
    return new Tokenizer(files, model, date);
  }

  private constructor(files: TokenizerFiles, model: ModelIds, date: string) {
    const { tokenizerJson, tokenizerConfig } = files;
    this.#source = files.source ?? 'the tokenizer';
    try {
      this.#library = plainTokenizer(tokenizerJson, tokenizerConfig);
    } catch (error) {
      // The library does not check what it reads.
      const why =
        error instanceof TypeError
          ? `a part of it is missing or of another kind (${messageOf(error)}); fetch it again, or save it anew with the tokenizers library`
          : messageOf(error);
      throw new InputError(`${this.#source}: tokenizer.json cannot be used: ${why}`);
    }
    this.vocabSize = this.#library.size;
    if (model.vocabSize !== undefined) checkTokenIds(files, { ...model, vocabSize: model.vocabSize });
    this.#encoder = new Encoder(this.#library, tokenizerJson.pre_tokenizer, this.#source);
    const idOf = (name: string) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? undefined : this.#library.idOf(text);
    };
    this.bosId = idOf('bos_token') ?? model.bosTokenId;
    const own = idOf('eos_token');
    const eos = tokenText(tokenizerConfig.eos_token);
    if (eos !== undefined && own === undefined)
      throw new InputError(`${this.#source}: eos_token of tokenizer_config.json is '${eos}', which is no token of tokenizer.json`);
    const ends = [...model.eosTokenIds, ...generationEnds(files), ...idList(own)];
    this.stopIds = [...new Set(ends)].sort((a, b) => a - b);
    this.endId = own ?? this.stopIds[0];
    this.#prefix = this.#prefixIds(tokenizerJson.post_processor, tokenizerConfig.add_bos_token);
    const names = ['bos', 'eos', 'unk', 'pad', 'sep', 'cls', 'mask'].map((name) => `${name}_token`);
    const tokens = names.flatMap((name) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? [] : [[name, text]];
    });
    this.#template = ChatTemplate.from(
      tokenizerConfig.chat_template,
      Object.fromEntries(tokens),
      files.templateSource ?? this.#source,
      date,
    );
    this.hasChatTemplate = this.#template !== undefined;
  }

  /**
   * The ids of a text. Special tokens that occur in it stay text unless `allowControl`.
   * @param options.special Begin as the tokenizer says a text begins (with BOS, mostly nothing); never doubled. Default false.
   */
  encode(text: string, options: { special?: boolean; allowControl?: boolean } = {}): number[] {
    const ids = options.allowControl ? this.#encoder.withControl(text, '').ids : this.#encoder.plain(text);
    if (!options.special || this.#prefix.length === 0 || this.#prefix.every((id, i) => ids[i] === id)) return ids;
    return [...this.#prefix, ...ids];
  }

  /** The text of ids; ids that the tokenizer does not have give nothing. Bytes that are not UTF-8 (yet) become U+FFFD. */
  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    const list = Array.from(ids);
    return this.#library.decode(options.skipSpecial ? list.filter((id) => !this.#encoder.isSpecial(id)) : list);
  }

  /** Whether an id is a control token (never the outcome of encoding ordinary text). */
  isSpecial(id: number): boolean {
    return this.#encoder.isSpecial(id);
  }

  /**
   * Whether a text holds what looks like a control token, and is none.
   * @param written by the assistant: the tags of a thought and an answer are tokens there, where the tokenizer has them
   */
  holdsControl(text: string, written: boolean): boolean {
    return this.#encoder.holdsControl(text, written);
  }

  /** The id of a token by its content, control tokens included. */
  idOf(token: string): number | undefined {
    return this.#library.idOf(token);
  }

  /**
   * A conversation in the model's own template. Beginning-of-text is there exactly where the template writes it, once.
   * What looks like a control token within a message stays text, but for the tags of a thought and an answer in the assistant's.
   * @throws InputError where the model has no template, or the template rejects the messages (names the first one it rejects).
   */
  renderChat(messages: Message[], options: { addGenerationPrompt?: boolean } = {}): number[] {
    const { template, shielded, guard } = this.#conversation(messages);
    const { ids } = this.#encoder.withControl(template.render(shielded, options.addGenerationPrompt ?? false), guard);
    while (this.#beginsTwice(ids)) ids.shift();
    return ids;
  }

  /**
   * What follows an assistant's turn where `message` answers it, up to and with the opening of the next turn of the assistant's.
   * @param ended whether the turn so far ends with an end token, which then is not written again
   * @throws InputError as `renderChat`, and where the template does not end an assistant's turn with an end token
   */
  replyIds(message: Message, ended: boolean): number[] {
    const [said] = unusedCharacters([message], 3).slice(2);
    const conversation = [{ role: 'user', content: 'a' }, { role: 'assistant', content: said }, message];
    const { template, shielded, guard } = this.#conversation(conversation);
    const text = template.render(shielded, true);
    const { ids } = this.#encoder.withControl(text.slice(text.lastIndexOf(said) + said.length), guard);
    if (!ended) return ids;
    const end = ids.findIndex((id) => this.stopIds.includes(id));
    if (end < 0)
      throw new InputError(`${this.#source}: the chat template writes no end token after an assistant's turn: it knows no reply`);
    return ids.slice(end + 1);
  }

  /**
   * A conversation as sequences to learn from: the assistant's turns, each with the token that ends it (learntTurns.ts).
   * @param from the first message that is learnt
   * @throws InputError as `renderChat`, and where it cannot be told what is learnt
   */
  learnChat(messages: Message[], from = 0): Omit<LearntConversation, 'texts'> & { sequences: LearntIds[] } {
    const { template, shielded, guard } = this.#conversation(messages);
    const { texts, ...counts } = learntTurns(template, shielded, from);
    const sequences = texts.map(({ text, spans, end }): LearntIds => {
      const { ids, cuts } = this.#encoder.withControl(text, guard, spans.flat());
      if (end) cuts[1] = ids.push(this.#requireEnd());
      for (; this.#beginsTwice(ids); ids.shift()) for (const i of cuts.keys()) cuts[i]--;
      const learnt = spans.map((_, i): [number, number] => [cuts[2 * i], cuts[2 * i + 1]]);
      return { ids, spans: counts.how === 'marked' ? learnt : learnt.map((span) => this.#toItsEnd(ids, span)) };
    });
    return { ...counts, sequences };
  }

  /**
   * A text and its completion as a sequence to learn from: the completion and the token that ends it. Control tokens stay text in both,
   * but for the tags of a thought and an answer in the completion.
   */
  learnText(prompt: string, completion: string): LearntIds {
    const [guard] = unusedCharacters([prompt, completion], 1);
    const before = this.#encoder.shield(prompt, guard, false) as string;
    const text = before + (this.#encoder.shield(completion, guard, true) as string);
    const { ids, cuts } = this.#encoder.withControl(text, guard, [before.length]);
    const begun = [...this.#prefix, ...ids];
    begun.push(this.#requireEnd());
    return { ids: begun, spans: [[this.#prefix.length + cuts[0], begun.length]] };
  }

  #conversation(messages: Message[]): { template: ChatTemplate; shielded: Message[]; guard: string } {
    if (!this.#template) throw new InputError(`${this.#source} has no chat template; prompt the model with plain text instead`);
    const [guard] = unusedCharacters(messages, 1);
    return {
      template: this.#template,
      shielded: messages.map((message) => this.#encoder.shield(message, guard, message.role === 'assistant') as Message),
      guard,
    };
  }

  #beginsTwice(ids: readonly number[]): boolean {
    return this.bosId !== undefined && ids[0] === this.bosId && ids[1] === this.bosId;
  }

  #requireEnd(): number {
    if (this.endId === undefined) throw new InputError(`${this.#source} names no end token (eos_token): no end can be learnt`);
    return this.endId;
  }

  // What a template writes after the token that ends a turn is no part of the turn.
  #toItsEnd(ids: readonly number[], [start, end]: [number, number]): [number, number] {
    for (let at = end; at > start; at--) if (this.stopIds.includes(ids[at - 1])) return [start, at];
    return [start, end];
  }

  // What a text begins with: tokenizer_config's add_bos_token where it is given (as transformers has it), else what the
  // post-processor puts before the text.
  #prefixIds(postProcessor: unknown, addBos: unknown): number[] {
    if (addBos === true && this.bosId !== undefined) return [this.bosId];
    if (addBos === false) return [];
    return templatePrefix(postProcessor).flatMap((token) => idList(this.#library.idOf(token)));
  }
}

// The special tokens that a TemplateProcessing post-processor (alone or in a Sequence) puts before the first sequence.
function templatePrefix(json: unknown): string[] {
  if (typeof json !== 'object' || json === null) return [];
  const processor = json as Json;
  if (processor.type === 'Sequence' && Array.isArray(processor.processors)) return processor.processors.flatMap(templatePrefix);
  if (processor.type !== 'TemplateProcessing' || !Array.isArray(processor.single)) return [];
  const items = processor.single as { SpecialToken?: { id: string } }[];
  const text = items.findIndex((item) => item.SpecialToken === undefined);
  return items.slice(0, Math.max(text, 0)).map((item) => item.SpecialToken?.id ?? '');
}

/** The content of a token that tokenizer_config.json gives as text or as an object. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string') return value.content;
  return undefined;
}

function idList(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isInteger(id) && id >= 0);
}
