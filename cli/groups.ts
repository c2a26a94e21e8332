import type { Command } from './command.ts';
import { packCommand } from './model-pack.ts';

/** Every command by its group and name. */
export const groups: Record<string, Record<string, Command>> = {
  model: { pack: packCommand },
};
