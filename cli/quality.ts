import type { Command } from './command.ts';
import { qualityImport } from './quality-import.ts';

/** The commands of the group `quality`. */
export const qualityCommands: Record<string, Command> = {
  import: qualityImport,
};
