import process from 'node:process';
import { ClockWatch } from '../device/clock-watch.ts';
import {
  identityFolderOf,
  identityKeysIn,
  openDeviceKey,
  pairingCodeOf,
  thumbprintOf,
} from '../device/identity-key.ts';
import { readSynchronisation } from '../device/kernel-clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { DeviceDetail } from '../panel/device-detail.ts';
import type { ModelView } from '../panel/model-view.ts';
import type { DeviceView, PauseView } from '../panel/source.ts';
import type { ApplianceOptions } from './appliance.ts';
import { type CertificateFacts, certificateUses, readCertificates } from './certificates.ts';
import { type AuditFacts, type ConditionFacts, dayMs } from './device-conditions.ts';
import { describeDeviceDetail, type DetailFacts } from './device-detail.ts';
import { describeDevice } from './device-view.ts';
import type { InferenceService } from './inference/inference-service.ts';
import { describeModels } from './model-views.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { QualityService } from './quality/quality-service.ts';
import type { Storage } from './storage.ts';
import type { Surroundings } from './surroundings.ts';
import type { Updates } from './updates.ts';

export interface DeviceSourceParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'softwareVersion'>;
  bundles: Bundle[];
  storage: Storage;
  inference: InferenceService;
  outbox: Outbox;
  surroundings: Surroundings;
  quality: Pick<QualityService, 'conditions'>;
  updates: Pick<Updates, 'standing' | 'postpone'>;
  pause(): PauseView;
  audit(): AuditFacts | undefined;
  lastMessageAt(): number | undefined;
  pids(): { receiver: number | undefined; engine: number | undefined };
  /** Whether a scanner is connected. */
  isConnected(): boolean;
  /** Told of each jump of the clock, milliseconds, forward or back. */
  jumped(byMs: number): void;
}

/** Certificates end by the day; nobody needs them read more often. */
const readAgainMs = 3600_000;

/** How the device stands, for the panel. */
export class DeviceSource {
  readonly #parts: DeviceSourceParts;
  readonly #watch: ClockWatch;
  readonly #startedAt: number;
  #pairingCode: string | undefined;
  #certificates: { facts: CertificateFacts[]; readAt: number } | undefined;

  constructor(parts: DeviceSourceParts) {
    const { clock } = parts.options;
    this.#parts = parts;
    this.#startedAt = clock.monotonic();
    this.#watch = new ClockWatch(clock, (byMs) => parts.jumped(byMs));
  }

  start(): void {
    this.#watch.start();
  }

  close(): void {
    this.#watch.close();
  }

  device(): DeviceView {
    const { outbox, storage, lastMessageAt } = this.#parts;
    return describeDevice({
      ...this.#facts(),
      waiting: outbox.waiting(),
      queue: storage.studies.unfinished().length,
      lastMessageAt: lastMessageAt(),
    });
  }

  deviceDetail(): DeviceDetail {
    return describeDeviceDetail(this.detailFacts());
  }

  /** What the device page and telemetry are drawn from. */
  detailFacts(): DetailFacts & { undelivered: number } {
    const { options, storage, inference, outbox, pids } = this.#parts;
    const { receiver, engine } = pids();
    const queue = storage.studies.unfinished().length;
    return {
      ...this.#facts(),
      softwareVersion: options.softwareVersion,
      nodeVersion: process.version,
      uptimeMs: options.clock.monotonic() - this.#startedAt,
      machine: inference.machine,
      held: storage.instances.held(),
      keyLevel: storage.keyLevel,
      pairingCode: this.#readPairingCode(),
      queue,
      destinations: outbox.standings(),
      synchronisation: readSynchronisation(),
      processes: { receiver: receiver !== undefined, engine: engine !== undefined },
      updateReasons: this.#updateReasons(queue),
      update: this.#parts.updates.standing,
      undelivered: outbox.waiting(),
    };
  }

  /** Somebody puts the exchange of a model off. Throws ACT_REFUSED. */
  postponeUpdate(): void {
    this.#parts.updates.postpone();
  }

  models(): ModelView[] {
    return describeModels(this.#parts.bundles);
  }

  #updateReasons(queue: number): string[] {
    return [
      ...(this.#parts.isConnected() ? ['a scanner is connected'] : []),
      ...(queue > 0 ? ['an exam is on its way'] : []),
    ];
  }

  #facts(): ConditionFacts {
    const { options, bundles, storage, inference, outbox, surroundings, quality, ...parts } =
      this.#parts;
    const { configuration, clock, files } = options;
    const since = clock.now() - dayMs;
    const audit = parts.audit();
    return {
      configuration,
      now: clock.now(),
      space: files.space(storage.spool),
      bundles,
      inference: inference.view(),
      surroundings: surroundings.warnings(),
      quality: quality.conditions(),
      failing: outbox.failing(),
      conflicting: storage.studies.conflicting(since),
      mixed: storage.studies.mixed(since),
      pause: parts.pause(),
      certificates: this.#readCertificates(),
      clockJumpMs: this.#watch.jumpMs,
      ...(audit && { audit }),
    };
  }

  /** It stays the same as long as the key is there. */
  #readPairingCode(): string | undefined {
    const { options, storage } = this.#parts;
    const { configuration, files } = options;
    const folder = identityFolderOf(configuration.dataFolder);
    if (this.#pairingCode === undefined && identityKeysIn(files, folder).length > 0)
      this.#pairingCode = pairingCodeOf(thumbprintOf(openDeviceKey(files, folder, storage.root)));
    return this.#pairingCode;
  }

  #readCertificates(): CertificateFacts[] {
    const { clock, configuration, files } = this.#parts.options;
    const now = clock.monotonic();
    if (!this.#certificates || now - this.#certificates.readAt > readAgainMs)
      this.#certificates = {
        facts: readCertificates(certificateUses(configuration), files),
        readAt: now,
      };
    return this.#certificates.facts;
  }
}
