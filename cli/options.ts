import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ScansideError } from '../device/errors.ts';
import type { Io } from './command.ts';

/** Wrong options or arguments: the command prints its usage and ends with 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** The options of a command line. Throws UsageError for unknown ones and for arguments that are no options. */
export function readOptions<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The option’s text. Throws UsageError where it is not given. */
export function required(name: string, text: string | undefined): string {
  if (text) return text;
  throw new UsageError(`--${name} is missing`);
}

/** The option’s value as one of a few. Throws UsageError for every other. */
export function choice<const T extends string>(
  name: string,
  text: string,
  values: readonly T[],
): T {
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw new UsageError(`--${name} must be one of ${values.join(', ')}`);
}

/** The option as a whole number. Throws UsageError outside of `low` to `high`. */
export function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new UsageError(`--${name} must be a whole number from ${low} to ${high}`);
}

/**
 * Runs the body of a command and turns what it throws into words and an exit code: 2 and the usage where it was called
 * wrongly, 1 and the remedy for an error of the catalogue. `--help` prints the usage. Every other error is a defect.
 */
export async function runCommand(
  args: string[],
  usage: string,
  io: Io,
  body: () => Promise<number> | number,
): Promise<number> {
  if (args.includes('--help')) {
    io.out(usage);
    return 0;
  }
  try {
    return await body();
  } catch (error) {
    if (error instanceof UsageError) io.error(`${error.message}\n\n${usage}`);
    else if (error instanceof ScansideError) io.error(`${error.message}\n${error.remedy}`);
    else if (isFileError(error)) io.error(`${error.message}\nCheck the path and its permissions.`);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Node’s own error of a file operation, such as ENOENT or ENOSPC. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
