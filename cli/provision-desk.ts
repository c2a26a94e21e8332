import type { Files } from '../device/files.ts';
import type { ServiceDesk, ServiceView, StepView } from '../panel/service-view.ts';
import type { SessionEvent } from '../provisioning/session/session.ts';
import { keptReportAt, readStanding, showCheck } from '../provisioning/session/standing.ts';

/** What the desk needs of the commissioning that it steers. */
export interface ProvisionDeskParts {
  dataFolder: string;
  files: Files;
  /** All steps, in their order. */
  steps: readonly { name: string; title: string }[];
  /** Does what is left to do, and writes the report. */
  commission(
    waivers: Readonly<Record<string, string>>,
    tell: (event: SessionEvent) => void,
  ): Promise<void>;
  /** Told what went wrong with a run as a whole. */
  failed(error: unknown): void;
}

/** The commissioning of a device, steered from the service page of its panel. */
export class ProvisionDesk implements ServiceDesk {
  readonly #parts: ProvisionDeskParts;
  readonly #waivers: Record<string, string> = {};
  /** What this run has found so far, by step. */
  readonly #found = new Map<string, StepView>();
  #isRunning = false;

  constructor(parts: ProvisionDeskParts) {
    this.#parts = parts;
  }

  view(): ServiceView {
    const { dataFolder, files, steps } = this.#parts;
    const { steps: kept, report } = readStanding(dataFolder, files);
    const known = new Map<string, StepView>(kept.map((step) => [step.name, step]));
    return {
      running: this.#isRunning ? 'commissioning' : undefined,
      mayRun: ['commissioning'],
      checked: undefined,
      steps: steps.map((step) => {
        const stands = this.#found.get(step.name) ?? known.get(step.name) ?? open(step);
        return { ...stands, because: this.#waivers[step.name] ?? stands.because };
      }),
      report,
    };
  }

  run(): void {
    if (!this.#isRunning) void this.#run();
  }

  waive(step: string, because: string, by: string): boolean {
    const isThere = this.#parts.steps.some(({ name }) => name === step);
    if (isThere) this.#waivers[step] = `${because} (${by})`;
    return isThere;
  }

  report(form: 'html' | 'pdf' | 'json'): Uint8Array | undefined {
    const { dataFolder, files } = this.#parts;
    const path = keptReportAt(dataFolder, form);
    return files.exists(path) ? files.readBytes(path) : undefined;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#found.clear();
    try {
      await this.#parts.commission(this.#waivers, (event) => this.#take(event));
      this.#found.clear();
    } catch (error) {
      this.#parts.failed(error);
    }
    this.#isRunning = false;
  }

  #take(event: SessionEvent): void {
    const step = this.#found.get(event.step);
    if (event.event === 'step-begun')
      this.#found.set(event.step, open({ name: event.step, title: event.title }));
    else if (step && event.event === 'check') step.checks.push(showCheck(event.check));
    else if (step && event.event === 'step-ended') step.state = event.state;
  }
}

function open({ name, title }: { name: string; title: string }): StepView {
  return { name, title, state: 'open', because: '', checks: [] };
}
