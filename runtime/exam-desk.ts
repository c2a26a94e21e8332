import { join } from 'node:path';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { PanelSource } from '../panel/source.ts';
import { ActBook } from './acts/act-book.ts';
import { AiPause } from './acts/ai-pause.ts';
import type { ApplianceOptions } from './appliance.ts';
import { bundleOf } from './exam-outcome.ts';
import { ExamList } from './exam-list.ts';
import {
  connectPictures,
  reactionOn,
  reactionsOf,
  type ShownStudy,
  subjectOf,
} from './exam-pictures.ts';
import { recallAnswers } from './image-analysis.ts';
import type { InferenceService } from './inference/inference-service.ts';
import { connectPanel, type ExamPanelOptions, situationOf } from './panel-source.ts';
import { Previews } from './preview/previews.ts';
import { keyOf } from './spool/segment-reader.ts';
import type { QualityService } from './quality/quality-service.ts';
import type { Storage } from './storage.ts';
import type { StudyRules } from './study-rules.ts';

export interface ExamDeskParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'log'>;
  storage: Storage;
  bundles: Bundle[];
  rules: StudyRules;
  inference: InferenceService;
  quality: QualityService;
  /** AI has been paused or set to work. */
  steered(): void;
  changed(examId: string | undefined): void;
}

/** What people see of exams and do with them: the list, the acts, the pause and the pictures. */
export class ExamDesk {
  readonly exams: ExamList;
  readonly acts: ActBook;
  readonly pause: AiPause;
  readonly #previews: Previews;
  readonly #parts: ExamDeskParts;

  constructor(parts: ExamDeskParts) {
    const { options, storage, bundles, rules } = parts;
    const { clock, files, configuration } = options;
    this.#parts = parts;
    this.pause = new AiPause({
      clock,
      files,
      folder: configuration.dataFolder,
      changed: () => parts.steered(),
    });
    this.acts = new ActBook({
      clock,
      ledger: storage.acts,
      append: (meta, data) => storage.outgoing.append(meta, data),
      look: (examId) => situationOf({ exams: this.exams, acts: this.acts, storage }, examId),
    });
    this.#previews = this.#connectPreviews();
    this.exams = new ExamList({
      clock,
      ...storage,
      bundles,
      whyUrgent: rules.whyUrgent,
      acts: (examId) => this.acts.ofExam(examId),
      isPaused: () => this.pause.isOn,
      conclude: rules.rules.conclude,
      thumbnail: (examId) => this.#previews.thumbnailTag(examId),
    });
  }

  /** Takes up what the last run left. */
  async load(): Promise<void> {
    await this.#previews.load();
    this.acts.load();
    this.exams.load();
  }

  start(): void {
    this.pause.start();
    this.#parts.quality.start();
  }

  async close(): Promise<void> {
    this.pause.close();
    this.#parts.quality.close();
    await this.#previews.close();
  }

  connect(
    around: Pick<ExamPanelOptions, 'audit' | 'acted' | 'device' | 'service' | 'subscribe'>,
  ): PanelSource {
    return connectPanel({
      ...around,
      storage: this.#parts.storage,
      bundles: this.#parts.bundles,
      exams: this.exams,
      acts: this.acts,
      pause: this.pause,
      quality: this.#parts.quality,
      now: () => this.#parts.options.clock.now(),
      pictures: connectPictures(this.#previews, (examId) => {
        const shown = this.#shown(examId);
        return shown ? reactionsOf(shown, () => this.#answers(shown)) : [];
      }),
    });
  }

  /** There is something new to be seen of a study. */
  makePictures(studyUid: string): void {
    this.#previews.make(studyUid);
  }

  /** Called before a study is erased: nothing is kept of it that is not erased with it. */
  async erasing(studyUid: string): Promise<void> {
    await this.acts.refuse(studyUid);
    await this.#previews.erase(studyUid);
  }

  /** Called when a study is erased. */
  async erased(studyUid: string): Promise<void> {
    this.acts.forget(studyUid);
    this.#parts.quality.erased(studyUid);
    this.exams.remove(studyUid);
    // Somebody may have looked at it meanwhile.
    await this.#previews.erase(studyUid);
  }

  #connectPreviews(): Previews {
    const { options, storage, inference, changed } = this.#parts;
    const { clock, files, configuration, log } = options;
    return new Previews({
      clock,
      files,
      keys: storage.root,
      folder: join(configuration.dataFolder, 'previews'),
      subject: (studyUid) => {
        const shown = this.#shown(studyUid);
        return shown && subjectOf(shown);
      },
      reaction: (studyUid, image, finding) => {
        const shown = this.#shown(studyUid);
        return shown && reactionOn(shown, () => this.#answers(shown), image, finding);
      },
      findKey: (path) => keyOf(files, path, storage.keys),
      isBusy: () => inference.engine.status().queued > 0,
      changed,
      log,
    });
  }

  #shown(studyUid: string): ShownStudy | undefined {
    const { storage, bundles } = this.#parts;
    const study = storage.studies.study(studyUid);
    if (!study) return undefined;
    const instances = storage.instances.ofStudy(studyUid);
    const standing = this.exams.standing(study, instances);
    return { study, instances, standing, bundle: bundleOf(standing, bundles) };
  }

  #answers({ bundle, instances }: ShownStudy): ReadonlyMap<string, InstanceResult> {
    const { rules, storage } = this.#parts;
    return recallAnswers({ ...rules, studies: storage.studies }, bundle, instances);
  }
}
