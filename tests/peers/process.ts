import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../outside.ts';

/** What a program that ran to its end has left: exit code (-1 after a signal) and stdout and stderr together. */
export interface Finished {
  code: number;
  output: string;
}

/** An outside program that runs until it is stopped. */
export interface Running {
  pid: number;
  /** stdout and stderr so far, for the message of a failing test. */
  output(): string;
  /** SIGTERM, then SIGKILL after five seconds; resolves when the process is gone. Harmless when repeated. */
  stop(): Promise<void>;
}

interface Launched {
  child: ChildProcess;
  output: () => string;
  /** The exit code, -1 after a signal or where the program could not be started. */
  ended: Promise<number>;
}

/** Environment variables that a program gets besides our own. */
type Environment = Record<string, string>;

function launch(program: string, args: string[], more: Environment): Launched {
  const child = spawn(findProgram(program) ?? program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...more },
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  const kill = (): unknown => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      chunks.push(error.message);
      resolve(-1);
    });
    child.once('close', (code) => resolve(code ?? -1));
  });
  void ended.then(() => process.off('exit', kill));
  return { child, output: () => chunks.join(''), ended };
}

/** Runs a program to its end. After `limitMs` it is killed. */
export async function runProgram(
  program: string,
  args: string[],
  limitMs = 60_000,
  environment: Environment = {},
): Promise<Finished> {
  const { child, output, ended } = launch(program, args, environment);
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const code = await ended;
  clearTimeout(timer);
  return { code, output: output() };
}

/**
 * Starts a program and waits until `isReady`, which is given the output so far, says so. Throws with the output when
 * the program ends or `limitMs` pass before that.
 */
export async function startProgram(
  program: string,
  args: string[],
  isReady: (output: string) => boolean | Promise<boolean>,
  limitMs = 30_000,
  environment: Environment = {},
): Promise<Running> {
  const { child, output, ended } = launch(program, args, environment);
  const running = { pid: child.pid ?? -1, output, stop: () => stop(child, ended) };
  const polled = until(() => isReady(output()), limitMs);
  const ready = await Promise.race([ended.then(() => false), polled]);
  if (ready) return running;
  await running.stop();
  throw new Error(`${program} did not become ready:\n${output()}`);
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

/** Polls until the condition holds; false after `limitMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if (await condition()) return true;
    await sleep(25);
  }
  return false;
}

/** Whether something listens on a loopback port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** A fresh folder for one test's files, and the way to be rid of it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'scanside-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
