// SPDX-License-Identifier: Apache-2.0
/** `TextFiles` on the disk: what was replaced survives a crash whole, old or new. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { TextFiles } from './namesrv-config.ts';

export const nodeTextFiles: TextFiles = {
  async read(file) {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },

  async replace(file, text) {
    const folder = path.dirname(file);
    await mkdir(folder, { recursive: true });
    const temporary = `${file}.tmp`;
    await withFile(temporary, 'w', async (handle) => {
      await handle.writeFile(text);
      await handle.sync();
    });
    await rename(temporary, file);
    // The new name is durable only when its folder is.
    await withFile(folder, 'r', (handle) => handle.sync());
  },
};

type Handle = Awaited<ReturnType<typeof open>>;

async function withFile(
  file: string,
  flags: 'r' | 'w',
  use: (handle: Handle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
