/** Where a command writes: lines for people, without the line break. */
export interface Io {
  out(text: string): void;
  error(text: string): void;
}

/** One command of `scanside`; `run` resolves to the exit code: 0 done, 1 failed, 2 called wrongly, 3 gate missed. */
export interface Command {
  summary: string;
  usage: string;
  run(args: string[], io: Io): Promise<number>;
}
