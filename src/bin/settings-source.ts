// SPDX-License-Identifier: Apache-2.0
/** From files and arguments to settings, and changes of settings back to their file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFiles } from '../broker/files.ts';
import type { ConfigOwner } from '../core/config/config-key.ts';
import { Settings } from '../core/config/settings.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import { thisMachine } from './machine.ts';

export interface SettingsRequest {
  readonly owners: readonly ConfigOwner[];
  /** The file of `-c`. */
  readonly file: string | undefined;
  readonly defaults: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** Errors: CONFIG_FILE, CONFIG_VALUE. */
export function readSettings(request: SettingsRequest): Settings {
  const { owners, file, defaults, overrides } = request;
  const source = file === undefined ? undefined : { file, text: readText(file) };
  return Settings.read({ owners, machine: thisMachine(), source, defaults, overrides });
}

function readText(file: string): string {
  try {
    // Java reads .properties as ISO-8859-1; people write UTF-8, which is what we take.
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ApogeeError('CONFIG_FILE', `${file} cannot be read: ${errorText(error)}`, {
      cure: 'give an existing .properties file with -c; samples are in conf/',
      cause: error,
    });
  }
}

/** `key=value` arguments as overrides. Errors: CONFIG_VALUE for a text without `=`. */
export function parseAssignments(assignments: readonly string[]): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at <= 0) {
      throw new ApogeeError('CONFIG_VALUE', `--set ${assignment} is not key=value`, {
        cure: 'write for example --set flushDiskType=SYNC_FLUSH',
      });
    }
    overrides[assignment.slice(0, at)] = assignment.slice(at + 1);
  }
  return overrides;
}

/** Overrides without those that were not given. */
export function given(
  overrides: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Replaces a settings file whole and durably; the previous content stays as `.bak`. */
export async function persistSettings(file: string, text: string): Promise<void> {
  const directory = path.dirname(file);
  const temporary = `${file}.tmp`;
  try {
    await nodeFiles.ensureDirectory(directory);
    await nodeFiles.writeDurably(temporary, new TextEncoder().encode(text));
    await nodeFiles.rename(file, `${file}.bak`);
    await nodeFiles.rename(temporary, file);
    await nodeFiles.syncDirectory(directory);
  } catch (error) {
    throw new ApogeeError('CONFIG_FILE', `${file} cannot be written: ${errorText(error)}`, {
      cure: 'the change is in force until the next start; make the file writable to keep it',
      cause: error,
    });
  }
}
