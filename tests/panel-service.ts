import type {
  CheckView,
  ReportForm,
  ServiceDesk,
  ServiceRun,
  ServiceView,
  StepView,
} from '../panel/service-view.ts';

/** A check that passed, with what a test changes. */
export function check(change: Partial<CheckView> & { name: string }): CheckView {
  return { title: change.name, state: 'pass', code: '', cause: '', next: '', facts: [], ...change };
}

/** A step with one check that ended as the step did. */
export function step(
  change: Partial<StepView> & { name: string },
  found: Partial<CheckView> = {},
): StepView {
  const { name, state = 'pass' } = change;
  return { title: name, state, because: '', checks: [check({ name, state, ...found })], ...change };
}

/** Nothing has been done yet. */
export const noService: ServiceView = {
  running: undefined,
  mayRun: ['checks'],
  checked: undefined,
  steps: [],
  report: undefined,
};

/** A device in the middle of its commissioning, with everything that the page can show. */
export function sampleService(now: number, change: Partial<ServiceView> = {}): ServiceView {
  const steps = [
    step(
      { name: 'identity', title: 'Identity and keys', state: 'warn' },
      {
        title: 'Root key',
        code: 'KEY_IN_FILE',
        cause: 'the device’s root key lies in a file (level L0): whoever takes the disk has it',
        next: 'Seal it with `scanside keys seal` where the machine has a TPM.',
        facts: [{ name: 'level', value: 'L0' }],
      },
    ),
    step(
      { name: 'peers', title: 'PACS and other destinations', state: 'fail' },
      {
        title: 'MAIN PACS: Association and C-ECHO',
        code: 'PEER_CALLING_TITLE_UNKNOWN',
        cause: 'the peer does not know this device: SCANSIDE at 10.0.0.42:11112',
        next: 'Have its administrator enter this device’s AE title, address and port.',
        facts: [
          { name: 'address', value: '10.0.0.7:104' },
          { name: 'connect', value: '4 ms' },
        ],
      },
    ),
    step({ name: 'network', title: 'Network', state: 'waived', because: 'set by the hospital' }),
    step({ name: 'fleet', title: 'Broker and updates', state: 'skipped' }),
    step({ name: 'time', title: 'Time' }, { facts: [{ name: 'offset', value: '3 ms' }] }),
    step({ name: 'scanner', title: 'The scanner itself', state: 'open', checks: [] }),
  ];
  const clock = step({ name: 'time', title: 'Time' });
  return {
    running: undefined,
    mayRun: ['checks', 'commissioning'],
    checked: { at: now - 60_000, steps: [clock] },
    steps,
    report: { at: now - 120_000, by: 'A. Technician', outcome: 'fail', sha256: '5f'.repeat(32) },
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

  run(what: ServiceRun, by: string): void {
    this.asked.push(`run ${what} ${by}`);
    this.shown = { ...this.shown, running: what };
  }

  waive(name: string, because: string, by: string): boolean {
    this.asked.push(`waive ${name} ${because} ${by}`);
    return this.shown.steps.some((each) => each.name === name);
  }

  report(form: ReportForm): Uint8Array | undefined {
    return this.reports.get(form);
  }
}
