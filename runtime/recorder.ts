import { join } from 'node:path';
import type { Bundle } from '../models/bundle.ts';
import { ScansideError } from '../device/errors.ts';
import type { RetrainingTicket } from '../quality/retraining-ticket.ts';
import type { Move } from '../quality/trust.ts';
import type { UpdateReport } from '../ota/agent/journal.ts';
import type { Act } from '../panel/act.ts';
import type { PanelRecord } from '../panel/record.ts';
import type { Actor } from '../panel/role.ts';
import type { ApplianceOptions } from './appliance.ts';
import {
  actOf,
  codeOf,
  hashOf,
  inferenceOf,
  moveOf,
  type Recordable,
  recordOf,
  ticketEvent,
  updateOf,
} from './audit-record.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { InferenceView } from './inference/inference-service.ts';
import type { FromReceiver } from './receiver-message.ts';
import { ReceivingTally } from './receiving-tally.ts';
import type { OutgoingObject } from './spool/outgoing-object.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import type { Result } from './spool/study-ledger.ts';

export interface RecorderParts {
  options: Pick<ApplianceOptions, 'configuration' | 'files' | 'log' | 'softwareVersion'>;
  trail: AuditTrail;
  inference(): InferenceView;
}

/** What was started. */
interface Start {
  version: string;
  /** Hash of the configuration, hexadecimal. */
  configuration: string;
}

/** Tells the audit log what the appliance does. Nobody but people's acts waits for it. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #tally = new ReceivingTally();
  /** Destinations whose trouble has been recorded and is not over. */
  readonly #failing = new Set<string>();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** With which program and which configuration, and what of that is another than at the start before. */
  async started(): Promise<void> {
    const { options, trail } = this.#parts;
    const version = options.softwareVersion;
    const newHash = hashOf(JSON.stringify(options.configuration));
    await trail.record('application-start', { version, newHash });
    const before = this.#exchangeStart({ version, configuration: newHash });
    if (before && before.version !== version)
      await trail.record('software-updated', { version, previousVersion: before.version });
    if (before && before.configuration !== newHash) {
      const change = { item: 'configuration', oldHash: before.configuration, newHash };
      await trail.record('security-configuration', change);
    }
  }

  /** The start before; undefined where nothing is known of one. This one takes its place. */
  #exchangeStart(start: Start): Start | undefined {
    const { files, log, configuration } = this.#parts.options;
    const path = join(configuration.dataFolder, 'last-start.json');
    try {
      const before = files.exists(path) ? (JSON.parse(files.readText(path)) as Start) : undefined;
      files.replace(path, JSON.stringify(start));
      return before;
    } catch (error) {
      log('warn', 'the last start is not known', { error: String(error) });
      return undefined;
    }
  }

  /** Everything that is open, and then that the appliance stops. */
  async stopped(): Promise<void> {
    const { trail, options } = this.#parts;
    for (const each of this.#tally.closeAll()) this.#note(each);
    await trail.record('application-stop', { version: options.softwareVersion });
    await trail.close();
  }

  record(record: PanelRecord): Promise<void> {
    return this.#record(recordOf(record));
  }

  acted(actor: Actor, act: Act): Promise<void> {
    return this.#record(actOf(actor, act));
  }

  concluded(result: Result, bundle: Bundle | undefined): void {
    const { inference, options } = this.#parts;
    this.#note(inferenceOf(result, bundle, inference(), options.softwareVersion));
  }

  /** A model is trusted more or less than before. */
  trustMoved(move: Move, bundle: Bundle): void {
    this.#note(moveOf(move, bundle));
  }

  retrainingDue(ticket: RetrainingTicket, bundle: Bundle): void {
    this.#note(ticketEvent(ticket, bundle));
  }

  /** A signed update has come a step further. */
  updated(report: UpdateReport, running: Bundle | undefined): void {
    const event = updateOf(report, running);
    if (event) this.#note(event);
  }

  /** An image that became part of a study. */
  stored({ meta }: StoredRecord, studyUid: string): void {
    this.#tally.add(String(meta['association']), studyUid, String(meta['sopClassUid']));
  }

  quarantined({ meta }: StoredRecord, reason: string): void {
    this.#note({
      name: 'instances-received',
      fields: {
        source: String(meta['callingAeTitle']),
        protocol: 'dicom',
        instances: 1,
        reason: codeOf(reason),
      },
      outcome: 4,
    });
  }

  /** What the receiver says beside the images. */
  heard(
    message: Exclude<FromReceiver, { kind: 'listening' | 'failed' | 'asked' | 'stored' }>,
  ): void {
    if (message.kind === 'opened')
      this.#tally.open(message.association, message.callingAeTitle, message.peerAddress);
    if (message.kind === 'closed') this.#tally.close(message.association).forEach(this.#note);
    if (message.kind === 'refused')
      this.#note({
        name: 'node-refused',
        fields: {
          reason: codeOf(message.cause),
          source: message.callingAeTitle,
          address: message.peerAddress,
          protocol: 'dicom',
        },
        outcome: 4,
      });
  }

  /** The receiver has died: what its associations had brought is received. */
  lostReceiver(): void {
    for (const each of this.#tally.closeAll()) this.#note(each);
  }

  sent(object: OutgoingObject, destination: string): void {
    this.#failing.delete(destination);
    this.#note({
      name: 'instances-sent',
      fields: {
        ...this.#peer(destination),
        studyUid: object.studyUid,
        sopClassUids: object.sopClassUid === '' ? undefined : [object.sopClassUid],
        sopInstanceUids: [object.sopInstanceUid],
        instances: 1,
      },
    });
  }

  /** Once until it is over: a PACS that is down for a night is one event. */
  notSent(destination: string, error: unknown): void {
    if (this.#failing.has(destination)) return;
    this.#failing.add(destination);
    const reason = error instanceof ScansideError ? error.code : 'INTERNAL';
    const fields = { ...this.#peer(destination), reason };
    this.#note({ name: 'instances-sent', fields, outcome: 4 });
  }

  erased(studyUid: string, because: string): void {
    this.#note({ name: 'study-deleted', fields: { studyUid, reason: because } });
  }

  clockJumped(wallStepMs: number): void {
    this.#note({ name: 'clock-stepped', fields: { wallStepMs } });
  }

  #peer(name: string) {
    const to = this.#parts.options.configuration.destinations.find((each) => each.name === name);
    const title = to && 'aeTitle' in to ? to.aeTitle : name.replaceAll(/[^\x21-\x7e]|\\/g, '-');
    return {
      destination: title.slice(0, 16),
      address: to && 'host' in to ? to.host : undefined,
      protocol: to?.protocol,
    };
  }

  readonly #note = (recordable: Recordable): void => void this.#record(recordable);

  #record({ name, fields, outcome = 0 }: Recordable): Promise<void> {
    return this.#parts.trail.record(name, fields, outcome);
  }
}
