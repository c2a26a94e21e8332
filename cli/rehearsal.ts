import { join } from 'node:path';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { ExamView, PanelSource } from '../panel/source.ts';
import { CutLine } from '../provisioning/checks/cut-line.ts';
import type { RehearsalFinding } from '../provisioning/checks/rehearsal-check.ts';
import type { Appliance } from '../runtime/appliance.ts';
import { startAppliance } from '../runtime/compose.ts';
import { type Configuration, isProved } from '../runtime/config.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { programFolder, readVersion } from '../runtime/service.ts';

const testAeTitle = 'SCANSIDE-TEST';
/** Longest time for each part of an exam's way; a line that was cut is tried again after a while. */
const partMs = 120_000;
const quietSeconds = 1;

export interface RehearsalParts {
  configuration: Configuration;
  files: Files;
  clock: Clock;
}

/**
 * Runs the whole appliance on a spool of its own, sends it a phantom as a scanner would, and waits until every destination
 * has its result. With `isCut` the lines to the PACS are cut first: the device must say so, keep the result, and deliver
 * it when they are mended. Rejects with REHEARSAL_FAILED.
 */
export async function rehearse(parts: RehearsalParts, isCut: boolean): Promise<RehearsalFinding> {
  const { configuration, files, clock } = parts;
  const dataFolder = join(configuration.dataFolder, 'provisioning', 'rehearsal');
  const lines: CutLine[] = [];
  files.removeFolder(dataFolder);
  files.makeFolder(dataFolder);
  try {
    const destinations = isCut
      ? await Promise.all(configuration.destinations.map((to) => throughLine(to, lines)))
      : configuration.destinations;
    const appliance = await startAppliance({
      configuration: { ...aside(configuration, dataFolder), destinations },
      files,
      clock,
      programFolder,
      softwareVersion: readVersion(),
      log: () => {},
    });
    try {
      return await follow(appliance, parts, lines);
    } finally {
      await appliance.close();
    }
  } finally {
    await Promise.all(lines.map((line) => line.close()));
    files.removeFolder(dataFolder);
  }
}

type Destination = Configuration['destinations'][number];

async function throughLine(to: Destination, lines: CutLine[]): Promise<Destination> {
  if (to.protocol !== 'dicom') return to;
  const line = await CutLine.lay(to);
  lines.push(line);
  const tls = to.tls && { ...to.tls, serverName: to.tls.serverName ?? to.host };
  return { ...to, tls, host: '127.0.0.1', port: line.port };
}

/** The same device on a spool of its own, which speaks to scanners and destinations and to nobody else. */
function aside(configuration: Configuration, dataFolder: string): Configuration {
  const { receiver, panel, audit } = configuration;
  const networks = [...new Set(['127.0.0.1', receiver.host])];
  const tester = { aeTitle: testAeTitle, networks, priority: false };
  return {
    ...configuration,
    dataFolder,
    receiver: {
      ...receiver,
      plain: true,
      port: receiver.plain ? receiver.port : 0,
      callers: receiver.callers.length > 0 ? [...receiver.callers, tester] : [],
    },
    study: { ...configuration.study, quietSeconds },
    panel: { ...panel, host: '127.0.0.1', port: 0, https: 'off' },
    audit: { ...audit, forwarders: [] },
    metrics: undefined,
    mqtt: undefined,
    updates: undefined,
  };
}

async function follow(
  { source, receiverPort }: Appliance,
  { configuration, clock }: RehearsalParts,
  lines: readonly CutLine[],
): Promise<RehearsalFinding> {
  const { receiver, device, destinations } = configuration;
  const host = ['0.0.0.0', '::'].includes(receiver.host) ? '127.0.0.1' : receiver.host;
  const studyUid = deriveUid('commissioning phantom', device.serial, String(clock.now()));
  const patient = { name: 'TEST^PHANTOM', id: `TEST-${device.serial}` };
  const phantom = makePhantomInstance({ seed: 1, patient, studyInstanceUid: studyUid });
  const to = { host, port: receiverPort, aeTitle: receiver.aeTitle };
  const sentAt = await sendStudy([phantom], { clock, aeTitle: testAeTitle, device: to });
  const exam = () => source.exams().find(({ id }) => id === studyUid);
  const wait = (what: string, isSo: (exam: ExamView) => boolean) =>
    untilSo(
      source,
      clock,
      () => isAs(exam(), isSo),
      () => `${what}; it is ${describe(exam())}`,
    );
  const since = () => Math.round(clock.monotonic() - sentAt);
  await wait('no result', ({ outcome }) => outcome.state !== 'pending');
  const milliseconds: Record<string, number> = { resultMs: since() };
  if (lines.length > 0) {
    await untilSo(
      source,
      clock,
      () => isAlarmed(source),
      () => 'the cut line raised no alarm',
    );
    milliseconds['alarmMs'] = since();
    for (const line of lines) line.mend();
  }
  if (destinations.length > 0) {
    await wait('not delivered', ({ state }) => isDelivered(state, destinations));
    milliseconds['deliveredMs'] = since();
  }
  if (lines.length > 0)
    await untilSo(
      source,
      clock,
      () => !isAlarmed(source),
      () => 'the alarm has not ended',
    );
  return { outcome: exam()?.outcome.state ?? '', milliseconds };
}

function isAs(exam: ExamView | undefined, isSo: (exam: ExamView) => boolean): boolean {
  return exam !== undefined && isSo(exam);
}

function isAlarmed(source: PanelSource): boolean {
  return source.device().conditions.some(({ id }) => id === 'pacs-failing');
}

/** Committed where every destination proves what it has. */
function isDelivered(state: ExamView['state'], destinations: Configuration['destinations']) {
  return state === 'committed' || (state === 'delivered' && !destinations.every(isProved));
}

function describe(exam: ExamView | undefined): string {
  return exam ? `${exam.state}, ${exam.outcome.state}, ${exam.delivery}` : 'not there';
}

/** Resolves as soon as it is so, which is asked at every change; rejects with `late` when it has not become so. */
function untilSo(
  source: PanelSource,
  clock: Clock,
  isSo: () => boolean,
  late: () => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      cancel();
      unsubscribe();
      end();
    };
    const cancel = clock.after(partMs, () =>
      settle(() => reject(new ScansideError('REHEARSAL_FAILED', late()))),
    );
    const unsubscribe = source.subscribe(() => {
      if (isSo()) settle(resolve);
    });
    if (isSo()) settle(resolve);
  });
}
