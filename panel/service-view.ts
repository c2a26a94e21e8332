/** How a check or a step of commissioning ended; `open`: it is still to come. */
export const checkStates = ['pass', 'warn', 'fail', 'waived', 'skipped', 'open'] as const;

export type CheckState = (typeof checkStates)[number];

/** One thing that was looked at. Its texts are English, as the commands say them. */
export interface CheckView {
  /** Names it, as `--from` and `--waive` of the command do. */
  name: string;
  title: string;
  state: CheckState;
  /** Code of the error catalogue, what it probably is and what to do next; empty where nothing is wrong. */
  code: string;
  cause: string;
  next: string;
  facts: { name: string; value: string }[];
}

/** Forms in which the report of commissioning can be had. */
export const reportForms = ['html', 'pdf', 'json'] as const;

export type ReportForm = (typeof reportForms)[number];

/** What a field engineer sees of a device. */
export interface ServiceView {
  /** Which run is under way. */
  running: 'checks' | 'commissioning' | undefined;
  /** The last run of the checks that change nothing. */
  checked: { at: number; checks: CheckView[] } | undefined;
  /** How far commissioning has come. */
  commissioning: {
    steps: CheckView[];
    /** The signed report, once every step has passed or was waived. */
    report: { at: number; by: string; sha256: string } | undefined;
  };
  /** What the fleet manager compares with the request for this device's certificate; empty where it has no key yet. */
  pairingCode: string;
}

/** What the panel asks of whoever commissions the device. */
export interface ServiceDesk {
  view(): ServiceView;
  /** Begins a run, of which `view` tells; none begins while another is under way. */
  run(what: 'checks' | 'commissioning', by: string): void;
  /** A step that has failed is set aside, by whom and why; false where there is no such step. */
  waive(step: string, because: string, by: string): boolean;
  report(form: ReportForm): Uint8Array | undefined;
}
