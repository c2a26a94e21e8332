import type { ApplianceOptions } from './appliance.ts';
import { ruleOf } from './config.ts';
import { analyseUnit, locateImage, recallAnswers } from './image-analysis.ts';
import type { InferenceService } from './inference/inference-service.ts';
import { Pipeline } from './pipeline.ts';
import type { PipelinePorts } from './pipeline-ports.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import { keyOf } from './spool/segment-reader.ts';
import type { Storage } from './storage.ts';
import { reportStudy } from './study-report.ts';
import { buildCompanions } from './study-companions.ts';
import { buildMessages } from './study-messages.ts';
import type { StudyRules } from './study-rules.ts';

export interface StudyLineParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'log' | 'softwareVersion'>;
  storage: Storage;
  inference: InferenceService;
  rules: StudyRules;
  index: PipelinePorts['spool']['index'];
  isPaused(): boolean;
  /** What people did on a study. */
  acts(studyUid: string): readonly StoredAct[];
  /** Told of every new result, with the bundle that it is of. */
  concluded: PipelinePorts['concluded'];
  outbox: PipelinePorts['outbox'];
  changed(studyUid: string): void;
}

/** The line over what the appliance keeps, its engine and its outbox. */
export function connectPipeline(parts: StudyLineParts): Pipeline {
  const { options, storage, inference, rules, outbox, changed, isPaused } = parts;
  const { clock, files, log } = options;
  const ports = {
    clock,
    engine: inference.engine,
    findKey: (path: string) => keyOf(files, path, storage.keys),
    priority: rules.priority,
    due: rules.rules.due,
  };
  return new Pipeline({
    clock,
    spool: {
      index: parts.index,
      instances: (studyUid) => storage.instances.ofStudy(studyUid),
      append: (meta, data) => storage.outgoing.append(meta, data),
    },
    studies: storage.studies,
    rules: rules.rules,
    isPaused,
    withdrawals: (studyUid) => withdrawalsIn(parts.acts(studyUid)),
    analyse: (unit, bundle) => analyseUnit(ports, unit, bundle),
    ...reporting(parts, ports.findKey),
    objects: storage.objects,
    outbox,
    changed,
    concluded: parts.concluded,
    completed: (because, images) => log('info', 'study complete', { because, images }),
    failed: (step, _studyUid, error) => log('error', `${step} failed`, { error: String(error) }),
  });
}

function reporting(
  { options, storage, inference, rules }: StudyLineParts,
  findKey: (path: string) => Uint8Array | undefined,
): Pick<PipelinePorts, 'buildReport' | 'buildCompanions'> {
  const { clock, configuration, files, log, softwareVersion } = options;
  const { device, destinations } = configuration;
  const reportPorts = { device, softwareVersion, files, keys: storage.keys };
  return {
    buildReport: (input) => reportStudy(input, reportPorts),
    buildCompanions: (input, result) =>
      buildCompanions(input, {
        ...reportPorts,
        clock,
        wanted: destinations.map(ruleOf),
        finished: storage.objects.finishedKinds(result.sopInstanceUid),
        messages: (request) => buildMessages(request, result, destinations),
        answers: () =>
          recallAnswers({ ...rules, studies: storage.studies }, input.bundle, input.instances),
        draw: async (instance, frame, heatmaps) =>
          inference.drawing.draw({ image: locateImage(instance, findKey), frame, heatmaps }),
        failed: (kind, error) => log('error', `${kind} not made`, { error: String(error) }),
      }),
  };
}

/** One for each report whose flag was taken back. */
function withdrawalsIn(acts: readonly StoredAct[]): ReturnType<PipelinePorts['withdrawals']> {
  return acts
    .filter(({ kind }) => kind === 'withdraw')
    .flatMap(({ reports, reason, role, at }) =>
      reports.map((reportUid) => ({ reportUid, reason, role, at })),
    ) as ReturnType<PipelinePorts['withdrawals']>;
}
