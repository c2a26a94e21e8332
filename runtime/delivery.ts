import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { ApplianceOptions } from './appliance.ts';
import type { Configuration } from './config.ts';
import { status } from './dicom/status.ts';
import { explicitVrLittleEndian } from './dicom/transfer-syntax.ts';
import { createCourier } from './outbox/courier.ts';
import { Outbox } from './outbox/outbox.ts';
import { formClasses, formsOf, lowerReport } from './report/form.ts';
import type { OutgoingObject } from './spool/outgoing-object.ts';
import { readExtent } from './spool/segment-reader.ts';
import type { Storage } from './storage.ts';
import { companionClasses } from './study-companions.ts';
import { type Destination, readDestinations } from './tls-files.ts';

export interface DeliveryPorts {
  configuration: Configuration;
  clock: Clock;
  files: Files;
  storage: Storage;
  /** Told after every step of an object of a study. */
  changed(studyUid: string): void;
  log: ApplianceOptions['log'];
}

/** The outbox with the destinations as the site sets them. Throws CONFIG_INVALID for a certificate that is not right. */
export function composeOutbox(ports: DeliveryPorts): Outbox {
  const { configuration, clock, files, storage, changed, log } = ports;
  const destinations = readDestinations(configuration, files);
  const outbox: Outbox = new Outbox({
    ledger: storage.deliveries,
    clock,
    random: Math.random,
    destinations: destinations.map(({ commitmentWaitSeconds, ...destination }) => ({
      ...destination,
      commitmentWaitMs: commitmentWaitSeconds * 1000,
    })),
    courier: createCourier({
      clock,
      destinations: destinations.map((to) => ({ ...to, sopClasses: classesFor(to) })),
      forms: formsOf,
      convert: lowerReport,
      callingAeTitle: configuration.receiver.aeTitle,
      load: (sopInstanceUid) => loadObject(ports, sopInstanceUid),
      refer: (sopInstanceUid) => findObject(storage, sopInstanceUid),
      reported: (result) => (outbox.report(result) ? status.success : status.processingFailure),
    }),
    changed(sopInstanceUid) {
      const studyUid = storage.objects.find(sopInstanceUid)?.studyUid;
      if (studyUid) changed(studyUid);
    },
    failed: (destination, error) =>
      log('warn', 'delivery postponed', {
        destination,
        error: String(error),
        ...(error instanceof ScansideError && { remedy: error.remedy }),
      }),
  });
  return outbox;
}

/** What to propose to a PACS: the forms of a report, of which the best one accepted counts, and what stands beside it. */
function classesFor({ form, objects }: Destination): string[] {
  return [
    ...new Set([...formClasses(form), ...objects.flatMap((kind) => companionClasses[kind] ?? [])]),
  ];
}

/** Throws INTERNAL for an object that is not on the disk. */
export function findObject({ objects }: Storage, sopInstanceUid: string): OutgoingObject {
  const object = objects.find(sopInstanceUid);
  if (object) return object;
  throw new ScansideError('INTERNAL', 'a delivery without its object');
}

function loadObject({ files, storage }: DeliveryPorts, sopInstanceUid: string) {
  const object = findObject(storage, sopInstanceUid);
  return {
    sopClassUid: object.sopClassUid,
    sopInstanceUid,
    transferSyntaxUid: explicitVrLittleEndian,
    dataSet: readExtent(files, object, storage.keys),
  };
}
