import { join, resolve } from 'node:path';
import { conditionText } from '../device/conditions.ts';
import { type Bundle, loadEnabled } from '../models/bundle.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import type { PanelSource } from '../panel/source.ts';
import type { Appliance, ApplianceOptions } from './appliance.ts';
import { Arrivals } from './arrivals.ts';
import { createSinks } from './audit-forwarding.ts';
import { AuditTrail } from './audit-trail.ts';
import { composeOutbox, findObject, isUrgent } from './delivery.ts';
import { DeviceSource } from './device-source.ts';
import { ExamDesk } from './exam-desk.ts';
import { FleetLink } from './fleet-link.ts';
import { Housekeeping } from './housekeeping.ts';
import { InferenceService, lineOf } from './inference/inference-service.ts';
import type { Outbox } from './outbox/outbox.ts';
import { composePanelAccess } from './panel-access.ts';
import type { Pipeline } from './pipeline.ts';
import type { ReceiverLink } from './receiver-link.ts';
import { connectReceiver } from './receiving.ts';
import { QualityService } from './quality/quality-service.ts';
import { Recorder } from './recorder.ts';
import { ScannerServices } from './scanner-services.ts';
import { DoctorDesk } from './service-desk.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import type { OutgoingObject } from './spool/outgoing-object.ts';
import { indexOutgoing, openStorage, recoverFolder, type Storage } from './storage.ts';
import { connectPipeline } from './study-line.ts';
import { composeStudyRules, type StudyRules } from './study-rules.ts';
import { Presence } from './study/presence.ts';
import { Surroundings } from './surroundings.ts';
import { readInferenceServer } from './tls-files.ts';
import { Updates } from './updates.ts';

/** Builds the appliance, takes up what the last run left, and opens it to scanners. */
export async function startAppliance(options: ApplianceOptions): Promise<Appliance> {
  const composition = new Composition(options);
  try {
    await composition.start();
  } catch (error) {
    await composition.close();
    throw error;
  }
  return composition;
}

class Composition implements Appliance {
  readonly source: PanelSource;
  readonly #options: ApplianceOptions;
  readonly #bundles: Bundle[];
  readonly #storage: Storage;
  readonly #updates: Updates;
  readonly #housekeeping: Housekeeping;
  readonly #presence = new Presence();
  readonly #surroundings: Surroundings;
  readonly #fleet: FleetLink;
  readonly #trail: AuditTrail;
  readonly #recorder: Recorder;
  readonly #quality: QualityService;
  readonly #desk: ExamDesk;
  readonly #device: DeviceSource;
  readonly #service: DoctorDesk;
  readonly #outbox: Outbox;
  readonly #inference: InferenceService;
  readonly #rules: StudyRules;
  readonly #pipeline: Pipeline;
  readonly #services: ScannerServices;
  readonly #receiver: ReceiverLink;
  readonly #arrivals: Arrivals;
  readonly #listeners = new Set<(examId: string | undefined) => void>();
  #panel: Panel | undefined;
  #receiverPort = 0;

  constructor(options: ApplianceOptions) {
    const { configuration, clock, files } = options;
    this.#options = options;
    this.#surroundings = new Surroundings(files, options.programFolder);
    const { folder, enabled } = configuration.models;
    this.#bundles = loadEnabled(resolve(options.programFolder, folder), enabled, files);
    this.#storage = openStorage(configuration, files, clock);
    this.#updates = new Updates({
      options,
      storage: this.#storage,
      surroundings: this.#surroundings,
      bundles: this.#bundles,
      inference: () => this.#inference,
      isConnected: () => this.#presence.isAnyOpen,
      fleet: () => this.#fleet,
      quality: () => this.#quality.store,
      report: (report) => {
        this.#fleet.reported(report);
        this.#recorder.updated(report, this.#updates.exchange.running(report.group));
        this.#quality.updated(report);
      },
      changed: () => {
        this.#fleet.exchanged();
        this.#changed(undefined);
      },
    });
    this.#quality = new QualityService({
      options,
      bundles: this.#bundles,
      storage: this.#storage,
      models: this.#updates.exchange,
      audit: () => this.#recorder,
      changed: () => this.#changed(undefined),
    });
    this.#rules = composeStudyRules({
      configuration,
      clock,
      bundles: this.#bundles,
      isOpen: (studyUid) => this.#presence.isOpen(studyUid),
      isRaised: (studyUid) => this.#storage.studies.study(studyUid)?.raised ?? false,
      procedureSteps: (studyUid) => this.#services.procedureSteps(studyUid),
      temper: (...said) => this.#quality.temper(...said),
    });
    this.#fleet = new FleetLink({
      options,
      storage: this.#storage,
      bundles: this.#bundles,
      facts: () => this.#device.detailFacts(),
      assigned: (envelope) => this.#updates.offer(envelope),
      checkUpdates: () => this.#updates.check(),
    });
    this.#trail = new AuditTrail({
      ...options,
      keys: this.#storage.root,
      sinks: createSinks(configuration, files, clock),
      changed: () => this.#audited(),
      witness: (checkpoint) => this.#fleet.witness(checkpoint),
    });
    this.#recorder = new Recorder({
      options,
      trail: this.#trail,
      inference: () => this.#inference.view(),
    });
    this.#inference = new InferenceService({
      clock,
      files,
      bundles: this.#bundles,
      settings: {
        ...this.#surroundings.settle(configuration.inference),
        server: readInferenceServer(configuration, files),
      },
      folder: join(configuration.dataFolder, 'accelerator'),
      keys: this.#storage.root,
      roots: options.machine,
      log: (told) => {
        this.#updates.exchange.observe(told.event);
        options.log(...lineOf(told, this.#storage.root));
      },
      changed: () => this.#changed(undefined),
    });
    this.#outbox = composeOutbox({
      ...options,
      storage: this.#storage,
      changed: (studyUid) => this.#changed(studyUid),
      accepted: (object, destination) => this.#recorder.sent(object, destination),
      failed: (destination, error) => this.#recorder.notSent(destination, error),
    });
    this.#desk = new ExamDesk({
      options,
      storage: this.#storage,
      bundles: this.#bundles,
      rules: this.#rules,
      inference: this.#inference,
      quality: this.#quality,
      steered: () => this.#steered(),
      changed: (examId) => this.#changed(examId),
    });
    this.#housekeeping = new Housekeeping({
      ...options,
      storage: this.#storage,
      isOpen: (studyUid) => this.#presence.isOpen(studyUid),
      erasing: (studyUid) => this.#desk.erasing(studyUid),
      erased: async (studyUid, because) => {
        this.#recorder.erased(studyUid, because);
        await this.#desk.erased(studyUid);
        this.#changed(studyUid);
      },
    });
    this.#arrivals = new Arrivals({
      options,
      storage: this.#storage,
      presence: this.#presence,
      recorder: this.#recorder,
      pipeline: () => this.#pipeline,
      refreshQuarantine: () => this.#desk.exams.refreshQuarantine(),
      changed: (studyUid) => this.#changed(studyUid),
    });
    this.#device = this.#connectDevice();
    this.#service = new DoctorDesk(options);
    this.#pipeline = this.#connectPipeline();
    this.#services = this.#connectServices();
    this.#receiver = this.#connectReceiver();
    this.source = this.#connectPanel();
  }

  get receiverPort(): number {
    return this.#receiverPort;
  }

  get receiverTlsPort(): number {
    return this.#receiver.tlsPort;
  }

  get panelUrl(): string {
    return this.#panel?.url ?? '';
  }

  get pids(): { receiver: number | undefined; engine: number | undefined } {
    return { receiver: this.#receiver.pid, engine: this.#inference.engine.pid };
  }

  async start(): Promise<void> {
    const { log } = this.#options;
    for (const detail of this.#surroundings.warnings())
      log('error', 'surroundings', { detail: conditionText(detail) });
    if (this.#storage.keyLevel === 'file')
      log('warn', 'the root key lies in a file: whoever has the disk can read everything on it');
    await this.#trail.open();
    await this.#recorder.started();
    await recoverFolder(this.#options, this.#storage, 'outgoing', (record) =>
      indexOutgoing(this.#storage, record),
    );
    await this.#desk.load();
    const access = await composePanelAccess({ ...this.#options, keys: this.#storage.root });
    this.#panel = await startPanel({ ...access, source: this.source });
    this.#receiver.admit(this.#trail.admits);
    this.#receiverPort = await this.#receiver.start();
    this.#desk.start();
    this.#device.start();
    this.#inference.start();
    this.#outbox.start();
    this.#services.start();
    this.#pipeline.resume();
    this.#housekeeping.start();
    await this.#fleet.start();
    this.#updates.start();
  }

  /** Upstream first, so that nothing new comes while the rest ends. */
  async close(): Promise<void> {
    await this.#receiver.close();
    this.#updates.close();
    this.#pipeline.close();
    this.#device.close();
    this.#service.close();
    await this.#desk.close();
    await this.#housekeeping.close();
    await Promise.all([this.#inference.close(), this.#outbox.close(), this.#services.close()]);
    await Promise.all([this.#storage.outgoing.close(), this.#panel?.close()]);
    await this.#recorder.stopped();
    await this.#fleet.close();
    this.#storage.database.close();
    this.#surroundings.release();
  }

  #connectReceiver(): ReceiverLink {
    return connectReceiver({
      options: this.#options,
      storage: this.#storage,
      received: (record) => void this.#pipeline.receive(record),
      recovered: () => this.#desk.exams.refreshQuarantine(),
      told: (message) => this.#arrivals.hear(message),
      perform: (request) => this.#services.perform(request),
      died: (detail) => this.#arrivals.lose(detail),
    });
  }

  #connectServices(): ScannerServices {
    return new ScannerServices({
      ...this.#options,
      configuration: this.#options.configuration.receiver,
      keys: this.#storage.keys,
      database: this.#storage.database,
      instances: this.#storage.instances,
      report: (result) => this.#outbox.report(result),
      stepped: (studyUid) => this.#pipeline.look(studyUid),
    });
  }

  #connectPipeline(): Pipeline {
    return connectPipeline({
      options: this.#options,
      storage: this.#storage,
      inference: this.#inference,
      rules: this.#rules,
      index: (record) => this.#arrivals.index(record),
      isPaused: () => this.#desk.pause.isOn,
      acts: (studyUid) => this.#desk.acts.ofExam(studyUid),
      concluded: (result, bundle) => {
        this.#recorder.concluded(result, bundle);
        this.#quality.concluded(result, bundle);
        this.#fleet.concluded(result);
        this.#updates.exchange.concluded(result, bundle);
        this.#desk.makePictures(result.studyUid);
      },
      outbox: {
        add: (sopInstanceUid) => this.#send(findObject(this.#storage, sopInstanceUid)),
        addAll: () => this.#storage.objects.all().forEach((object) => this.#send(object)),
      },
      changed: (studyUid) => this.#changed(studyUid),
    });
  }

  #send(object: OutgoingObject): void {
    const urgent = isUrgent(this.#storage, this.#rules, object.studyUid);
    this.#outbox.add({ ...object, urgent });
  }

  #connectDevice(): DeviceSource {
    return new DeviceSource({
      options: this.#options,
      bundles: this.#bundles,
      storage: this.#storage,
      inference: this.#inference,
      outbox: this.#outbox,
      surroundings: this.#surroundings,
      quality: this.#quality,
      updates: this.#updates,
      pause: () => this.#desk.pause.view,
      audit: () => this.#trail.facts,
      lastMessageAt: () => this.#arrivals.lastMessageAt,
      pids: () => this.pids,
      isConnected: () => this.#presence.isAnyOpen,
      jumped: (byMs) => this.#jumped(byMs),
    });
  }

  /** Where no more can be recorded, nothing more is taken that would have to be. */
  #audited(): void {
    this.#receiver.admit(this.#trail.admits);
    this.#changed(undefined);
  }

  #jumped(byMs: number): void {
    this.#options.log('error', 'clock jumped', { byMs });
    this.#recorder.clockJumped(byMs);
    this.#changed(undefined);
  }

  #connectPanel(): PanelSource {
    return this.#desk.connect({
      audit: this.#recorder,
      acted: (act) => this.#follow(act),
      device: this.#device,
      service: this.#service,
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    });
  }

  /** What follows from an act that is kept. */
  #follow(act: StoredAct): void {
    const { kind, studyUid } = act;
    this.#quality.acted(act);
    if (kind === 'withdraw') this.#pipeline.look(studyUid);
    if (kind === 'raise') {
      this.#inference.engine.raise(studyUid);
      for (const object of this.#storage.objects.ofStudy(studyUid)) this.#send(object);
    }
    this.#options.log('info', `act ${kind}`);
    this.#changed(studyUid);
  }

  /** What waits for the engine waits no more, and what is shown before a study is whole may be another. */
  #steered(): void {
    if (this.#desk.pause.isOn) {
      this.#inference.engine.drop();
      this.#pipeline.pause();
    }
    this.#desk.exams.refreshOpen();
    this.#changed(undefined);
  }

  #changed(studyUid: string | undefined): void {
    if (studyUid !== undefined) this.#desk.exams.refresh(studyUid);
    this.#surroundings.guard({
      connected: this.#presence.isAnyOpen,
      unfinished: () => this.#storage.studies.unfinished().length > 0,
    });
    for (const listener of this.#listeners) listener(studyUid);
  }
}
