import { disk } from '../device/files.ts';
import { auditCommands } from './audit.ts';
import { openBundleScorer } from './bundle-scorer.ts';
import type { Command } from './command.ts';
import { datasetCommands } from './dataset.ts';
import { enrollCommands } from './enroll.ts';
import { keyCommands } from './keys.ts';
import { createCompareCommand } from './model-compare.ts';
import { createEvaluateCommand } from './model-evaluate.ts';
import { fleetCommands } from './fleet.ts';
import { explainCommand } from './model-explain.ts';
import { inspectCommand } from './model-inspect.ts';
import { packCommand } from './model-pack.ts';
import { modelQuantize } from './model-quantize.ts';
import { tritonCommand } from './model-triton.ts';
import { provisionCommand } from './provision.ts';
import { qualityCommands } from './quality.ts';
import { updateCommands } from './update.ts';
import { userCommands } from './user.ts';
import { validateCommand } from './model-validate.ts';

/** Every command by its group and name. */
export const groups: Record<string, Record<string, Command>> = {
  model: {
    pack: packCommand,
    validate: validateCommand,
    inspect: inspectCommand,
    quantize: modelQuantize,
    evaluate: createEvaluateCommand({
      files: disk,
      openScorer: (folder) => openBundleScorer(disk, folder),
    }),
    compare: createCompareCommand({ files: disk }),
    explain: explainCommand,
    triton: tritonCommand,
  },
  dataset: datasetCommands,
  audit: auditCommands,
  user: userCommands,
  fleet: fleetCommands,
  enroll: enrollCommands,
  keys: keyCommands,
  quality: qualityCommands,
  update: updateCommands,
};

/** Commands that stand by themselves, by their name. */
export const commands: Record<string, Command> = {
  provision: provisionCommand,
};
