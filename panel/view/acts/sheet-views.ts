import type { SheetViews } from './acting.ts';
import { DisagreeSheet } from './disagree-sheet.ts';
import { PauseSheet } from './pause-sheet.ts';
import { WithdrawSheet } from './withdraw-sheet.ts';

export const sheetViews: SheetViews = {
  pause: PauseSheet,
  disagree: DisagreeSheet,
  withdraw: WithdrawSheet,
};
