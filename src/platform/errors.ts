// The one error a user's mistake raises: what is wrong, where, and the mend. The command line prints it and exits with 2;
// anything else that is thrown is work that failed, and exits with 1.

/** The input (a recipe, a path, a file's contents) is wrong. The message names the place and the mend. */
export class InputError extends Error {
  override name = 'InputError';
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
