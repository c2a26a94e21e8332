import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf } from './actor.ts';
import { detailJson } from './detail-json.ts';
import type { ExamDetail, Picture } from './exam-detail.ts';
import { shownImages } from './exam-detail.ts';
import type { Feed } from './feed.ts';
import type { Pages } from './pages.ts';
import { PictureAnswers } from './picture-answer.ts';
import { audienceOf, mayHaveHeatmap, mayHavePictures, presentDetail } from './presentation.ts';
import type { PanelSource } from './source.ts';
import { findModel } from './view/exam/model-reference.ts';

export interface ExamPorts {
  feed: Feed;
  source: PanelSource;
  pages: Pages;
}

interface Named {
  Params: { exam: string; image?: string; finding?: string };
}

const seesExams = { config: { permission: 'see-exams' } } as const;

const pathName = /^[\w.-]{1,200}$/;

/** How long a heatmap was held, as the page tells. */
const heldForm = z.object({
  examId: z.string().min(1).max(200),
  imageId: z.string().regex(pathName),
  finding: z.string().min(1).max(200),
  heldMs: z.number().min(0).max(86_400_000),
});

/** The page of one exam and its pictures. What is not there and what may not leave are answered alike. */
export function serveExams(app: FastifyInstance, ports: ExamPorts): void {
  const routes = new ExamRoutes(ports);
  const get = (
    path: string,
    answer: (request: FastifyRequest<Named>, reply: FastifyReply) => unknown,
  ) => app.get<Named>(path, seesExams, (request, reply) => answer.call(routes, request, reply));
  get('/exams/:exam', routes.page);
  get('/api/exams/:exam', routes.detail);
  get('/thumbnails/:exam', routes.thumbnail);
  get('/previews/:exam/:image', routes.preview);
  get('/heatmaps/:exam/:image/:finding', routes.heatmap);
  app.post('/api/heatmap-shown', seesExams, (request, reply) =>
    routes.heatmapShown(request, reply),
  );
}

class ExamRoutes {
  readonly #ports: ExamPorts;
  readonly #pictures = new PictureAnswers();

  constructor(ports: ExamPorts) {
    this.#ports = ports;
  }

  async page(request: FastifyRequest<Named>, reply: FastifyReply): Promise<unknown> {
    const { source, pages } = this.#ports;
    const detail = this.#find(request, request.params.exam);
    if (!detail) return reply.callNotFound();
    await source.record({ kind: 'opened', actor: actorOf(request), examId: detail.exam.id });
    const model = findModel(detail.exam, source.models());
    return pages.send(request, reply, { name: 'exam', id: detail.exam.id, detail, model });
  }

  detail(request: FastifyRequest<Named>, reply: FastifyReply): unknown {
    const detail = this.#find(request, request.params.exam);
    if (!detail) return reply.callNotFound();
    return { detail, model: findModel(detail.exam, this.#ports.source.models()) };
  }

  async thumbnail(request: FastifyRequest<Named>, reply: FastifyReply): Promise<unknown> {
    const { source } = this.#ports;
    const { exam } = request.params;
    const isListed = source.exams().some(({ id }) => id === exam);
    const mayLook = mayHavePictures(audienceOf(actorOf(request).role));
    const picture = isListed && mayLook ? await source.thumbnail(exam) : undefined;
    return this.#send(request, reply, picture, exam);
  }

  async preview(request: FastifyRequest<Named>, reply: FastifyReply): Promise<unknown> {
    const { exam, image = '' } = request.params;
    const detail = this.#find(request, exam);
    const shown = detail && shownImages(detail).find(({ id }) => id === image);
    const picture = shown && (await this.#ports.source.preview(exam, image));
    // Other bytes than the detail tells of belong to another image, or to one that was made again meanwhile.
    return this.#send(request, reply, picture?.etag === shown?.etag ? picture : undefined, exam);
  }

  async heatmap(request: FastifyRequest<Named>, reply: FastifyReply): Promise<unknown> {
    const { exam, image = '', finding = '' } = request.params;
    const mayLeave = mayHaveHeatmap(this.#find(request, exam)?.aid, image, finding);
    const picture = mayLeave ? await this.#ports.source.heatmap(exam, image, finding) : undefined;
    return this.#send(request, reply, picture, exam);
  }

  async heatmapShown(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const form = heldForm.safeParse(request.body).data;
    if (!form) return reply.code(400).send({ error: 'bad request' });
    const { examId, imageId, finding, heldMs } = form;
    const detail = this.#find(request, examId);
    if (!mayHaveHeatmap(detail?.aid, imageId, finding)) return reply.callNotFound();
    const actor = actorOf(request);
    await this.#ports.source.record({ kind: 'heatmap', actor, examId, finding, heldMs });
    return reply.code(204).send();
  }

  /** An exam as the asker may see it. One whose content names another exam is none: it would be another patient's. */
  #find(request: FastifyRequest, examId: string): ExamDetail | undefined {
    const { source, feed } = this.#ports;
    const detail = source.detail(examId);
    if (detail?.exam.id !== examId) return undefined;
    const viewing = feed.viewing(audienceOf(actorOf(request).role));
    return presentDetail(detailJson(detail), viewing);
  }

  #send(
    request: FastifyRequest,
    reply: FastifyReply,
    picture: Picture | undefined,
    exam: string,
  ): unknown {
    if (!picture) return reply.callNotFound();
    const headers = { 'x-scanside-exam': encodeURIComponent(exam) };
    return this.#pictures.send(request, reply, picture, headers);
  }
}
