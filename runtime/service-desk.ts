import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { ServiceDesk, ServiceView, StepView } from '../panel/service-view.ts';
import { keptReportAt, readStanding, showCheck } from '../provisioning/session/standing.ts';
import type { SessionEvent } from '../provisioning/session/session.ts';
import type { ApplianceOptions } from './appliance.ts';

/** Longest time of the checks: whatever they wait for has answered by then, or will not. */
const longestMs = 300_000;

type DeskOptions = Pick<
  ApplianceOptions,
  'configuration' | 'configurationFile' | 'clock' | 'files' | 'log' | 'programFolder'
>;

/**
 * What a field engineer can do with a device that is in service: see how it was commissioned, take the report, and have
 * everything checked that can be without changing anything. The checks are `scanside doctor`, in a process of its own.
 */
export class DoctorDesk implements ServiceDesk {
  readonly #options: DeskOptions;
  #running: ChildProcess | undefined;
  #checked: ServiceView['checked'];

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  view(): ServiceView {
    const { configuration, configurationFile, files } = this.#options;
    return {
      running: this.#running && 'checks',
      mayRun: configurationFile === undefined ? [] : ['checks'],
      checked: this.#checked,
      ...readStanding(configuration.dataFolder, files),
    };
  }

  run(what: 'checks' | 'commissioning'): void {
    const { configurationFile } = this.#options;
    if (this.#running || what !== 'checks' || configurationFile === undefined) return;
    void this.#check(configurationFile);
  }

  /** Steps are set aside while the device is commissioned, not in service. */
  waive(): boolean {
    return false;
  }

  report(form: 'html' | 'pdf' | 'json'): Uint8Array | undefined {
    const { configuration, files } = this.#options;
    const path = keptReportAt(configuration.dataFolder, form);
    return files.exists(path) ? files.readBytes(path) : undefined;
  }

  close(): void {
    this.#running?.kill('SIGKILL');
  }

  async #check(configurationFile: string): Promise<void> {
    const { clock, log, programFolder } = this.#options;
    const program = join(programFolder, 'cli', `main${extname(import.meta.filename)}`);
    const child = spawn(
      process.execPath,
      [program, 'doctor', '--config', configurationFile, '--json'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#running = child;
    const cancel = clock.after(longestMs, () => child.kill('SIGKILL'));
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
    const steps: StepView[] = [];
    for await (const line of createInterface({ input: child.stdout })) takeEvent(steps, line);
    await ended;
    cancel();
    this.#running = undefined;
    this.#checked = { at: clock.now(), steps };
    log('info', 'checks done', { failed: steps.filter(({ state }) => state === 'fail').length });
  }
}

/** One line of the command's: a step that has begun is open until it has ended. What was cut off says nothing. */
function takeEvent(steps: StepView[], line: string): void {
  const event = readEvent(line);
  if (!event) return;
  const { step: name } = event;
  if (event.event === 'step-begun')
    steps.push({ name, title: event.title, state: 'open', because: '', checks: [] });
  const step = steps.find((each) => each.name === name);
  if (step && event.event === 'check') step.checks.push(showCheck(event.check));
  if (step && event.event === 'step-ended') step.state = event.state;
}

function readEvent(line: string): SessionEvent | undefined {
  try {
    return JSON.parse(line) as SessionEvent;
  } catch {
    return undefined;
  }
}
