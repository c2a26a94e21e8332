import type { Command } from './command.ts';
import { qualityCases } from './quality-cases.ts';
import { qualityImport } from './quality-import.ts';
import { qualityRelease, qualityShow, qualityStop } from './quality-move.ts';
import { qualityReport } from './quality-report.ts';
import { qualityShadow } from './quality-shadow.ts';

/** The commands of the group `quality`. */
export const qualityCommands: Record<string, Command> = {
  import: qualityImport,
  report: qualityReport,
  cases: qualityCases,
  shadow: qualityShadow,
  show: qualityShow,
  release: qualityRelease,
  stop: qualityStop,
};
