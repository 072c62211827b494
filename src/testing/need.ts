// For tests that need what npm does not bring (a data set, a model, a Python package): where it is missing they are skipped with a line
// that says how to have it. What .ci/run can install by itself must be there under THINKLING_CI=1, which it sets: then that is a failure.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Need<T> {
  /** What is needed, as a reader would say it: "the stories260K model". */
  what: string;
  /** The thing itself, or undefined where it is not here. */
  found: T | undefined;
  /** What to do to have it. */
  mend: string;
  /** .ci/run installs it; data and models that are not the project's it cannot. */
  installable?: boolean;
}

/** A file or folder of the shared data, which lies beside the checkout or where THINKLING_SHARED says. */
export function shared(path: string): Need<string> {
  const base = resolve(process.env.THINKLING_SHARED ?? join(root, '../shared'));
  const full = join(base, path);
  return {
    what: `shared/${path}`,
    found: existsSync(full) ? full : undefined,
    mend: `put it at ${full}, or set THINKLING_SHARED to the folder it is in`,
  };
}

/** As vitest's `describe`, with what is needed handed to `body`; without it, one skipped test in its place (failed in CI, where CI installs it). */
export function describeNeeding<T>(need: Need<T>, name: string, body: (found: T) => void): void {
  const { found } = need;
  if (found !== undefined) {
    describe(name, () => body(found));
    return;
  }
  const line = `${name}: needs ${need.what}; ${need.mend}`;
  if (need.installable && process.env.THINKLING_CI === '1') {
    test(line, () => {
      throw new Error(line);
    });
    return;
  }
  console.warn(`skipped: ${line}`);
  test.skip(line, () => {});
}
