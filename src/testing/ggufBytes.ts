// Writes small GGUF files for tests, honest or lying: every number of the header can be given as one likes.

type Value =
  | { type: 'UINT8' | 'INT32' | 'UINT32' | 'FLOAT32' | 'BOOL' | 'UINT64'; value: number | bigint | boolean }
  | { type: 'STRING'; value: string }
  | { type: 'ARRAY'; of: 'UINT8' | 'INT32' | 'FLOAT32' | 'STRING'; value: (number | string)[]; length?: bigint };

export interface GgufTensorBytes {
  name: string;
  /** In ggml's order: the fastest axis first. */
  dimensions: (number | bigint)[];
  /** ggml's number: 0 F32, 1 F16, 3 Q4_1, 8 Q8_0. */
  type: number;
  data: Uint8Array;
  /** Instead of the true one. */
  offset?: bigint;
}

const types = ['UINT8', 'INT8', 'UINT16', 'INT16', 'UINT32', 'INT32', 'FLOAT32', 'BOOL', 'STRING', 'ARRAY', 'UINT64', 'INT64', 'FLOAT64'];

export class Bytes {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
  #view(size: number, set: (view: DataView) => void): this {
    const bytes = new Uint8Array(size);
    set(new DataView(bytes.buffer));
    return this.raw(bytes);
  }
  u8 = (value: number) => this.raw(Uint8Array.of(value));
  u32 = (value: number) => this.#view(4, (view) => view.setUint32(0, value, true));
  i32 = (value: number) => this.#view(4, (view) => view.setInt32(0, value, true));
  f32 = (value: number) => this.#view(4, (view) => view.setFloat32(0, value, true));
  u64 = (value: number | bigint) => this.#view(8, (view) => view.setBigUint64(0, BigInt(value), true));
  text(value: string, length?: bigint): this {
    const bytes = new TextEncoder().encode(value);
    return this.u64(length ?? bytes.length).raw(bytes);
  }
  done(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function writeScalar(out: Bytes, type: string, value: number | bigint | boolean | string): void {
  if (type === 'STRING') out.text(String(value));
  else if (type === 'UINT64') out.u64(value as bigint);
  else if (type === 'UINT8' || type === 'BOOL') out.u8(Number(value));
  else if (type === 'INT32') out.i32(Number(value));
  else if (type === 'UINT32') out.u32(Number(value));
  else out.f32(Number(value));
}

/** A version 3 file. `counts` replaces the true numbers of tensors and keys. */
export function ggufBytes(
  metadata: Record<string, Value>,
  tensors: GgufTensorBytes[] = [],
  counts: { tensors?: bigint; keys?: bigint } = {},
): Uint8Array {
  const out = new Bytes().raw(new TextEncoder().encode('GGUF')).u32(3);
  out.u64(counts.tensors ?? tensors.length).u64(counts.keys ?? Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    out.text(key).u32(types.indexOf(value.type));
    if (value.type !== 'ARRAY') writeScalar(out, value.type, value.value);
    else {
      out.u32(types.indexOf(value.of)).u64(value.length ?? value.value.length);
      for (const item of value.value) writeScalar(out, value.of, item);
    }
  }
  let offset = 0;
  for (const tensor of tensors) {
    out.text(tensor.name).u32(tensor.dimensions.length);
    for (const size of tensor.dimensions) out.u64(size);
    out.u32(tensor.type).u64(tensor.offset ?? offset);
    offset += pad(tensor.data.length);
  }
  out.raw(new Uint8Array(pad(out.length) - out.length));
  for (const { data } of tensors) out.raw(data).raw(new Uint8Array(pad(data.length) - data.length));
  return out.done();
}

function pad(length: number): number {
  return Math.ceil(length / 32) * 32;
}

const names: [RegExp, string][] = [
  [/^model\.layers\.(\d+)\./, 'blk.$1.'],
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/self_attn\.([qkv])_proj/, 'attn_$1'],
  [/self_attn\.o_proj/, 'attn_output'],
  [/mlp\.(\w+)_proj/, 'ffn_$1'],
  [/input_layernorm/, 'attn_norm'],
  [/post_attention_layernorm/, 'ffn_norm'],
];

/** What a tensor of a Hugging Face llama is called in a GGUF. */
export function ggufNameOf(name: string): string {
  return names.reduce((text, [from, to]) => text.replace(from, to), name);
}
