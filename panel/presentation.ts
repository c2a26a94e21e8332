import type { AidView, ExamDetail } from './exam-detail.ts';
import type { Role } from './role.ts';
import type { ExamView, PresentationProfile } from './source.ts';
import { maskIdentity } from './view/identity.ts';

/** Whom the server speaks to. `service`: looks after the device and has no business with patients. */
export const audiences = ['technologist', 'radiologist', 'administrator', 'service'] as const;

export type Audience = (typeof audiences)[number];

export function audienceOf(role: Role): Audience {
  return role === 'field-engineer' ? 'service' : role;
}

/** What a profile lets an audience have. */
interface Clearance {
  /** When a flag, or that there is none, is told: with the result, or when the PACS has it. */
  told: 'with-result' | 'after-pacs';
  /** Tiers, spread, the image and the place that the model reacted to, the slices around it. */
  aid: boolean;
}

const withResult: Clearance = { told: 'with-result', aid: false };
const withAid: Clearance = { told: 'with-result', aid: true };

/**
 * Profile by audience: the one place that decides what leaves the server of what a model says. Places and tiers are for
 * readers who are cleared for them; under `triage-notify` for nobody, and a technologist hears of a flag after the
 * radiologist can (21 CFR 892.2080 and the devices cleared under it).
 */
export const clearances: Record<PresentationProfile, Record<Audience, Clearance>> = {
  'triage-notify': {
    technologist: { told: 'after-pacs', aid: false },
    radiologist: withResult,
    administrator: withResult,
    service: { told: 'after-pacs', aid: false },
  },
  'concurrent-aid': {
    technologist: withResult,
    radiologist: withAid,
    administrator: withResult,
    service: withResult,
  },
  research: {
    technologist: withAid,
    radiologist: withAid,
    administrator: withAid,
    service: withResult,
  },
};

/** To whom, when, and how long after the PACS a technologist is told; milliseconds. */
export interface Viewing {
  audience: Audience;
  now: number;
  noticeDelayMs: number;
}

/** An exam as an audience may see it. */
export function presentExam(exam: ExamView, viewing: Viewing): ExamView {
  const told = isTold(exam, viewing) ? exam : withhold(exam);
  return viewing.audience === 'service' ? maskIdentity(told) : told;
}

/** Wall time from which an audience may know the outcome; Infinity where that is not known yet. */
export function toldAt(exam: ExamView, { audience, noticeDelayMs }: Viewing): number {
  const { outcome, profile, delivery, deliveredAt, resultAt } = exam;
  if (outcome.state === 'pending' || outcome.state === 'not-analysed') return 0;
  if (clearances[profile ?? 'triage-notify'][audience].told === 'with-result') return 0;
  const hasPacs = delivery !== 'on-device' && delivery !== 'no-pacs';
  return ((hasPacs ? deliveredAt : resultAt) ?? Infinity) + noticeDelayMs;
}

function isTold(exam: ExamView, viewing: Viewing): boolean {
  return toldAt(exam, viewing) <= viewing.now;
}

/**
 * What cannot be told yet is the same for a flag and for none. Under `withheld` no act is taken: its answer would tell.
 */
export const withheld = 'withheld';

function withhold(exam: ExamView): ExamView {
  const outcome = { state: 'pending' } as const;
  return { ...exam, outcome, outcomeId: withheld, resultAt: undefined, late: false };
}

export function mayHaveAid(profile: PresentationProfile | undefined, audience: Audience): boolean {
  return profile !== undefined && clearances[profile][audience].aid;
}

/** Whether an audience has anything to do with pictures of patients. */
export function mayHavePictures(audience: Audience): boolean {
  return audience !== 'service';
}

/** Everything about an exam that an audience may have. */
export function presentDetail(detail: ExamDetail, viewing: Viewing): ExamDetail {
  const exam = presentExam(detail.exam, viewing);
  const pictures = mayHavePictures(viewing.audience);
  const told = isTold(detail.exam, viewing);
  return {
    ...detail,
    exam,
    aid: isFlag(exam) && mayHaveAid(exam.profile, viewing.audience) ? detail.aid : undefined,
    acts: told && pictures ? detail.acts : [],
    timeline: told ? detail.timeline : detail.timeline.filter(({ step }) => step !== 'result'),
    images: pictures ? detail.images : [],
    previews: pictures ? detail.previews : 'none',
  };
}

/** A flag that stands; one that was taken back has nothing to point at. */
function isFlag({ outcome }: ExamView): boolean {
  return outcome.state === 'flagged' && !outcome.withdrawn;
}

/** Whether a picture of where the model reacted may leave: only beside a flag, and only one that the aid names. */
export function mayHaveHeatmap(
  aid: AidView | undefined,
  imageId: string,
  finding: string,
): boolean {
  return (
    aid?.heatmaps.some((each) => each.imageId === imageId && each.finding === finding) ?? false
  );
}
