// SPDX-License-Identifier: Apache-2.0
/** Files in memory, with every operation recorded and any of them made to fail. */
import type { DiskSpace, Files } from '../../src/broker/files.ts';

export class MemoryFiles implements Files {
  readonly contents = new Map<string, Uint8Array>();
  /** `write path`, `rename from to`, `sync path`, in order. */
  readonly operations: string[] = [];
  /** Operations that start with this text fail. */
  failing: string | undefined;
  /** Writes wait for this. */
  gate: Promise<void> = Promise.resolve();

  text(path: string): string | undefined {
    const bytes = this.contents.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  setText(path: string, text: string): void {
    this.contents.set(path, new TextEncoder().encode(text));
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.contents.get(path);
  }

  async writeDurably(path: string, bytes: Uint8Array): Promise<void> {
    await this.gate;
    this.#note(`write ${path}`);
    this.contents.set(path, bytes.slice());
  }

  async rename(from: string, to: string): Promise<boolean> {
    this.#note(`rename ${from} ${to}`);
    const bytes = this.contents.get(from);
    if (bytes === undefined) return false;
    this.contents.delete(from);
    this.contents.set(to, bytes);
    return true;
  }

  async syncDirectory(path: string): Promise<void> {
    this.#note(`sync ${path}`);
  }

  async ensureDirectory(): Promise<void> {}

  async diskSpace(): Promise<DiskSpace> {
    const gib = 1024 ** 3;
    return { totalBytes: 100 * gib, freeBytes: 25 * gib, usableBytes: 25 * gib };
  }

  #note(operation: string): void {
    this.operations.push(operation);
    if (this.failing !== undefined && operation.startsWith(this.failing)) {
      throw new Error('ENOSPC: no space left on device');
    }
  }
}
