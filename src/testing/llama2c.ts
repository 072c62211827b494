// The checkpoint and tokenizer formats of llama2.c (karpathy/llama2.c, run.c), for tests: stories260K and its tok512 are a real trained
// Llama of 260K parameters whose authors' own greedy text is known.

import { halfSplitRows } from '../formats/ggufModel.ts';
import { type LlamaConfig, readModelConfig } from '../formats/modelConfig.ts';
import { readBytes } from '../platform/files.ts';

export interface Llama2c {
  config: LlamaConfig;
  /** By Hugging Face name; q and k for the half-split rotation. */
  tensors: Map<string, { shape: number[]; data: Float32Array }>;
}

/** Reads a legacy (version 0) export: seven int32 of header, then float32 weights, each kind for all layers together. */
export async function readLlama2c(path: string): Promise<Llama2c> {
  const bytes = await readBytes(path);
  const [dim, hidden, layers, heads, kvHeads, signedVocab, positions] = new Int32Array(bytes.buffer, bytes.byteOffset, 7);
  const vocab = Math.abs(signedVocab);
  const headDim = dim / heads;
  const values = new Float32Array(bytes.slice(28).buffer);
  let offset = 0;
  const take = (length: number) => {
    if (offset + length > values.length) throw new Error(`${path} is too short`);
    offset += length;
    return values.slice(offset - length, offset);
  };
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  const takeLayers = (name: string, shape: number[], change = (data: Float32Array) => data) => {
    for (let i = 0; i < layers; i++) {
      tensors.set(`model.layers.${i}.${name}.weight`, { shape, data: change(take(shape.reduce((a, b) => a * b, 1))) });
    }
  };
  tensors.set('model.embed_tokens.weight', { shape: [vocab, dim], data: take(vocab * dim) });
  takeLayers('input_layernorm', [dim]);
  takeLayers('self_attn.q_proj', [dim, dim], (data) => halfSplitRows(data, heads, headDim));
  takeLayers('self_attn.k_proj', [kvHeads * headDim, dim], (data) => halfSplitRows(data, kvHeads, headDim));
  takeLayers('self_attn.v_proj', [kvHeads * headDim, dim]);
  takeLayers('self_attn.o_proj', [dim, dim]);
  takeLayers('post_attention_layernorm', [dim]);
  takeLayers('mlp.gate_proj', [hidden, dim]);
  takeLayers('mlp.down_proj', [dim, hidden]);
  takeLayers('mlp.up_proj', [hidden, dim]);
  tensors.set('model.norm.weight', { shape: [dim], data: take(dim) });
  // Tables of the rotation, which follow from the config.
  take(positions * headDim);
  // A negative vocabulary size says that the output projection is a matrix of its own.
  if (signedVocab < 0) tensors.set('lm_head.weight', { shape: [vocab, dim], data: take(vocab * dim) });
  if (offset !== values.length) throw new Error(`${path} has ${values.length - offset} values too many`);
  const raw = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: dim,
    intermediate_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    vocab_size: vocab,
    max_position_embeddings: positions,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: signedVocab > 0,
    bos_token_id: 1,
    eos_token_id: 2,
  };
  return { config: readModelConfig(raw, path), tensors };
}

export interface Llama2cTokenizer {
  /** BOS (1), then the text's tokens, as run.c's `encode(text, bos = 1, eos = 0)`. */
  encode(text: string): number[];
  /** The text of generated tokens; `previous` is the token before the first (BOS by default), after which a leading space is dropped. */
  decode(tokens: ArrayLike<number>, previous?: number): string;
}

/** Reads a tokenizer.bin: the longest token's length, then for each of `vocabSize` tokens a float32 score, a length and its bytes. */
export async function readLlama2cTokenizer(path: string, vocabSize: number): Promise<Llama2cTokenizer> {
  const bytes = await readBytes(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pieces: string[] = [];
  const scores: number[] = [];
  for (let offset = 4; pieces.length < vocabSize; ) {
    const length = view.getInt32(offset + 4, true);
    scores.push(view.getFloat32(offset, true));
    pieces.push(new TextDecoder().decode(bytes.subarray(offset + 8, offset + 8 + length)));
    offset += 8 + length;
  }
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  return {
    encode(text) {
      const tokens = text === '' ? [] : [ids.get(' ') as number];
      for (const char of text) {
        const id = ids.get(char);
        // Byte tokens stand behind the three control tokens.
        tokens.push(...(id === undefined ? [...new TextEncoder().encode(char)].map((byte) => byte + 3) : [id]));
      }
      for (;;) {
        let best = -1;
        let bestScore = -1e10;
        for (let i = 0; i + 1 < tokens.length; i++) {
          const merged = ids.get(pieces[tokens[i]] + pieces[tokens[i + 1]]);
          if (merged !== undefined && scores[merged] > bestScore) {
            best = i;
            bestScore = scores[merged];
          }
        }
        if (best < 0) return [1, ...tokens];
        tokens.splice(best, 2, ids.get(pieces[tokens[best]] + pieces[tokens[best + 1]]) as number);
      }
    },
    decode(tokens, previous = 1) {
      const out: number[] = [];
      for (const [i, id] of Array.from(tokens).entries()) {
        const byte = /^<0x([0-9A-F]{2})>$/.exec(pieces[id]);
        const afterBos = (i === 0 ? previous : tokens[i - 1]) === 1;
        const text = afterBos && pieces[id].startsWith(' ') ? pieces[id].slice(1) : pieces[id];
        out.push(...(byte ? [Number.parseInt(byte[1], 16)] : new TextEncoder().encode(text)));
      }
      return new TextDecoder().decode(Uint8Array.from(out));
    },
  };
}
