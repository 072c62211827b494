// What is measured against the peers, and what is asked of it: sizes, the least ratio (floor) and the hope.

/** Architecture of a model by random weights, as config.json has it. */
export interface Size {
  name: string;
  config: Record<string, number>;
}

export type Part = 'forward' | 'decode' | 'step';

export interface Work {
  name: string;
  part: Part;
  model: Size;
  /** What both sides are told. */
  arguments: Record<string, number>;
  /** What a turn does, for the table. */
  tokens: number;
  /** Of the fastest of the peer's precisions, or of fp32 alone. */
  against: 'fp32' | 'fastest';
  peers: string[];
  warmups: number;
  floor: number;
  hope: number;
}

/** Models of Llama's shape by name; config.json's fields. */
export const sizes: Readonly<Record<string, Record<string, number>>> = {
  '1M': {
    vocab_size: 128,
    hidden_size: 128,
    intermediate_size: 344,
    num_hidden_layers: 5,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    max_position_embeddings: 1024,
  },
  '4.5M': {
    vocab_size: 128,
    hidden_size: 256,
    intermediate_size: 624,
    num_hidden_layers: 6,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 1024,
  },
  '24.7M': {
    vocab_size: 4096,
    hidden_size: 512,
    intermediate_size: 1152,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 8,
    max_position_embeddings: 1024,
  },
  // SmolLM2-135M's shapes.
  '134.5M': {
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    max_position_embeddings: 1024,
  },
};
const [small, middle, large] = ['4.5M', '24.7M', '134.5M'].map((name): Size => ({ name, config: sizes[name] }));

export const PROMPTS = 64;
export const PROMPT_TOKENS = 32;

function forward(model: Size, rows: number, length: number): Work {
  return {
    name: `forward + backward, ${model.name}, ${rows} x ${length}`,
    part: 'forward',
    model,
    arguments: { rows, length },
    tokens: rows * length,
    against: 'fp32',
    peers: ['fp32', 'bf16'],
    warmups: 1,
    floor: 1,
    hope: 1.1,
  };
}

function decode(sequences: number): Work {
  const newTokens = 64;
  return {
    name: `decode, ${large.name}, ${sequences} x (${PROMPT_TOKENS} + ${newTokens})`,
    part: 'decode',
    model: large,
    arguments: { sequences, newTokens },
    tokens: sequences * newTokens,
    against: 'fp32',
    peers: ['fp32', 'bf16'],
    warmups: 1,
    floor: 2,
    hope: 2.5,
  };
}

function step(model: Size, prompts: number, newTokens: number, hope: number): Work {
  const group = 8;
  return {
    name: `GRPO step, ${model.name}, ${prompts} x ${group} x (${PROMPT_TOKENS} + ${newTokens})`,
    part: 'step',
    model,
    arguments: { prompts, group, newTokens, beta: 0.001 },
    tokens: prompts * group * newTokens,
    against: 'fastest',
    peers: ['fp32', 'bf16'],
    warmups: 2,
    floor: 1.5,
    hope,
  };
}

export const works: readonly Work[] = [
  forward(small, 64, 128),
  forward(middle, 16, 256),
  forward(large, 8, 256),
  decode(1),
  decode(16),
  decode(64),
  step(small, 16, 96, 3),
  step(large, 4, 64, 2.5),
];
