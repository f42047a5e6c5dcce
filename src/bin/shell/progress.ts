// SPDX-License-Identifier: Apache-2.0
/** A progress bar on a terminal, and nothing where stderr is a pipe or a file. */

export interface Progress {
  update(done: number): void;
  stop(): void;
}

const silent: Progress = { update: () => {}, stop: () => {} };

/** How much there is to do is `total`; work below `worthShowing` shows no bar. */
export async function startProgress(
  label: string,
  total: number,
  worthShowing = 1000,
): Promise<Progress> {
  if (process.stderr.isTTY !== true || total < worthShowing) return silent;
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 100,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(Math.min(done, total)), stop: () => bar.stop() };
}
