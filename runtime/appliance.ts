import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import type { MachineRoots } from '../device/machine/attribute.ts';
import type { PanelSource } from '../panel/source.ts';
import type { Configuration } from './config.ts';

/** A log line: severity, event and fields. Never patient data. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Record<string, unknown>,
) => void;

export interface ApplianceOptions {
  configuration: Configuration;
  /** Where it was read from; undefined for the embedded defaults. */
  configurationFile?: string | undefined;
  clock: Clock;
  files: Files;
  log: Log;
  /** Folder of the program: relative model folders start here. */
  programFolder: string;
  /** Version of the program. */
  softwareVersion: string;
  /** Where the kernel's files lie, when not where they always do. */
  machine?: MachineRoots;
}

export interface Appliance {
  /** For DICOM without TLS, and over it; 0 where there is none. */
  readonly receiverPort: number;
  readonly receiverTlsPort: number;
  readonly panelUrl: string;
  readonly source: PanelSource;
  /** Process ids now, for fault tests and the device page. */
  readonly pids: { receiver: number | undefined; engine: number | undefined };
  close(): Promise<void>;
}
