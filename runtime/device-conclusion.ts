import type { Bundle } from '../models/bundle.ts';
import { dispatcher, type Conclusion, type NotAnalysed } from '../models/outcome.ts';
import type { Instance } from './spool/instance.ts';
import type { Route } from './study/routing.ts';

/** One model's part in a study. */
export interface Task {
  model: string;
  bundle: Bundle | undefined;
  instances: Instance[];
  conclusion: Conclusion;
}

/** The one result of an exam that was complete while AI was paused. */
export const paused = {
  state: 'not-analysed',
  reason: 'paused',
  detail: 'AI was paused when the exam was complete',
} as const satisfies Conclusion;

export function isPausedResult(conclusion: Conclusion): boolean {
  return conclusion.state === 'not-analysed' && conclusion.reason === 'paused';
}

/** Of a result that no object could be made of. */
export const unwritten: Conclusion = {
  state: 'not-analysed',
  reason: 'unreadable',
  detail: 'The result could not be written as a DICOM object; see the log',
};

/** Studies whose images cannot be trusted to belong together: what to do before they are sent again. */
const withheld = {
  'patient-mismatch':
    'Nothing is sent. Compare the patient on the scanner console and send the study again',
  'conflicting-images':
    'Nothing is sent. Find out on the scanner console which image is the right one and send it under a UID of its own',
} as const;

export function isWithheld({ reason }: NotAnalysed): boolean {
  return reason in withheld;
}

/** Nothing is sent: the images cannot be trusted to belong together. */
export function withhold(instances: Instance[], reason: keyof typeof withheld): Task {
  return {
    model: dispatcher,
    bundle: undefined,
    instances,
    conclusion: { state: 'not-analysed', reason, detail: withheld[reason] },
  };
}

/** No model is intended for any of the images. */
export function decline(instances: Instance[], routes: Route<Instance>[]): Task {
  const detail = routes.flatMap(({ excluded }) => excluded)[0]?.why ?? 'No model is installed';
  return {
    model: dispatcher,
    bundle: undefined,
    instances,
    conclusion: { state: 'not-analysed', reason: 'out-of-scope', detail },
  };
}
