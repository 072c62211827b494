// Where no sandbox can be made, the message says what lacks and how to have it.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InputError } from '../../../platform/errors.ts';
import { sandboxMend } from './interpreter.ts';
import { PythonSandbox } from './sandbox.ts';

describe.skipIf(process.platform !== 'linux')('without what it takes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'thinkling-path-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const program = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };

  test('no bubblewrap: install it', async () => {
    vi.stubEnv('PATH', folder);
    const failure = PythonSandbox.open();
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(
      /no bubblewrap \(bwrap\) here; install bubblewrap and Python 3 \(Debian, Ubuntu: apt install bubblewrap/,
    );
  });

  test('a bubblewrap that is too old', async () => {
    program('bwrap', 'echo --seccomp FD');
    program('setpriv', 'exit 1');
    vi.stubEnv('PATH', folder);
    await expect(PythonSandbox.open()).rejects.toThrow('no bubblewrap of version 0.7 or newer');
  });

  test('a bubblewrap that may not make namespaces: what it said, and a container', async () => {
    program(
      'bwrap',
      'case "$1" in --help) echo --size --seccomp ;; *) echo "bwrap: No permissions to create new namespace" >&2; exit 1 ;; esac',
    );
    program('setpriv', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
    chmodSync(folder, 0o755);
    vi.stubEnv('PATH', folder);
    await expect(PythonSandbox.open()).rejects.toThrow(/bwrap: No permissions to create new namespace.*docker run/);
  });
});

test('macOS and Windows are sent to a container', () => {
  for (const platform of ['darwin', 'win32'] as const)
    expect(sandboxMend(platform)).toMatch(/there is none for (macOS|Windows): work in a Linux container/);
});
