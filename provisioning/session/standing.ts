import { join } from 'node:path';
import { readInstant } from '../../device/date.ts';
import type { Files } from '../../device/files.ts';
import { openReport } from '../report/seal.ts';
import { type CheckRecord, journalAt, type StepRecord } from './journal.ts';

/** Where a data folder keeps its commissioning: the journal, and the last report in every form. */
export function provisioningFolderOf(dataFolder: string): string {
  return join(dataFolder, 'provisioning');
}

export function journalIn(dataFolder: string, files: Files) {
  return journalAt(join(provisioningFolderOf(dataFolder), 'journal.json'), files);
}

/** Where the last report lies. */
export function keptReportAt(dataFolder: string, form: 'html' | 'pdf' | 'json'): string {
  return join(provisioningFolderOf(dataFolder), `report.${form}`);
}

/** A check as a page shows it: all texts there, facts in their order. */
export interface ShownCheck {
  name: string;
  title: string;
  state: CheckRecord['state'];
  code: string;
  cause: string;
  next: string;
  facts: { name: string; value: string }[];
}

export interface ShownStep {
  name: string;
  title: string;
  state: StepRecord['state'] | 'open';
  because: string;
  checks: ShownCheck[];
}

/** The last report of a device, in short. */
export interface ShownReport {
  at: number;
  by: string;
  outcome: 'pass' | 'waived' | 'fail';
  sha256: string;
}

/** How far the commissioning of a device has come; what cannot be read is as if it were not there. */
export function readStanding(dataFolder: string, files: Files) {
  return { steps: keptSteps(dataFolder, files), report: keptReport(dataFolder, files) };
}

export function showStep(step: StepRecord): ShownStep {
  const { name, title, state, because = '', checks } = step;
  return { name, title, state, because, checks: checks.map(showCheck) };
}

export function showCheck(check: CheckRecord): ShownCheck {
  const { name, title, state, code = '', cause = '', next = '', facts } = check;
  const shown = Object.entries(facts).map((fact) => ({ name: fact[0], value: String(fact[1]) }));
  return { name, title, state, code, cause, next, facts: shown };
}

function keptSteps(dataFolder: string, files: Files): ShownStep[] {
  try {
    return (journalIn(dataFolder, files).read()?.steps ?? []).map(showStep);
  } catch {
    return [];
  }
}

function keptReport(dataFolder: string, files: Files): ShownReport | undefined {
  try {
    const { report, seal } = openReport(files.readText(keptReportAt(dataFolder, 'json')));
    const { engineer: by, outcome, endedAt } = report;
    return { at: readInstant(endedAt), by, outcome, sha256: seal.reportSha256 };
  } catch {
    return undefined;
  }
}
