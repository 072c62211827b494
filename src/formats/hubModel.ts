// A model on the Hugging Face hub by its name there: owner/name, owner/name@revision, and :file.gguf behind either. Of its repository only
// what a model is opened from is downloaded: no second copy of the weights in another format.

import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import { hubFiles, hubsOwn } from '../platform/hub.ts';

export interface HubModel {
  /** owner/name */
  name: string;
  revision?: string;
  /** The path of a .gguf file in the repository. */
  gguf?: string;
}

const pattern = /^(\w[\w.-]*\/\w[\w.-]*)(?:@([^\s:@]+))?(?::([^:]+\.gguf))?$/i;

/** What a name on the hub says; undefined for anything that cannot be one. */
export function parseHubModel(text: string): HubModel | undefined {
  const [, name, revision, gguf] = pattern.exec(text) ?? [];
  return name === undefined || hubsOwn.test(name) ? undefined : { name, revision, gguf };
}

/** A run asks for its model several times. It is to get the same one each time, whatever happens on the hub meanwhile. */
const fetched = new Map<string, Promise<string>>();

/** The model's directory in the cache, or the .gguf file. @throws InputError naming the repository and the mend */
export function fetchHubModel({ name, revision, gguf }: HubModel): Promise<string> {
  const key = JSON.stringify([name, revision, gguf]);
  const before = fetched.get(key);
  if (before) return before;
  const choose = (paths: string[]): string[] => (gguf === undefined ? modelFiles(name, paths) : ggufFile(name, gguf, paths));
  const found = hubFiles({ type: 'model', name, revision }, choose).then(({ dir }) => (gguf === undefined ? dir : join(dir, gguf)));
  fetched.set(key, found);
  found.catch(() => fetched.delete(key));
  return found;
}

const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];
const shard = /^model-\d+-of-\d+\.safetensors$/;

function modelFiles(name: string, paths: readonly string[]): string[] {
  const among = (...wanted: string[]): string[] => wanted.filter((path) => paths.includes(path));
  if (paths.includes('config.json')) {
    const whole = among('model.safetensors');
    const weights = whole.length > 0 ? whole : [...among('model.safetensors.index.json'), ...paths.filter((path) => shard.test(path))];
    if (weights.length === 0) throw new InputError(`${name} has no weights as model.safetensors${otherwise(name, paths)}`);
    return [...among('config.json', 'generation_config.json', ...tokenizerFiles), ...weights];
  }
  const adapter = among('adapter_config.json', 'adapter_model.safetensors');
  if (adapter.length === 2) return [...adapter, ...among(...tokenizerFiles)];
  throw new InputError(`${name} is no model in Hugging Face format: it has no config.json${otherwise(name, paths)}`);
}

function ggufFile(name: string, file: string, paths: readonly string[]): string[] {
  if (paths.includes(file)) return [file];
  throw new InputError(`${name} has no ${file}${otherwise(name, paths)}`);
}

/** What there is in place of what was looked for. */
function otherwise(name: string, paths: readonly string[]): string {
  const ggufs = paths.filter((path) => /\.gguf$/i.test(path));
  if (ggufs.length > 0) return `, but files in GGUF format; name one: ${ggufs.map((path) => `${name}:${path}`).join(' or ')}`;
  const others = paths.filter((path) => /\.(bin|pt|pth|h5|msgpack|onnx|safetensors)$/i.test(path)).slice(0, 3);
  return others.length > 0 ? `, but ${others.join(', ')}, which cannot be read: look for a repository with safetensors` : '';
}
