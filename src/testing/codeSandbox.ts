// The sandbox for programs, for tests that need it.
import { messageOf } from '../platform/errors.ts';
import { CodePool } from '../rewards/code/pool.ts';
import type { Need } from './need.ts';

/** A pool of two, which the test closes. */
export async function codeSandbox(): Promise<Need<CodePool>> {
  const pool = new CodePool(2);
  const problem = await pool.ready('python').then(() => undefined, messageOf);
  return { what: 'a sandbox for programs', found: problem === undefined ? pool : undefined, mend: problem ?? '', installable: true };
}
