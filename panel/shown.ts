import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ScansideError } from '../device/errors.ts';
import { actorOf } from './actor.ts';
import type { Feed } from './feed.ts';
import { audienceOf } from './presentation.ts';
import type { Actor } from './role.ts';
import type { ExamView, PanelSource } from './source.ts';

/** How many the server remembers as told; past it the oldest is recorded once more rather than none forgotten. */
const mostRemembered = 20_000;

const form = z.object({
  shown: z
    .array(z.object({ examId: z.string().min(1).max(200), outcomeId: z.string().min(1).max(200) }))
    .max(50),
});

/** Which outcomes each person has been shown, so that each is recorded once. */
export class Impressions {
  readonly #told = new Set<string>();

  /** Whether this is new; it is remembered from now on. */
  add(user: string, { id, outcomeId }: Pick<ExamView, 'id' | 'outcomeId'>): boolean {
    const key = JSON.stringify([user, id, outcomeId]);
    if (this.#told.has(key)) return false;
    if (this.#told.size >= mostRemembered)
      for (const oldest of this.#told.values()) {
        this.#told.delete(oldest);
        break;
      }
    this.#told.add(key);
    return true;
  }

  /** It could not be recorded: the next time counts. */
  forget(user: string, { id, outcomeId }: Pick<ExamView, 'id' | 'outcomeId'>): void {
    this.#told.delete(JSON.stringify([user, id, outcomeId]));
  }
}

/** Takes from the pages which outcomes were on a screen: who was shown what has to be known afterwards. */
export function serveShown(
  app: FastifyInstance,
  { feed, source }: { feed: Feed; source: PanelSource },
): void {
  const impressions = new Impressions();
  const record = async (actor: Actor, exam: ExamView) => {
    if (!impressions.add(actor.user, exam)) return;
    const { id: examId, outcome, profile } = exam;
    try {
      await source.record({ kind: 'shown', actor, examId, outcome: outcome.state, profile });
    } catch (error) {
      impressions.forget(actor.user, exam);
      throw error;
    }
  };
  app.post('/api/shown', { config: { permission: 'see-exams' } }, async (request) => {
    const { data } = form.safeParse(request.body);
    if (!data) throw new ScansideError('ACT_REFUSED', 'the form of shown');
    const actor = actorOf(request);
    const exams = new Map(source.exams().map((exam) => [exam.id, exam]));
    let recorded = 0;
    for (const { examId, outcomeId } of data.shown) {
      const exam = exams.get(examId) ?? source.detail(examId)?.exam;
      const seen = exam && feed.present(exam, audienceOf(actor.role));
      // Only what this person may see now; an outcome that has changed since is told by the next request.
      if (seen?.outcomeId !== outcomeId || seen.outcome.state === 'pending') continue;
      await record(actor, seen);
      recorded += 1;
    }
    return { recorded };
  });
}
