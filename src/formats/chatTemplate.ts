// A model's chat template: the Jinja text that turns a conversation into a prompt, rendered by @huggingface/jinja.
// tokenizer.ts turns its text into ids.

import { Template } from '@huggingface/jinja';
import { InputError, messageOf } from '../platform/errors.ts';
import { strftime } from './strftime.ts';
import { syntaxErrorLine, withMarkedLines } from './templateLines.ts';

/** One turn of a conversation; templates may read further fields (tool calls). */
export interface Message {
  role: string;
  /** null: no words. Templates tell a call of tools by it. */
  content: string | null;
  [field: string]: unknown;
}

/** A text and stretches of it, [start, end) in characters, one after another. */
export interface MarkedText {
  text: string;
  spans: [number, number][];
}

// transformers' own tags around what the assistant writes.
const startTag = /\{%(-?)\s*generation\s*(-?)%\}/g;
const ownDate = /\bstrftime_now\b/g;
const endTag = /\{%(-?)\s*endgeneration\s*(-?)%\}/g;

export class ChatTemplate {
  /** Whether the template says itself what the assistant writes: {% generation %} ... {% endgeneration %}. */
  readonly marksGeneration: boolean;
  readonly #text: string;
  readonly #tokens: Record<string, string>;
  readonly #source: string;
  readonly #date: string;
  /** Why there is none to use: another one in its place would teach another format. */
  readonly #problem?: string;
  #template?: Template;
  #marking?: Template;

  /**
   * @param value `chat_template` of tokenizer_config.json: a text, or a list of {name, template} of which "default" is taken.
   * @param tokens bos_token, eos_token, ... as the template may write them.
   * @param source what to call it in messages: its file, and the field where it is one
   * @param date what the template takes for now, ISO 8601
   * @returns nothing where there is no template.
   */
  static from(value: unknown, tokens: Record<string, string>, source: string, date: string): ChatTemplate | undefined {
    if (value === undefined || value === null) return undefined;
    const text = defaultTemplate(value);
    return new ChatTemplate(text ?? '', tokens, source, date, text === undefined ? unusable(value) : undefined);
  }

  private constructor(text: string, tokens: Record<string, string>, source: string, date: string, problem?: string) {
    this.#problem = problem;
    // The library's own is the machine's time in the machine's language, and nothing may be put in its place.
    this.#text = text.replace(ownDate, 'strftime_of_run');
    this.#date = date;
    this.#tokens = tokens;
    this.#source = source;
    this.marksGeneration = text.search(startTag) >= 0;
  }

  /** @throws InputError where the template is not valid Jinja, or with its complaint and the first message that causes it. */
  render(messages: Message[], addGenerationPrompt: boolean): string {
    this.#parse();
    try {
      return this.#run(messages, addGenerationPrompt);
    } catch (error) {
      const place = `${this.#source}, line ${this.#lineThatFails(messages, addGenerationPrompt)}`;
      throw new InputError(`${place}: the chat template rejects ${this.#firstRejected(messages)}: ${messageOf(error)}`);
    }
  }

  /**
   * A conversation with the stretches that the template marks, where it marks any.
   * @throws InputError as `render`
   */
  renderMarked(messages: Message[]): MarkedText {
    const [start, end] = unusedCharacters(messages, 2);
    this.render(messages, false);
    // The library passes over the tags: in a place of their own kind they print a mark, and strip white space as they did.
    this.#marking ??= new Template(
      this.#text
        .replace(startTag, '{%$1 if true %}{{ generation_start }}{% endif $2%}')
        .replace(endTag, '{%$1 if true %}{{ generation_end }}{% endif $2%}'),
    );
    const marked = this.#marking.render({ ...this.#context(messages, false), generation_start: start, generation_end: end });
    const parts = marked.split(new RegExp(`[${start}${end}]`));
    const spans: [number, number][] = [];
    let at = 0;
    for (const [i, part] of parts.slice(0, -1).entries()) {
      at += part.length;
      if (i % 2 === 0) spans.push([at, at]);
      else spans[spans.length - 1][1] = at;
    }
    return { text: parts.join(''), spans };
  }

  // Not before it is needed: a model whose template we cannot read can still be prompted with plain text.
  #parse(): Template {
    if (this.#problem) throw new InputError(`${this.#source}: ${this.#problem}`);
    try {
      this.#template ??= new Template(this.#text);
      return this.#template;
    } catch (error) {
      const place = `${this.#source}, line ${syntaxErrorLine(this.#text) ?? 1}`;
      // What the library says where the text ends too early is about itself.
      const what = error instanceof TypeError ? 'it ends within a block or an expression that is not closed' : messageOf(error);
      throw new InputError(`${place}: the chat template is not valid: ${what}`);
    }
  }

  #run(messages: Message[], addGenerationPrompt: boolean): string {
    return this.#parse().render(this.#context(messages, addGenerationPrompt));
  }

  // What a message has nothing of is not there, but for its content, which templates ask for; as transformers has it tools and documents
  // are there, but none.
  #context(messages: Message[], addGenerationPrompt: boolean): Record<string, unknown> {
    const given = messages.map((message) =>
      Object.fromEntries(Object.entries(message).filter(([key, value]) => key === 'content' || value != null)),
    );
    return {
      ...this.#tokens,
      ...{ messages: given, tools: null, documents: null, add_generation_prompt: addGenerationPrompt },
      strftime_of_run: (format: string) => strftime(this.#date, format),
    };
  }

  #lineThatFails(messages: Message[], addGenerationPrompt: boolean): number {
    let line = 1;
    const mark = (at: number): boolean => {
      line = at;
      return false;
    };
    try {
      const marked = new Template(withMarkedLines(this.#text, 'line_of_template'));
      marked.render({ ...this.#context(messages, addGenerationPrompt), line_of_template: mark });
    } catch {
      // It fails again; `line` is where.
    }
    return line;
  }

  // The shortest beginning of the conversation that fails.
  #firstRejected(messages: Message[]): string {
    for (let n = 1; n <= messages.length; n++) {
      try {
        this.#run(messages.slice(0, n), false);
      } catch {
        return `message ${n} of ${messages.length} (role '${messages[n - 1].role}')`;
      }
    }
    return `this conversation of ${messages.length} messages`;
  }
}

/** Unicode noncharacters that the messages, or texts, do not hold. @throws InputError where they hold nearly all of them */
export function unusedCharacters(messages: readonly (Message | string)[], count: number): string[] {
  const text = JSON.stringify(messages);
  const unused: string[] = [];
  for (let code = 0xfdd0; code <= 0xfdef && unused.length < count; code++) {
    const character = String.fromCharCode(code);
    if (!text.includes(character)) unused.push(character);
  }
  if (unused.length < count) throw new InputError('the messages hold all of the noncharacters U+FDD0 to U+FDEF; remove them');
  return unused;
}

function defaultTemplate(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const template: unknown = value.find((item) => item?.name === 'default')?.template;
  return typeof template === 'string' ? template : undefined;
}

function unusable(value: unknown): string {
  if (!Array.isArray(value)) return `chat_template must be a text or a list of named templates, not ${JSON.stringify(value)?.slice(0, 40)}`;
  const names = value.map((item) => `"${String(item?.name)}"`).join(', ');
  return `chat_template is a list of named templates without one that is named "default"; it has ${names || 'none'}`;
}
