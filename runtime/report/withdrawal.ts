import type { Code } from '../../models/manifest.ts';
import { type Withdrawal, type WithdrawalReason, withdrawalReasons } from '../../models/outcome.ts';
import { dcm, sct } from './code.ts';

/** The codes of a withdrawal. */
export interface WithdrawalCodes {
  /** CID 6034: whoever shows results is not to show this one. */
  intent: Code;
  reason: Code;
  /** CID 7452: what the person is, never who. */
  role: Code;
}

export const withdrawalConcepts: Record<keyof WithdrawalCodes, Code> = {
  intent: dcm('111056', 'Rendering Intent'),
  reason: sct('410666004', 'Reason'),
  role: dcm('121010', "Person Observer's Role in the Organization"),
};

const notForPresentation = dcm(
  '111152',
  'Not for Presentation: Rendering device expected not to present',
);

const reasons: Record<WithdrawalReason, Code> = {
  'false-flag': dcm('122776', 'Disagreement with prior findings'),
  'wrong-patient': dcm('110514', 'Incorrect worklist entry selected'),
  artifact: dcm('111207', 'Image artifact(s)'),
  'outside-intended-use': sct('410534003', 'Not indicated'),
};

const roles: Record<Withdrawal['role'], Code> = {
  technologist: sct('159016003', 'Radiologic Technologist'),
  radiologist: sct('309343006', 'Physician'),
  'field-engineer': sct('223366009', 'Healthcare professional'),
  administrator: dcm('128673', 'Administrator of Radiology Department'),
};

const roleWords: Record<Withdrawal['role'], string> = {
  technologist: 'a technologist',
  radiologist: 'a radiologist',
  'field-engineer': 'a field engineer',
  administrator: 'an administrator',
};

export function withdrawalCodes({ reason, role }: Withdrawal): WithdrawalCodes {
  return { intent: notForPresentation, reason: reasons[reason], role: roles[role] };
}

export function withdrawalSentence({ reason, role }: Withdrawal): string {
  return `The flag was withdrawn by ${roleWords[role]}: ${withdrawalReasons[reason]}.`;
}
