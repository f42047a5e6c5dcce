// SPDX-License-Identifier: Apache-2.0
/** The few file operations that configuration tables need, injected so that tests own them. */
import { type FileHandle, mkdir, open, readFile, rename, statfs } from 'node:fs/promises';

export interface Files {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Creates or replaces the file; its content is durable when this resolves, its name is not. */
  writeDurably(path: string, bytes: Uint8Array): Promise<void>;
  /** Replaces `to` atomically. False when there is no `from`. */
  rename(from: string, to: string): Promise<boolean>;
  /** Makes created and renamed names of the directory durable. */
  syncDirectory(path: string): Promise<void>;
  ensureDirectory(path: string): Promise<void>;
  /** Of the file system that holds `path`; undefined when there is no such path. */
  diskSpace(path: string): Promise<DiskSpace | undefined>;
}

export interface DiskSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Free for this process: less than `freeBytes` where some is reserved. */
  readonly usableBytes: number;
}

/** The real file system. */
export const nodeFiles: Files = {
  async read(path) {
    return await unlessMissing(readFile(path));
  },
  async writeDurably(path, bytes) {
    await withFile(await open(path, 'w'), async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
  },
  async rename(from, to) {
    return (await unlessMissing(rename(from, to).then(() => true))) === true;
  },
  async syncDirectory(path) {
    await withFile(await open(path, 'r'), (directory) => directory.sync());
  },
  async ensureDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  async diskSpace(path) {
    const space = await unlessMissing(statfs(path));
    if (space === undefined) return undefined;
    const { blocks, bfree, bavail, bsize } = space;
    return {
      totalBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      usableBytes: bavail * bsize,
    };
  },
};

async function withFile(file: FileHandle, use: (file: FileHandle) => Promise<void>) {
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
