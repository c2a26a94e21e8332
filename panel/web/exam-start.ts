import type { ExamPort } from '../view/exam/exam-port.ts';
import type { Live } from '../view/live.ts';

/** Brings an exam's page to life. What only it needs comes with it, so that the list does not carry it. */
export async function startExam(live: Live, port: ExamPort): Promise<void> {
  const [{ followExam }, { Viewer }] = await Promise.all([
    import('./exam-follow.ts'),
    import('./viewer/viewer.ts'),
  ]);
  followExam(live, port);
  port.viewer.value = Viewer;
}
