import type { Command } from './command.ts';
import { deidentifyCommand } from './dataset-deidentify.ts';
import { importCommand } from './dataset-import.ts';
import { splitCommand } from './dataset-split.ts';
import { tableCommand } from './dataset-table.ts';
import { verifyCommand } from './dataset-verify.ts';

/** `scanside dataset NAME`. */
export const datasetCommands: Record<string, Command> = {
  import: importCommand,
  deidentify: deidentifyCommand,
  split: splitCommand,
  verify: verifyCommand,
  table: tableCommand,
};
