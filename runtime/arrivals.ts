import type { ApplianceOptions } from './appliance.ts';
import type { Pipeline } from './pipeline.ts';
import type { FromReceiver } from './receiver-message.ts';
import type { Recorder } from './recorder.ts';
import type { Indexed } from './spool/instance-ledger.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import type { Storage } from './storage.ts';
import type { Presence } from './study/presence.ts';

export interface ArrivalsOptions {
  options: ApplianceOptions;
  storage: Storage;
  presence: Presence;
  recorder: Recorder;
  pipeline(): Pipeline;
  refreshQuarantine(): void;
  changed(studyUid: string | undefined): void;
}

/** Takes in what the receiver tells: who is connected, what was stored, kept aside or refused. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  /** Milliseconds since 1970 UTC. */
  lastMessageAt: number | undefined;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  hear(message: Exclude<FromReceiver, { kind: 'listening' | 'failed' | 'asked' }>): void {
    const { options, presence, recorder, pipeline, changed } = this.#options;
    this.lastMessageAt = options.clock.now();
    if (message.kind === 'stored') return this.#store(message.record);
    recorder.heard(message);
    const { kind, ...fields } = message;
    if (kind === 'disk') return options.log('warn', 'images refused for want of disk', fields);
    if (kind === 'discarded') return options.log('warn', 'instance discarded', fields);
    options.log(kind === 'refused' ? 'warn' : 'info', `association ${kind}`, fields);
    if (kind === 'opened') presence.open(message.association);
    if (kind === 'closed')
      for (const studyUid of presence.leave(message.association)) pipeline().look(studyUid);
    changed(undefined);
  }

  /** Puts an instance into the index; its study is open while its association is. */
  index(record: StoredRecord): Indexed {
    const { storage, presence } = this.#options;
    const indexed = storage.instances.index(record);
    if (indexed.kind !== 'quarantined')
      presence.enter(String(record.meta['association']), indexed.instance.studyUid);
    return indexed;
  }

  /** With the receiver, all of its associations are gone. */
  lose(detail: string): void {
    const { options, presence, recorder, pipeline } = this.#options;
    options.log('error', 'receiver died', { detail });
    recorder.lostReceiver();
    for (const studyUid of presence.clear()) pipeline().look(studyUid);
  }

  #store(record: StoredRecord): void {
    const { options, recorder, pipeline, refreshQuarantine, changed } = this.#options;
    const indexed = pipeline().receive(record);
    if (indexed.kind === 'quarantined') {
      options.log('warn', 'instance quarantined', { reason: indexed.reason });
      recorder.quarantined(record, indexed.reason);
      refreshQuarantine();
      return changed(undefined);
    }
    recorder.stored(record, indexed.instance.studyUid);
    if (indexed.kind === 'conflict' || indexed.kind === 'replaced')
      options.log('warn', 'other bytes under a known SOP Instance UID; both are kept', {
        policy: options.configuration.receiver.duplicatePolicy,
        callingAeTitle: record.meta['callingAeTitle'],
      });
  }
}
