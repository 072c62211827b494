// A model's chat template: the Jinja text that turns a conversation into a prompt, rendered by @huggingface/jinja.
// tokenizer.ts turns its text into ids.

import { Template } from '@huggingface/jinja';
import { InputError } from '../platform/errors.ts';

/** One turn of a conversation; templates may read further fields (tool calls). */
export interface Message {
  role: string;
  content: string;
  [field: string]: unknown;
}

export class ChatTemplate {
  readonly #text: string;
  readonly #tokens: Record<string, string>;
  readonly #source: string;
  #template?: Template;

  /**
   * @param value `chat_template` of tokenizer_config.json: a text, or a list of {name, template} of which "default" is taken.
   * @param tokens bos_token, eos_token, ... as the template may write them.
   * @returns nothing where there is no template.
   */
  static from(value: unknown, tokens: Record<string, string>, source: string): ChatTemplate | undefined {
    const text = defaultTemplate(value);
    return text === undefined ? undefined : new ChatTemplate(text, tokens, source);
  }

  private constructor(text: string, tokens: Record<string, string>, source: string) {
    this.#text = text;
    this.#tokens = tokens;
    this.#source = source;
  }

  /** @throws InputError where the template is not valid Jinja, or with its complaint and the first message that causes it. */
  render(messages: Message[], addGenerationPrompt: boolean): string {
    this.#parse();
    try {
      return this.#run(messages, addGenerationPrompt);
    } catch (error) {
      throw new InputError(`${this.#source}: the chat template rejects ${this.#firstRejected(messages)}: ${messageOf(error)}`);
    }
  }

  // Not before it is needed: a model whose template we cannot read can still be prompted with plain text.
  #parse(): Template {
    try {
      this.#template ??= new Template(this.#text);
      return this.#template;
    } catch (error) {
      const beginning = this.#text.slice(0, 40).replaceAll('\n', ' ');
      throw new InputError(`${this.#source}: the chat template is not valid: ${messageOf(error)}; it begins '${beginning}'`);
    }
  }

  #run(messages: Message[], addGenerationPrompt: boolean): string {
    return this.#parse().render({ ...this.#tokens, messages, add_generation_prompt: addGenerationPrompt });
  }

  // The library gives no position at run time; the shortest beginning of the conversation that fails tells more anyway.
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

function defaultTemplate(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.filter((item): item is { name: string; template: string } => typeof item?.template === 'string');
  return (named.find((item) => item.name === 'default') ?? named[0])?.template;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
