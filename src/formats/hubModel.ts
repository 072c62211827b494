// A model on the Hugging Face hub by its name there: owner/name, owner/name@revision, and :file.gguf behind either. Of its repository only
// what a model is opened from is downloaded: no second copy of the weights in another format.

import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import { hubFiles, hubsOwn } from '../platform/hub.ts';
import { indexedFiles, indexName } from './shardedSafetensors.ts';

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
  const found = hubFiles({ type: 'model', name, revision }, (paths, brought) =>
    gguf === undefined ? modelFiles(name, paths, brought) : ggufFile(name, gguf, paths),
  ).then(({ dir }) => (gguf === undefined ? dir : join(dir, gguf)));
  fetched.set(key, found);
  found.catch(() => fetched.delete(key));
  return found;
}

const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];
const additionalTemplate = /^additional_chat_templates\/[^/]+\.jinja$/;

/** @param brought as `hubFiles` has it: the index is read for the names of the files with the weights */
async function modelFiles(name: string, paths: readonly string[], brought: (path: string) => Promise<string>): Promise<string[]> {
  const among = (...wanted: string[]): string[] => wanted.filter((path) => paths.includes(path));
  const tokenizer = [...among(...tokenizerFiles), ...paths.filter((path) => additionalTemplate.test(path))];
  if (paths.includes('config.json')) {
    const whole = among('model.safetensors');
    const weights = whole.length > 0 || !paths.includes(indexName) ? whole : [indexName, ...(await indexedFiles(await brought(indexName)))];
    const absent = weights.find((path) => !paths.includes(path));
    if (absent !== undefined) throw new InputError(`${name} has no ${absent}, which its ${indexName} names: its weights are not whole`);
    if (weights.length === 0) throw new InputError(`${name} has no weights as model.safetensors${otherwise(name, paths)}`);
    return [...among('config.json', 'generation_config.json'), ...tokenizer, ...weights];
  }
  const adapter = among('adapter_config.json', 'adapter_model.safetensors');
  if (adapter.length === 2) return [...adapter, ...tokenizer];
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
