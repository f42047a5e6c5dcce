#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** `mqshutdown namesrv|broker`: asks the processes of that role to stop and waits for them. */
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessRole, type RunningProcess, runningProcesses } from './pid-file.ts';
import { runMain } from './run.ts';

/** How long a process may take to flush and leave. */
const STOP_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 50;

const names: Readonly<Record<ProcessRole, string>> = {
  namesrv: 'name server',
  broker: 'broker',
};

runMain(async () => {
  const [role] = process.argv.slice(2);
  if (role !== 'namesrv' && role !== 'broker') {
    process.stderr.write('Usage: mqshutdown namesrv|broker\n');
    process.exit(2);
  }
  const running = runningProcesses(role);
  if (running.length === 0) {
    process.stderr.write(`No ${names[role]} of this user is running.\n`);
    process.exit(1);
  }
  const stopped = await Promise.all(running.map((entry) => stop(role, entry)));
  process.exit(stopped.every(Boolean) ? 0 : 1);
});

async function stop(role: ProcessRole, { pid, addresses }: RunningProcess): Promise<boolean> {
  const what = `${names[role]} ${addresses.join(', ')} (pid ${pid})`;
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_INTERVAL_MS) {
    if (!isAlive(pid)) {
      process.stdout.write(`Stopped the ${what}.\n`);
      return true;
    }
    await delay(POLL_INTERVAL_MS);
  }
  process.stderr.write(`The ${what} did not stop within ${STOP_TIMEOUT_MS / 1000} s.\n`);
  return false;
}
