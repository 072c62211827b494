// Loaded before the command by a test (NODE_OPTIONS=--import): counts the changes that the main thread makes to files, and kills the process
// with -9 before change number THINKLING_DIE_AT, or in the midst of it where it writes. Between two changes nothing on the disk differs, so
// that these are all the moments at which a run can be killed. At its end a process leaves the count in the file THINKLING_CHANGES.

import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const at = Number(process.env.THINKLING_DIE_AT ?? Number.POSITIVE_INFINITY);
const countFile = process.env.THINKLING_CHANGES;
let changes = 0;

const die = () => process.kill(process.pid, 'SIGKILL');

/** Whether this is the change to die at: then the caller may still do a part of it. */
const isLast = () => ++changes === at;

function wrap(name) {
  const original = fs[name];
  fs[name] = (...given) => {
    if (isLast()) die();
    return original(...given);
  };
}

if (isMainThread) {
  for (const name of ['rename', 'rm', 'mkdir', 'link', 'truncate']) wrap(name);
  const { open, appendFile, writeFile } = fs;
  fs.open = async (file, flags = 'r', ...rest) => {
    if (flags !== 'r' && flags !== 'r+' && isLast()) die();
    const handle = await open(file, flags, ...rest);
    const { write } = handle;
    handle.write = async (data, offset = 0, length = data.length - offset, ...more) => {
      if (isLast()) {
        await write.call(handle, data, offset, Math.floor(length / 2), ...more);
        die();
      }
      return write.call(handle, data, offset, length, ...more);
    };
    return handle;
  };
  const inPart =
    (original) =>
    async (file, text, ...rest) => {
      if (isLast()) {
        await original(file, text.slice(0, Math.floor(text.length / 2)), ...rest);
        die();
      }
      return original(file, text, ...rest);
    };
  fs.appendFile = inPart(appendFile);
  fs.writeFile = inPart(writeFile);
  syncBuiltinESMExports();
  if (countFile !== undefined) process.on('exit', () => writeFileSync(countFile, String(changes)));
}
