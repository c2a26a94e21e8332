import type { CheckView, ReportForm, ServiceDesk, ServiceView } from '../panel/service-view.ts';

/** A check that passed, with what a test changes. */
export function check(change: Partial<CheckView> & { name: string }): CheckView {
  return { title: change.name, state: 'pass', code: '', cause: '', next: '', facts: [], ...change };
}

/** Nothing has been done yet. */
export const noService: ServiceView = {
  running: undefined,
  checked: undefined,
  commissioning: { steps: [], report: undefined },
  pairingCode: '',
};

/** A device in the middle of its commissioning, with everything that the page can show. */
export function sampleService(now: number, change: Partial<ServiceView> = {}): ServiceView {
  const steps = [
    check({
      name: 'identity',
      title: 'Identity and keys',
      state: 'warn',
      code: 'ROOT_KEY_IN_FILE',
      cause: 'The root key lies in a file: whoever has the disk can read everything on it.',
      next: 'Fit a TPM and run scanside keys seal.',
      facts: [{ name: 'serial', value: 'SC-0001' }],
    }),
    check({
      name: 'peers',
      title: 'PACS and RIS',
      state: 'fail',
      code: 'AE_NOT_RECOGNIZED',
      cause: 'MAIN PACS refuses the association: it does not know the AE title SCANSIDE.',
      next: 'Ask the PACS administrator to add SCANSIDE, 10.0.0.42, port 11112.',
      facts: [
        { name: 'address', value: '10.0.0.7:104' },
        { name: 'TCP connect', value: '4 ms' },
      ],
    }),
    check({ name: 'network', title: 'Network', state: 'waived', cause: 'set by the hospital' }),
    check({ name: 'mqtt', title: 'MQTT broker', state: 'skipped' }),
    check({ name: 'scanner', title: 'Scanner rehearsal', state: 'open' }),
  ];
  return {
    running: undefined,
    checked: { at: now - 60_000, checks: [check({ name: 'clock', title: 'Clock' })] },
    commissioning: { steps, report: undefined },
    pairingCode: '4821-7730',
    ...change,
  };
}

/** A desk that a test fills, and that keeps what was asked of it. */
export class SampleServiceDesk implements ServiceDesk {
  shown: ServiceView = noService;
  readonly reports = new Map<ReportForm, Uint8Array>();
  readonly asked: string[] = [];

  view(): ServiceView {
    return this.shown;
  }

  run(what: 'checks' | 'commissioning', by: string): void {
    this.asked.push(`run ${what} ${by}`);
    this.shown = { ...this.shown, running: what };
  }

  waive(step: string, because: string, by: string): boolean {
    this.asked.push(`waive ${step} ${because} ${by}`);
    return this.shown.commissioning.steps.some(({ name }) => name === step);
  }

  report(form: ReportForm): Uint8Array | undefined {
    return this.reports.get(form);
  }
}
