import { join, resolve } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import { findBundle, loadBundle, type Bundle } from '../models/bundle.ts';
import type { Act } from '../panel/act.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import type { PanelSource } from '../panel/source.ts';
import type { Appliance, ApplianceOptions } from './appliance.ts';
import { ruleOf } from './config.ts';
import { composeOutbox, findObject } from './delivery.ts';
import { describeDevice } from './device-view.ts';
import { ExamList } from './exam-list.ts';
import { Housekeeping } from './housekeeping.ts';
import { analyseUnit, locateImage, recallAnswers } from './image-analysis.ts';
import { InferenceService, levelOf } from './inference/inference-service.ts';
import type { Outbox } from './outbox/outbox.ts';
import { composePanelAccess } from './panel-access.ts';
import { Pipeline } from './pipeline.ts';
import { ReceiverLink } from './receiver-link.ts';
import type { FromReceiver } from './receiver-message.ts';
import { receiverSettings } from './receiver-settings.ts';
import { ScannerServices } from './scanner-services.ts';
import type { Indexed } from './spool/instance-ledger.ts';
import { recover } from './spool/recovery.ts';
import { keyOf, type StoredRecord } from './spool/segment-reader.ts';
import type { OutgoingObject } from './spool/outgoing-object.ts';
import { openStorage, type Storage } from './storage.ts';
import { reportStudy } from './study-report.ts';
import { buildCompanions } from './study-companions.ts';
import { buildMessages } from './study-messages.ts';
import { composeStudyRules, type StudyRules } from './study-rules.ts';
import { Presence } from './study/presence.ts';
import { Surroundings } from './surroundings.ts';
import { readInferenceServer, readReceiverTls } from './tls-files.ts';

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
  readonly #housekeeping: Housekeeping;
  readonly #presence = new Presence();
  readonly #surroundings: Surroundings;
  readonly #exams: ExamList;
  readonly #outbox: Outbox;
  readonly #inference: InferenceService;
  readonly #rules: StudyRules;
  readonly #pipeline: Pipeline;
  readonly #services: ScannerServices;
  readonly #receiver: ReceiverLink;
  readonly #listeners = new Set<(examId: string | undefined) => void>();
  #panel: Panel | undefined;
  #receiverPort = 0;
  #lastMessageAt: number | undefined;

  constructor(options: ApplianceOptions) {
    const { configuration, clock, files } = options;
    this.#options = options;
    this.#surroundings = new Surroundings(files, options.programFolder);
    this.#bundles = loadBundles(options);
    this.#storage = openStorage(configuration, files, clock);
    this.#rules = composeStudyRules({
      configuration,
      clock,
      bundles: this.#bundles,
      isOpen: (studyUid) => this.#presence.isOpen(studyUid),
      isRaised: (studyUid) => this.#storage.studies.study(studyUid)?.raised ?? false,
      procedureSteps: (studyUid) => this.#services.procedureSteps(studyUid),
    });
    this.#exams = new ExamList({
      clock,
      ...this.#storage,
      bundles: this.#bundles,
      whyUrgent: this.#rules.whyUrgent,
    });
    this.#housekeeping = new Housekeeping({
      ...options,
      storage: this.#storage,
      isOpen: (studyUid) => this.#presence.isOpen(studyUid),
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
      log: ({ event, ...fields }) => options.log(levelOf(event), `engine ${event}`, fields),
      changed: () => this.#changed(undefined),
    });
    this.#outbox = composeOutbox({
      ...options,
      storage: this.#storage,
      changed: (studyUid) => this.#changed(studyUid),
    });
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
    for (const detail of this.#surroundings.warnings()) log('error', 'surroundings', { detail });
    await this.#recover('outgoing', (record) => indexOutgoing(this.#storage, record));
    this.#exams.load();
    const access = await composePanelAccess({ ...this.#options, keys: this.#storage.root });
    this.#panel = await startPanel({ ...access, source: this.source });
    this.#receiverPort = await this.#receiver.start();
    this.#inference.start();
    this.#outbox.start();
    this.#services.start();
    this.#pipeline.resume();
    this.#housekeeping.start();
  }

  /** Upstream first, so that nothing new comes while the rest ends. */
  async close(): Promise<void> {
    await this.#receiver.close();
    this.#pipeline.close();
    await this.#housekeeping.close();
    await Promise.all([this.#inference.close(), this.#outbox.close(), this.#services.close()]);
    await this.#storage.outgoing.close();
    await this.#panel?.close();
    this.#storage.database.close();
    this.#surroundings.release();
  }

  #recover(folder: string, index: Parameters<typeof recover>[1]['index']): Promise<void> {
    return recover(join(this.#storage.spool, folder), {
      files: this.#options.files,
      keys: this.#storage.keys,
      scannedTo: (path) => this.#storage.instances.scannedTo(path),
      index,
      damaged: ({ code, ...damage }) => this.#options.log('error', code, damage),
    });
  }

  #connectReceiver(): ReceiverLink {
    const { configuration, clock, files, log } = this.#options;
    return new ReceiverLink({
      clock,
      files,
      settings: receiverSettings(
        configuration,
        this.#storage.spool,
        readReceiverTls(configuration, files),
      ),
      recover: async () => {
        await this.#recover('inbox', (record) => void this.#pipeline.receive(record));
        await this.#recover('quarantine', (record) => void this.#pipeline.receive(record));
        this.#exams.refreshQuarantine();
      },
      told: (message) => this.#hear(message),
      perform: (request) => this.#services.perform(request),
      died: (detail) => {
        log('error', 'receiver died', { detail });
        for (const studyUid of this.#presence.clear()) this.#pipeline.look(studyUid);
      },
    });
  }

  #hear(message: Exclude<FromReceiver, { kind: 'listening' | 'failed' | 'asked' }>): void {
    this.#lastMessageAt = this.#options.clock.now();
    if (message.kind === 'stored') return this.#store(message.record);
    const { kind, ...fields } = message;
    if (kind === 'disk')
      return this.#options.log('warn', 'images refused for want of disk', fields);
    if (kind === 'discarded') return this.#options.log('warn', 'instance discarded', fields);
    this.#options.log(kind === 'refused' ? 'warn' : 'info', `association ${kind}`, fields);
    if (kind === 'opened') this.#presence.open(message.association);
    if (kind === 'closed')
      for (const studyUid of this.#presence.leave(message.association))
        this.#pipeline.look(studyUid);
    this.#changed(undefined);
  }

  #store(record: StoredRecord): void {
    const { log } = this.#options;
    const indexed = this.#pipeline.receive(record);
    if (indexed.kind === 'quarantined') {
      log('warn', 'instance quarantined', { reason: indexed.reason });
      this.#exams.refreshQuarantine();
      return this.#changed(undefined);
    }
    if (indexed.kind === 'conflict' || indexed.kind === 'replaced')
      log('warn', 'other bytes under a known SOP Instance UID; both are kept', {
        policy: this.#options.configuration.receiver.duplicatePolicy,
        callingAeTitle: record.meta['callingAeTitle'],
      });
  }

  #index(record: StoredRecord): Indexed {
    const indexed = this.#storage.instances.index(record);
    if (indexed.kind !== 'quarantined')
      this.#presence.enter(String(record.meta['association']), indexed.instance.studyUid);
    return indexed;
  }

  #connectServices(): ScannerServices {
    const { configuration, clock, files, log } = this.#options;
    return new ScannerServices({
      configuration: configuration.receiver,
      clock,
      files,
      keys: this.#storage.keys,
      log,
      database: this.#storage.database,
      instances: this.#storage.instances,
      report: (result) => this.#outbox.report(result),
      stepped: (studyUid) => this.#pipeline.look(studyUid),
    });
  }

  #connectPipeline(): Pipeline {
    const { clock, configuration, files, log } = this.#options;
    const ports = {
      clock,
      engine: this.#inference.engine,
      findKey: (path: string) => keyOf(files, path, this.#storage.keys),
      priority: this.#rules.priority,
      due: this.#rules.rules.due,
    };
    const reportPorts = {
      device: configuration.device,
      softwareVersion: this.#options.softwareVersion,
      files,
      keys: this.#storage.keys,
    };
    return new Pipeline({
      clock,
      spool: {
        index: (record) => this.#index(record),
        instances: (studyUid) => this.#storage.instances.ofStudy(studyUid),
        append: (meta, data) => this.#storage.outgoing.append(meta, data),
      },
      studies: this.#storage.studies,
      rules: this.#rules.rules,
      analyse: (unit, bundle) => analyseUnit(ports, unit, bundle),
      buildReport: (input) => reportStudy(input, reportPorts),
      objects: this.#storage.objects,
      buildCompanions: (input, result) =>
        buildCompanions(input, {
          ...reportPorts,
          clock,
          wanted: configuration.destinations.map(ruleOf),
          finished: this.#storage.objects.finishedKinds(result.sopInstanceUid),
          messages: (request) => buildMessages(request, result, configuration.destinations),
          answers: () =>
            recallAnswers(
              { ...this.#rules, studies: this.#storage.studies },
              input.bundle,
              input.instances,
            ),
          draw: async (instance, frame, heatmaps) =>
            this.#inference.drawing.draw({
              image: locateImage(instance, ports.findKey),
              frame,
              heatmaps,
            }),
          failed: (kind, error) => log('error', `${kind} not made`, { error: String(error) }),
        }),
      outbox: {
        add: (sopInstanceUid) => this.#send(findObject(this.#storage, sopInstanceUid)),
        addAll: () => this.#storage.objects.all().forEach((object) => this.#send(object)),
      },
      changed: (studyUid) => this.#changed(studyUid),
      completed: (because, images) => log('info', 'study complete', { because, images }),
      failed: (step, _studyUid, error) => log('error', `${step} failed`, { error: String(error) }),
    });
  }

  #send(object: OutgoingObject): void {
    const { studies, instances } = this.#storage;
    const raised = studies.study(object.studyUid)?.raised ?? false;
    const urgent = this.#rules.whyUrgent(raised, instances.ofStudy(object.studyUid)) !== '';
    this.#outbox.add({ ...object, urgent });
  }

  #connectPanel(): PanelSource {
    return {
      exams: () => this.#exams.all(),
      device: () =>
        describeDevice({
          configuration: this.#options.configuration,
          now: this.#options.clock.now(),
          space: this.#options.files.space(this.#storage.spool),
          bundles: this.#bundles,
          inference: this.#inference.view(),
          surroundings: this.#surroundings.warnings(),
          failing: this.#outbox.failing(),
          waiting: this.#outbox.waiting(),
          mixed: this.#storage.studies.mixed(this.#options.clock.now() - dayMs),
          conflicting: this.#storage.studies.conflicting(this.#options.clock.now() - dayMs),
          queue: this.#storage.studies.unfinished().length,
          lastMessageAt: this.#lastMessageAt,
        }),
      detail: () => undefined,
      deviceDetail: () => ({ groups: [] }),
      models: () => [],
      thumbnail: async () => undefined,
      preview: async () => undefined,
      heatmap: async () => undefined,
      seen: () => new Map(),
      act: async (_actor, act) => this.#act(act),
      record: async () => undefined,
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  async #act(act: Act): Promise<{ actId: string }> {
    if (act.kind !== 'raise') throw new ScansideError('ACT_REFUSED', act.kind);
    if (!this.#raise(act.examId)) throw new ScansideError('ACT_REFUSED', 'unknown or STAT already');
    return { actId: '' };
  }

  /** A person at the panel wants this exam before the others. */
  #raise(studyUid: string): boolean {
    const raised = this.#storage.studies.raise(studyUid);
    if (raised) {
      this.#inference.engine.raise(studyUid);
      for (const object of this.#storage.objects.ofStudy(studyUid)) this.#send(object);
      this.#options.log('info', 'exam raised');
      this.#changed(studyUid);
    }
    return raised;
  }

  #changed(studyUid: string | undefined): void {
    if (studyUid !== undefined) this.#exams.refresh(studyUid);
    this.#surroundings.guard({
      connected: this.#presence.isAnyOpen,
      unfinished: () => this.#storage.studies.unfinished().length > 0,
    });
    for (const listener of this.#listeners) listener(studyUid);
  }
}

/** A record without a kind is a result. */
function indexOutgoing({ studies, objects }: Storage, record: StoredRecord): void {
  if (record.meta['kind'] === undefined) studies.indexResult(record);
  else objects.index(record);
}

const dayMs = 24 * 3600_000;

function loadBundles({ configuration, files, programFolder }: ApplianceOptions): Bundle[] {
  const { folder, enabled } = configuration.models;
  const bundles = resolve(programFolder, folder);
  return enabled.map((name) => loadBundle(findBundle(bundles, name, files), files));
}
