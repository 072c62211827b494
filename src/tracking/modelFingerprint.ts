// Whether a model is the one that it was: by the contents of its files, not by their place. Of large files slices spread over them are
// enough, for training leaves no part of the weights as it was, and gigabytes would take minutes.
import * as files from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';

const slices = 16;
const sliceBytes = 1 << 18;
const ofAModel = /\.(safetensors|gguf|json|jinja|txt|model)$/i;
/** Of a checkpoint, beside the model. */
const notOfTheModel = new Set(['optimizer.safetensors', 'state.json']);

/** @param path a directory or a file, as `resolveModel` gives it */
export async function modelFingerprint(path: string): Promise<string> {
  const names = (await files.isFile(path))
    ? ['']
    : (await files.list(path)).filter((name) => ofAModel.test(name) && !notOfTheModel.has(name));
  const parts: string[] = [];
  for (const name of names) {
    const file = files.join(path, name);
    if (await files.isFile(file)) parts.push(`${name} ${await fileFingerprint(file)}`);
  }
  return sha256(parts.join('\n'));
}

async function fileFingerprint(file: string): Promise<string> {
  const handle = await files.openForReading(file);
  try {
    const { size } = handle;
    if (size <= slices * sliceBytes) return sha256(await handle.read(0, size));
    const hashes: string[] = [];
    for (let i = 0; i < slices; i++)
      hashes.push(sha256(await handle.read(Math.floor((i * (size - sliceBytes)) / (slices - 1)), sliceBytes)));
    return sha256(`${size} ${hashes.join(' ')}`);
  } finally {
    await handle.close();
  }
}
