import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { ApplianceOptions } from './appliance.ts';
import { type Configuration, isProved, ruleOf } from './config.ts';
import type { CommitmentResult } from './dicom/commitment.ts';
import { status } from './dicom/status.ts';
import { explicitVrLittleEndian } from './dicom/transfer-syntax.ts';
import { createCourier } from './outbox/courier.ts';
import type { Courier } from './outbox/destination.ts';
import { createFhirCourier } from './outbox/fhir-courier.ts';
import { createHl7Courier } from './outbox/hl7-courier.ts';
import { Outbox } from './outbox/outbox.ts';
import { createStowCourier } from './outbox/stow-courier.ts';
import { formClasses, formsOf, lowerReport } from './report/form.ts';
import type { OutgoingObject } from './spool/outgoing-object.ts';
import { readExtent } from './spool/segment-reader.ts';
import type { Storage } from './storage.ts';
import { companionClasses } from './study-companions.ts';
import type { StudyRules } from './study-rules.ts';
import {
  type Destination,
  type DicomDestination,
  readDestinations,
  type StowDestination,
} from './tls-files.ts';

export interface DeliveryPorts {
  configuration: Configuration;
  clock: Clock;
  files: Files;
  storage: Storage;
  /** Told after every step of an object of a study. */
  changed(studyUid: string): void;
  /** Told what a destination has accepted; and each time that it fails. */
  accepted(object: OutgoingObject, destination: string): void;
  failed(destination: string, error: unknown): void;
  log: ApplianceOptions['log'];
}

/** The outbox with the destinations as the site sets them. Throws CONFIG_INVALID for a certificate that is not right. */
export function composeOutbox(ports: DeliveryPorts): Outbox {
  const { configuration, clock, storage, changed, log } = ports;
  const outbox: Outbox = new Outbox({
    ledger: storage.deliveries,
    clock,
    random: Math.random,
    destinations: configuration.destinations.map((to) => ({
      ...ruleOf(to),
      commitment: isProved(to),
      commitmentWaitMs: 'commitmentWaitSeconds' in to ? to.commitmentWaitSeconds * 1000 : 0,
    })),
    courier: connectCouriers(ports, (result) => outbox.report(result)),
    changed(sopInstanceUid) {
      const studyUid = storage.objects.find(sopInstanceUid)?.studyUid;
      if (studyUid) changed(studyUid);
    },
    accepted(sopInstanceUid, destination) {
      const object = storage.objects.find(sopInstanceUid);
      if (object) ports.accepted(object, destination);
    },
    failed(destination, error) {
      log('warn', 'delivery postponed', {
        destination,
        error: String(error),
        ...(error instanceof ScansideError && { remedy: error.remedy }),
      });
      ports.failed(destination, error);
    },
  });
  return outbox;
}

/** One courier for each protocol, and one that asks the right of them. */
function connectCouriers(
  ports: DeliveryPorts,
  report: (result: CommitmentResult) => boolean,
): Courier {
  const { configuration, clock, files, storage } = ports;
  const destinations = readDestinations(configuration, files);
  const objects = {
    clock,
    forms: formsOf,
    convert: lowerReport,
    load: (sopInstanceUid: string) => loadObject(ports, sopInstanceUid),
    refer: (sopInstanceUid: string) => findObject(storage, sopInstanceUid),
  };
  const messages = {
    ...objects,
    load: (sopInstanceUid: string) => loadObject(ports, sopInstanceUid).dataSet,
  };
  const couriers: Record<Destination['protocol'], Courier> = {
    dicom: createCourier({
      ...objects,
      destinations: destinations.filter((to) => to.protocol === 'dicom').map(proposing),
      callingAeTitle: configuration.receiver.aeTitle,
      reported: (result) => (report(result) ? status.success : status.processingFailure),
    }),
    hl7: createHl7Courier({
      ...messages,
      destinations: destinations
        .filter((to) => to.protocol === 'hl7')
        .map((to) => ({ ...to, answerMs: to.answerSeconds * 1000 })),
    }),
    fhir: createFhirCourier({
      ...messages,
      destinations: destinations
        .filter((to) => to.protocol === 'fhir')
        .map((to) => ({ ...to, timeoutMs: to.timeoutSeconds * 1000 })),
    }),
    stow: createStowCourier({
      ...objects,
      destinations: destinations.filter((to) => to.protocol === 'stow').map(describeArchive),
      studyOf: (sentInstanceUid, destination) => studyOf(storage, sentInstanceUid, destination),
      reported: report,
    }),
  };
  const protocols = new Map(destinations.map(({ name, protocol }) => [name, protocol]));
  return { open: (name) => couriers[protocols.get(name) ?? 'dicom'].open(name) };
}

/** With the SOP classes that an archive may be sent: the forms of a report, best first, and what stands beside it. */
function proposing<To extends DicomDestination | StowDestination>(
  to: To,
): To & { sopClasses: string[] } {
  const companions = to.objects.flatMap((kind) => companionClasses[kind] ?? []);
  return { ...to, sopClasses: [...new Set([...formClasses(to.form), ...companions])] };
}

function describeArchive(to: StowDestination) {
  return { ...proposing(to), proved: isProved(to), timeoutMs: to.timeoutSeconds * 1000 };
}

/** Throws INTERNAL for what a destination was never sent. */
function studyOf(storage: Storage, sentInstanceUid: string, destination: string): string {
  const delivery = storage.deliveries.findSent(sentInstanceUid, destination);
  return findObject(storage, delivery?.sopInstanceUid ?? '').studyUid;
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

/** Whether what is made of a study goes before what is not urgent. */
export function isUrgent(
  { studies, instances }: Pick<Storage, 'studies' | 'instances'>,
  { whyUrgent }: Pick<StudyRules, 'whyUrgent'>,
  studyUid: string,
): boolean {
  const raised = studies.study(studyUid)?.raised ?? false;
  return whyUrgent(raised, instances.ofStudy(studyUid)) !== '';
}
