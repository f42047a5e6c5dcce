// SPDX-License-Identifier: Apache-2.0
/**
 * Offsets of broadcasting consumers in files where Apache's client keeps them:
 * `<home>/.rocketmq_offsets/<clientId>/<group>/offsets.json`, the version before beside it as
 * `offsets.json.bak`. Source: LocalFileOffsetStore, spec remoting §4.9.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { OffsetStorage } from '../client/offset-file.ts';
import { ApogeeError } from '../core/errors.ts';

export class FileOffsetStorage implements OffsetStorage {
  readonly #directory: string;

  constructor(directory: string = path.join(homedir(), '.rocketmq_offsets')) {
    this.#directory = directory;
  }

  async load(clientId: string, group: string): Promise<readonly string[]> {
    const file = this.#file(clientId, group);
    const texts = await Promise.all([readIfThere(file), readIfThere(`${file}.bak`)]);
    return texts.filter((text) => text !== undefined);
  }

  /** At every moment either the file or its `.bak` is whole. */
  async save(clientId: string, group: string, text: string): Promise<void> {
    const file = this.#file(clientId, group);
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(`${file}.tmp`, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await readIfThere(file)) !== undefined) await rename(file, `${file}.bak`);
    await rename(`${file}.tmp`, file);
  }

  #file(clientId: string, group: string): string {
    if (/[/\\]|^\.\.?$/.test(clientId)) {
      throw new ApogeeError('CONFIG_VALUE', `the client id ${clientId} is no name for a folder`, {
        cure: 'choose an instanceName without slashes',
      });
    }
    return path.join(this.#directory, clientId, group, 'offsets.json');
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
