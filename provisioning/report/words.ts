import type { CommissioningReport } from './report.ts';

type State = CommissioningReport['steps'][number]['state'];

/** A state with its sign, so that no reader needs to see colours. */
export const stateWords: Record<State, string> = {
  pass: '✓ pass',
  warn: '! warning',
  fail: '✗ fail',
  waived: '○ waived',
  skipped: '– not tried',
};

/** What the outcome says to somebody who reads nothing else. */
export const outcomeWords: Record<CommissioningReport['outcome'], string> = {
  pass: 'Commissioned',
  waived: 'Commissioned with waivers',
  fail: 'NOT commissioned',
};

/** The facts of a check in one line. */
export function factWords(facts: Readonly<Record<string, string | number>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ');
}

/** The head of a report: what it is about, by name. */
export function headOf(report: CommissioningReport, fingerprint: string): [string, string][] {
  const { device, software, machine } = report;
  return [
    ['Site', report.site],
    ['Device', `${device.name}, serial ${device.serial}, AE title ${device.aeTitle}`],
    ['Machine', `${machine.model}, ${machine.system}`],
    ['Software', `Scanside ${software.scanside}, Node ${software.node}`],
    ['Engineer', report.engineer],
    ['Begun', report.begunAt],
    ['Ended', report.endedAt],
    ['Keys', keyWords[report.keyLevel]],
    ['Configuration', `SHA-256 ${report.configurationSha256}`],
    ['Visit', report.visit],
    ['Device key', `SHA-256 ${fingerprint}`],
  ];
}

const keyWords: Record<CommissioningReport['keyLevel'], string> = {
  L0: 'L0: the root key lies in a file. WARNING: whoever takes the disk has it.',
  L1: 'L1: the root key is sealed in the TPM.',
};
