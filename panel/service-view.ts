/** How a check or a step of commissioning ended; `open`: it is still to come. */
export type CheckState = 'pass' | 'warn' | 'fail' | 'waived' | 'skipped' | 'open';

/** One thing that was looked at. Its texts are English, as the commands say them. */
export interface CheckView {
  name: string;
  title: string;
  state: CheckState;
  /** Code of the error catalogue, what it probably is and what to do next; empty where nothing is wrong. */
  code: string;
  cause: string;
  next: string;
  facts: { name: string; value: string }[];
}

/** A step of commissioning, or a part of the checks, by the name that the commands know it by. */
export interface StepView {
  name: string;
  title: string;
  state: CheckState;
  /** Why somebody answers for a step that has not passed, or empty. */
  because: string;
  checks: CheckView[];
}

/** Forms in which the report of commissioning can be had. */
export const reportForms = ['html', 'pdf', 'json'] as const;

export type ReportForm = (typeof reportForms)[number];

/** What can be run from the page. */
export type ServiceRun = 'checks' | 'commissioning';

/** What a field engineer sees of a device. */
export interface ServiceView {
  /** Which run is under way. */
  running: ServiceRun | undefined;
  /** What can be run now. Commissioning needs a device that is not in service. */
  mayRun: readonly ServiceRun[];
  /** The last run of the checks that change nothing. */
  checked: { at: number; steps: StepView[] } | undefined;
  /** How far commissioning has come. */
  steps: StepView[];
  /** The signed report of it. */
  report:
    { at: number; by: string; outcome: 'pass' | 'waived' | 'fail'; sha256: string } | undefined;
}

/** What the panel asks of whoever commissions the device. */
export interface ServiceDesk {
  view(): ServiceView;
  /** Begins a run, of which `view` tells; none begins while another is under way. */
  run(what: ServiceRun, by: string): void;
  /** A step that has failed is set aside, by whom and why; false where there is no such step. */
  waive(step: string, because: string, by: string): boolean;
  report(form: ReportForm): Uint8Array | undefined;
}

/** The desk of a panel at which nothing can be done for service. */
export const noService: ServiceDesk = {
  view: () => ({
    running: undefined,
    mayRun: [],
    checked: undefined,
    steps: [],
    report: undefined,
  }),
  run: () => undefined,
  waive: () => false,
  report: () => undefined,
};
