import type { Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Configuration } from './config.ts';
import type { PipelinePorts } from './pipeline.ts';
import type { Instance } from './spool/instance.ts';
import { describeArrival, judgeCompleteness, type ProcedureStep } from './study/completeness.ts';
import { concludeStudy } from './study/conclusion.ts';
import { dueAt } from './study/deadline.ts';
import { routeStudy } from './study/routing.ts';
import { isImmediate, planUnits, type Unit, unitName } from './study/unit.ts';
import { judgeUrgency, type Urgency, whyStat } from './study/urgency.ts';

/** What the rules ask of the device. */
export interface StudyRulesPorts {
  configuration: Configuration;
  clock: Clock;
  bundles: Bundle[];
  isOpen(studyUid: string): boolean;
  isRaised(studyUid: string): boolean;
  procedureSteps(studyUid: string): ProcedureStep[];
}

export interface StudyRules {
  rules: PipelinePorts['rules'];
  urgency(unit: Unit<Instance>): Urgency;
  /** Why an exam is STAT, for the panel; empty where it is not. */
  whyUrgent(studyUid: string, instances: readonly Instance[]): string;
}

/** The rules of studies as the configuration and the bundles set them. */
export function composeStudyRules(ports: StudyRulesPorts): StudyRules {
  const { configuration, clock, bundles, isOpen, isRaised, procedureSteps } = ports;
  const { study, receiver, inference } = configuration;
  const times = { quietMs: study.quietSeconds * 1000, openQuietMs: study.openQuietSeconds * 1000 };
  const { image, series } = inference.deadlineSeconds;
  const limits = { imageMs: image * 1000, seriesMs: series * 1000 };
  const isStat = (instance: Instance) => whyStat(instance, inference.stat) !== undefined;
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
      unitName: ({ manifest }, unit) => unitName(manifest.identity.name, unit),
      conclude: ({ manifest }, instances) => concludeStudy(manifest, instances),
      due: ({ manifest }, { instances }) => dueAt(manifest.network.input, instances, limits),
    },
    urgency({ centre }) {
      const urgent = isRaised(centre.studyUid) || isStat(centre);
      const ageMs = clock.now() - centre.receivedAt;
      return judgeUrgency(urgent, ageMs, inference.reprocessAfterSeconds * 1000);
    },
    whyUrgent(studyUid, instances) {
      if (isRaised(studyUid)) return 'asked for on this panel';
      const reasons = instances.map((instance) => whyStat(instance, inference.stat));
      return reasons.find((why) => why !== undefined) ?? '';
    },
  };
}
