// Text to token ids and back, chat templates included, for any model directory or GGUF: the one tokenizer of the program.
// Over @huggingface/tokenizers (through tokenizerLibrary.ts) and @huggingface/jinja (through chatTemplate.ts). What it adds is care with
// control tokens: text from a user or a data set never becomes one, a beginning-of-text comes once, and every end token is known.

import { InputError } from '../platform/errors.ts';
import { ChatTemplate, type Message } from './chatTemplate.ts';
import { type AddedToken, type PlainTokenizer, plainTokenizer } from './tokenizerLibrary.ts';

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
}

interface ModelIds {
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
  readonly hasChatTemplate: boolean;
  readonly #library: PlainTokenizer;
  readonly #special: Map<number, AddedToken>;
  readonly #controlPattern?: RegExp;
  readonly #controlByText: Map<string, AddedToken>;
  readonly #prefix: number[];
  readonly #template?: ChatTemplate;
  readonly #source: string;
  readonly #firstSectionOnly: boolean;

  /**
   * @param model what config.json says (a LlamaConfig).
   * @throws InputError for a tokenizer.json of an unknown kind, or with more tokens than the model has.
   */
  static fromFiles(files: TokenizerFiles, model: ModelIds = { eosTokenIds: [] }): Tokenizer {
    return new Tokenizer(files, model);
  }

  private constructor(files: TokenizerFiles, model: ModelIds) {
    const { tokenizerJson, tokenizerConfig } = files;
    this.#source = files.source ?? 'the tokenizer';
    try {
      this.#library = plainTokenizer(tokenizerJson, tokenizerConfig);
    } catch (error) {
      throw new InputError(`${this.#source}: tokenizer.json cannot be used: ${messageOf(error)}`);
    }
    this.vocabSize = this.#library.size;
    if (model.vocabSize !== undefined && this.vocabSize > model.vocabSize) {
      throw new InputError(
        `${this.#source}: the tokenizer has ${this.vocabSize} tokens, but the model's vocabulary only ${model.vocabSize}`,
      );
    }
    const special = this.#library.added.filter((token) => token.special && token.content !== '');
    this.#special = new Map(special.map((token) => [token.id, token]));
    this.#controlByText = new Map(special.map((token) => [token.content, token]));
    if (special.length > 0) {
      // The longest first: an alternation takes the first that fits.
      const contents = special.map((token) => token.content).sort((a, b) => b.length - a.length);
      this.#controlPattern = new RegExp(contents.map(escapeRegExp).join('|'), 'g');
    }
    const idOf = (name: string) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? undefined : this.#library.idOf(text);
    };
    this.bosId = idOf('bos_token') ?? model.bosTokenId;
    const ends = [...model.eosTokenIds, ...idList(files.generationConfig?.eos_token_id), ...idList(idOf('eos_token'))];
    this.stopIds = [...new Set(ends)].sort((a, b) => a - b);
    this.#prefix = this.#prefixIds(tokenizerJson.post_processor, tokenizerConfig.add_bos_token);
    this.#firstSectionOnly = JSON.stringify(tokenizerJson.pre_tokenizer ?? null).includes('"prepend_scheme":"first"');
    const names = ['bos_token', 'eos_token', 'unk_token', 'pad_token'];
    const tokens = names.flatMap((name) => {
      const text = tokenText(tokenizerConfig[name]);
      return text === undefined ? [] : [[name, text]];
    });
    this.#template = ChatTemplate.from(tokenizerConfig.chat_template, Object.fromEntries(tokens), this.#source);
    this.hasChatTemplate = this.#template !== undefined;
  }

  /**
   * The ids of a text. Special tokens that occur in it stay text unless `allowControl`.
   * @param options.special Begin as the tokenizer says a text begins (with BOS, mostly nothing); never doubled. Default false.
   */
  encode(text: string, options: { special?: boolean; allowControl?: boolean } = {}): number[] {
    const ids = options.allowControl ? this.#encodeWithControl(text, '') : this.#encodePlain(text);
    if (!options.special || this.#prefix.length === 0 || this.#prefix.every((id, i) => ids[i] === id)) return ids;
    return [...this.#prefix, ...ids];
  }

  /** The text of ids; ids that the tokenizer does not have give nothing. Bytes that are not UTF-8 (yet) become U+FFFD. */
  decode(ids: ArrayLike<number>, options: { skipSpecial?: boolean } = {}): string {
    const list = Array.from(ids);
    return this.#library.decode(options.skipSpecial ? list.filter((id) => !this.#special.has(id)) : list);
  }

  /** Whether an id is a control token (never the outcome of encoding ordinary text). */
  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** The id of a token by its content, control tokens included. */
  idOf(token: string): number | undefined {
    return this.#library.idOf(token);
  }

  /**
   * A conversation in the model's own template. Beginning-of-text is there exactly where the template writes it, once.
   * What looks like a control token within a message stays text.
   * @throws InputError where the model has no template, or the template rejects the messages (names the first one it rejects).
   */
  renderChat(messages: Message[], options: { addGenerationPrompt?: boolean } = {}): number[] {
    if (!this.#template) throw new InputError(`${this.#source} has no chat template; prompt the model with plain text instead`);
    const guard = unusedGuard(messages);
    const shielded = messages.map((message) => shield(message, this.#controlPattern, guard) as Message);
    const ids = this.#encodeWithControl(this.#template.render(shielded, options.addGenerationPrompt ?? false), guard);
    while (this.bosId !== undefined && ids[0] === this.bosId && ids[1] === this.bosId) ids.shift();
    return ids;
  }

  #encodePlain(text: string): number[] {
    try {
      return text === '' ? [] : this.#library.encode(text);
    } catch (error) {
      throw new InputError(`${this.#source}: ${messageOf(error)}`);
    }
  }

  // Splits at the control tokens first, as the reference does; `guard` (or nothing) is taken out of the text between them.
  #encodeWithControl(text: string, guard: string): number[] {
    const ids: number[] = [];
    let from = 0;
    let stripNext = false;
    const plain = (piece: string) => {
      const clean = guard === '' ? piece : piece.replaceAll(guard, '');
      const section = stripNext ? clean.trimStart() : clean;
      // One by one: a hundred thousand arguments of one call overflow the stack.
      if (section !== '') for (const id of this.#encodeSection(section, ids.length === 0)) ids.push(id);
    };
    for (const match of this.#controlPattern ? text.matchAll(this.#controlPattern) : []) {
      const token = this.#controlByText.get(match[0]) as AddedToken;
      const before = text.slice(from, match.index);
      plain(token.lstrip ? before.trimEnd() : before);
      ids.push(token.id);
      stripNext = token.rstrip;
      from = match.index + match[0].length;
    }
    plain(text.slice(from));
    return ids;
  }

  // A Metaspace tokenizer with prepend_scheme "first" puts its mark before the first section of a text only. The library has no such
  // option, so a later section is encoded behind a control-free anchor whose ids are dropped.
  #encodeSection(text: string, first: boolean): number[] {
    if (first || !this.#firstSectionOnly) return this.#encodePlain(text);
    const anchor = this.#encodePlain('\n');
    const both = this.#encodePlain(`\n${text}`);
    return anchor.every((id, i) => both[i] === id) ? both.slice(anchor.length) : this.#encodePlain(text);
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

// A Unicode noncharacter that the messages do not hold: put inside what looks like a control token, it keeps it from being one.
function unusedGuard(messages: Message[]): string {
  const text = JSON.stringify(messages);
  for (let code = 0xfdd0; code <= 0xfdef; code++) {
    const guard = String.fromCharCode(code);
    if (!text.includes(guard)) return guard;
  }
  throw new InputError('the messages hold all of the noncharacters U+FDD0 to U+FDEF; remove them');
}

function shield(value: unknown, control: RegExp | undefined, guard: string): unknown {
  if (control === undefined) return value;
  if (typeof value === 'string') return value.replace(control, (token) => [...token].map((char) => char + guard).join(''));
  if (Array.isArray(value)) return value.map((item) => shield(item, control, guard));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shield(item, control, guard)]));
  }
  return value;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
