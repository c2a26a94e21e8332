import { auditExport } from './audit-export.ts';
import { auditRotateKey } from './audit-rotate-key.ts';
import { auditShow } from './audit-show.ts';
import { auditVerify } from './audit-verify.ts';
import type { Command } from './command.ts';

/** The commands of the group `audit`. */
export const auditCommands: Record<string, Command> = {
  verify: auditVerify,
  show: auditShow,
  export: auditExport,
  'rotate-key': auditRotateKey,
};
