import type { Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion } from '../models/outcome.ts';
import type { Configuration } from './config.ts';
import type { PipelinePorts } from './pipeline-ports.ts';
import type { Instance } from './spool/instance.ts';
import { describeArrival, judgeCompleteness, type ProcedureStep } from './study/completeness.ts';
import { deadlineOf, defaultTargets, type Targets } from './inference/schedule/deadline.ts';
import { urgencyOf } from './inference/schedule/priority.ts';
import type { Priority } from './inference/schedule/work.ts';
import { concludeStudy } from './study/conclusion.ts';
import { routeStudy } from './study/routing.ts';
import { analysisName, isImmediate, planUnits, type Unit, unitName } from './study/unit.ts';

/** What the rules ask of the device. */
export interface StudyRulesPorts {
  configuration: Configuration;
  clock: Clock;
  bundles: Bundle[];
  isOpen(studyUid: string): boolean;
  isRaised(studyUid: string): boolean;
  procedureSteps(studyUid: string): ProcedureStep[];
  /** What may be said of a conclusion while a model is trusted so far. */
  temper(bundle: Bundle, conclusion: Conclusion, studyUid: string): Conclusion;
}

export interface StudyRules {
  rules: PipelinePorts['rules'];
  priority(unit: Unit<Instance>): Priority;
  /** Why an exam is STAT, for the panel; empty where it is not. */
  whyUrgent(raised: boolean, instances: readonly Instance[]): string;
}

/** The rules of studies as the configuration and the bundles set them. */
export function composeStudyRules(ports: StudyRulesPorts): StudyRules {
  const { configuration, clock, bundles, isOpen, isRaised, procedureSteps, temper } = ports;
  const { study, receiver, inference } = configuration;
  const times = { quietMs: study.quietSeconds * 1000, openQuietMs: study.openQuietSeconds * 1000 };
  const targets = readTargets(inference);
  return {
    rules: {
      judgeCompleteness: ({ studyUid, lastReceivedAt }, instances, now) => {
        const [open, steps] = [isOpen(studyUid), procedureSteps(studyUid)];
        return judgeCompleteness(
          describeArrival(instances, { open, lastReceivedAt, steps }),
          times,
          now,
        );
      },
      withholdConflicts: receiver.duplicatePolicy === 'quarantine',
      route: (instances) => routeStudy(bundles, instances),
      immediate: ({ manifest: { network } }, instance) =>
        isImmediate(network.input) ? planUnits(network.input, [instance]) : [],
      units: ({ manifest }, instances) => planUnits(manifest.network.input, instances),
      unitName: ({ manifest, hash }, unit) =>
        unitName(analysisName(manifest.identity.name, hash), unit),
      conclude: (bundle, instances, studyUid) =>
        temper(bundle, concludeStudy(bundle.manifest, instances), studyUid),
      due({ manifest }, { instances }) {
        const kind = manifest.network.input.kind === 'image' ? 'image' : 'series';
        const newest = Math.max(...instances.map(({ receivedAt }) => receivedAt));
        return deadlineOf(targets, kind, 'routine', newest);
      },
    },
    priority({ centre }) {
      const { priority } = judgeUrgency(centre, isRaised(centre.studyUid), inference.stat);
      const isOld = clock.now() - centre.receivedAt > inference.reprocessAfterSeconds * 1000;
      return priority === 'routine' && isOld ? 'reprocess' : priority;
    },
    whyUrgent(raised, instances) {
      const judged = instances.map((instance) => judgeUrgency(instance, raised, inference.stat));
      return judged.find(({ priority }) => priority === 'stat')?.because ?? '';
    },
  };
}

/** Within what time results are wanted: what a person waits for as the site sets it, everything else as usual. */
function readTargets({ deadlineSeconds }: Configuration['inference']): Targets {
  const { image, series } = deadlineSeconds;
  return {
    image: { ...defaultTargets.image, stat: image, routine: image },
    series: { ...defaultTargets.series, stat: series, routine: series },
  };
}

/** A site may have scanners whose own word on urgency means nothing. */
function judgeUrgency(
  { facts: { sending, bodyPart, modality } }: Instance,
  raised: boolean,
  { fromScanner, rules }: Configuration['inference']['stat'],
) {
  const said = fromScanner && {
    storePriority: sending.priority,
    requestedProcedurePriority: sending.requestedPriority,
  };
  const { callingAeTitle } = sending;
  return urgencyOf(
    { ...said, callingAeTitle, bodyPartExamined: bodyPart, modality, raised },
    rules,
  );
}
