// Paths as the user would write them.

import { isAbsolute, relative, sep } from 'node:path';

/** A path below the working directory is written from there; names (lab:base) and other paths stay as they are. */
export function shownPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const near = relative('.', path);
  return near === '' ? '.' : near === '..' || near.startsWith(`..${sep}`) || isAbsolute(near) ? path : near;
}
