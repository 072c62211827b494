// The contents of what a recipe names: models, data, files with tasks. Each is looked at once.

import { dataFingerprint } from '../datasets/files.ts';
import { adapterBase } from '../formats/adapterConfig.ts';
import { isAdapter } from '../formats/lora.ts';
import { isFile } from '../platform/files.ts';
import { sha256, sha256OfFile } from '../platform/hash.ts';
import { labGeneral } from '../tasks/lab/general/rows.ts';
import { testFileBeside } from '../tasks/questions.ts';
import { isTaskFile } from '../tasks/task.ts';
import { modelFingerprint } from '../tracking/modelFingerprint.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { taskFingerprint } from './taskFiles.ts';

type What = 'model' | 'data' | 'task';

export class Contents {
  private readonly known = new Map<string, Promise<string>>();

  /** A fingerprint that other contents do not have, wherever they lie. @throws InputError where there is no such thing */
  of(what: What, name: string): Promise<string> {
    const key = `${what} ${name}`;
    const found = this.known.get(key) ?? look[what](name);
    this.known.set(key, found);
    return found;
  }
}

const look: Record<What, (name: string) => Promise<string>> = {
  async model(name) {
    const path = await resolveModel(name);
    const own = await modelFingerprint(path);
    return (await isAdapter(path)) ? sha256(`${own} ${await modelFingerprint(await adapterBase(path))}`) : own;
  },
  async data(name) {
    // It comes with the program.
    if (name === labGeneral) return name;
    const beside = testFileBeside(name);
    const own = await dataFingerprint(name);
    return beside !== undefined && (await isFile(beside)) ? sha256(`${own} ${await sha256OfFile(beside)}`) : own;
  },
  task: async (name) => (isTaskFile(name) ? taskFingerprint(name) : name),
};
