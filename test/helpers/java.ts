// SPDX-License-Identifier: Apache-2.0
/**
 * Java for the conformance tests: whether it is there, its jars by Maven, and a JVM whose official
 * clients are driven by lines of JSON (test/conformance/java).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ManagedProcess, projectRoot, runToEnd } from './processes.ts';

export const ROCKETMQ_VERSION = '5.5.0';

const javaFolder = path.join(projectRoot, 'test', 'conformance', 'java');
const target = path.join(javaFolder, 'target');
const MAVEN_TIMEOUT_MS = 300_000;
const JVM_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 60_000;

export type SerializeType = 'JSON' | 'ROCKETMQ';

/**
 * Why the tests that need Java cannot run here; undefined when they can. With
 * APOGEE_REQUIRE_JAVA=1 they always run, and fail where Java is missing.
 */
export function javaMissing(): string | undefined {
  if (process.env['APOGEE_REQUIRE_JAVA'] === '1') return undefined;
  for (const [command, argument] of [
    ['java', '-version'],
    ['javac', '-version'],
    ['mvn', '--version'],
  ] as const) {
    if (spawnSync(command, [argument], { stdio: 'ignore' }).status !== 0) {
      return `${command} is not installed; install a JDK 8 or later and Maven`;
    }
  }
  return undefined;
}

/** Resolves and compiles once; later calls and runs find everything in `target`. */
export async function prepareJava(): Promise<void> {
  const stamp = path.join(target, 'prepared');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await runToEnd('mvn', ['-q', '-B', 'compile', 'dependency:copy-dependencies'], {
    cwd: javaFolder,
    title: 'mvn',
    timeoutMs: MAVEN_TIMEOUT_MS,
  });
  mkdirSync(target, { recursive: true });
  writeFileSync(stamp, wanted);
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(path.join(javaFolder, 'pom.xml')));
  const sources = path.join(javaFolder, 'src');
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.java')) hash.update(readFileSync(path.join(sources, name)));
  }
  return hash.digest('hex');
}

export interface JvmOptions {
  readonly mainClass: string;
  readonly args?: readonly string[];
  /** Java writes its logs below it. */
  readonly home: string;
  readonly heapMegabytes: number;
  readonly serializeType?: SerializeType;
  readonly properties?: Readonly<Record<string, string>>;
  readonly onOutput?: (text: string) => void;
}

/** Modules that Apache's broker opens by its own start script. */
const brokerModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
];

export function startJvm(options: JvmOptions): ManagedProcess {
  const properties = {
    'user.home': options.home,
    'rocketmq.serialize.type': options.serializeType ?? 'JSON',
    ...options.properties,
  };
  const classpath = [path.join(target, 'classes'), path.join(target, 'lib', '*')].join(':');
  return new ManagedProcess(
    'java',
    [
      ...(javaMajor() >= 9 ? brokerModules : []),
      ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
      `-Xmx${options.heapMegabytes}m`,
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      ...['-cp', classpath, options.mainClass],
      ...(options.args ?? []),
    ],
    {
      title: options.mainClass.split('.').at(-1) ?? options.mainClass,
      cwd: options.home,
      env: { ROCKETMQ_HOME: options.home },
      ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
    },
  );
}

let knownMajor: number | undefined;

function javaMajor(): number {
  if (knownMajor === undefined) {
    const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
    const [, first = '8', second] = /version "(\d+)(?:\.(\d+))?/.exec(stderr) ?? [];
    knownMajor = Number(first === '1' ? second : first);
  }
  return knownMajor;
}

/** An operation of the harness failed; `code` is the response code that a server gave. */
export class JavaError extends Error {
  readonly type: string;
  readonly code: number | undefined;

  constructor(operation: string, error: JavaErrorShape) {
    super(`${operation}: ${error.type}: ${error.message}`);
    this.type = error.type;
    this.code = error.code;
  }
}

interface JavaErrorShape {
  readonly type: string;
  readonly message: string;
  readonly code?: number;
}

interface JavaAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: JavaErrorShape;
}

interface Waiting {
  readonly resolve: (answer: JavaAnswer) => void;
}

export type Arguments = Readonly<Record<string, unknown>>;

/** One JVM with any number of official clients. */
export class JavaClients {
  readonly process: ManagedProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #partialLine = '';

  private constructor(home: string, serializeType: SerializeType) {
    this.process = startJvm({
      mainClass: 'apogeemq.conformance.Harness',
      home,
      heapMegabytes: 512,
      serializeType,
      onOutput: (text) => this.#read(text),
    });
  }

  static async start(home: string, serializeType: SerializeType = 'JSON'): Promise<JavaClients> {
    const clients = new JavaClients(home, serializeType);
    const ready = new Promise<JavaAnswer>((resolve) => clients.#waiting.set(0, { resolve }));
    await clients.#within('start', ready, JVM_TIMEOUT_MS);
    return clients;
  }

  /** Errors: JavaError when the operation failed; Error when it took too long. */
  async call<T>(operation: string, args: Arguments = {}, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answered = new Promise<JavaAnswer>((resolve) => this.#waiting.set(id, { resolve }));
    this.process.child.stdin?.write(`${JSON.stringify({ ...args, id, op: operation })}\n`);
    const answer = await this.#within(operation, answered, timeoutMs);
    if (answer.error !== undefined) throw new JavaError(operation, answer.error);
    return answer.result as T;
  }

  async stop(): Promise<void> {
    this.process.child.stdin?.end();
    await this.process.kill();
  }

  #read(text: string): void {
    const lines = (this.#partialLine + text).split('\n');
    this.#partialLine = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as JavaAnswer;
      this.#waiting.get(answer.id)?.resolve(answer);
      this.#waiting.delete(answer.id);
    }
  }

  async #within(operation: string, answered: Promise<JavaAnswer>, timeoutMs: number) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const output = this.process.output.slice(-4000);
        reject(new Error(`${operation} has not answered in ${timeoutMs} ms\n${output}`));
      }, timeoutMs);
    });
    const ended = this.process.ended.then((code): never => {
      throw new Error(`the JVM ended with ${code}\n${this.process.output.slice(-4000)}`);
    });
    try {
      return await Promise.race([answered, late, ended]);
    } finally {
      clearTimeout(timer);
    }
  }
}
