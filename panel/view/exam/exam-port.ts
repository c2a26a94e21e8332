import type { Signal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { ComponentType } from 'preact';
import type { AidView, ExamDetail, ImageView } from '../../exam-detail.ts';
import type { ExamView } from '../../source.ts';
import type { ModelReference } from './model-reference.ts';

/** What the viewer is given. */
export interface ViewerProps {
  examId: string;
  /** What the exam is of, for those who hear it. */
  what: string;
  images: ImageView[];
  /** Place in `images` of the one that is shown first. */
  first: number;
  aid: AidView | undefined;
}

/** What an exam's page shows beside the exam itself. The browser keeps it up to date. */
export interface ExamPort {
  /** The exam that the address of the page names. */
  readonly id: string;
  /** Undefined where the exam is gone. */
  readonly detail: Signal<ExamDetail | undefined>;
  readonly model: Signal<ModelReference | undefined>;
  /** Comes with its own script, after the page. */
  readonly viewer: Signal<ComponentType<ViewerProps> | undefined>;
}

/** What the server answers when it is asked for an exam. */
export interface ExamAnswer {
  detail: ExamDetail;
  model?: ModelReference | undefined;
}

export function createExamPort({ id, detail, model }: ExamAnswer & { id: string }): ExamPort {
  return { id, detail: signal(detail), model: signal(model), viewer: signal(undefined) };
}

/** Takes over a newer answer; an older one never replaces it. */
export function putDetail(port: ExamPort, { detail, model }: ExamAnswer): void {
  const known = port.detail.value?.exam;
  if (known && known.id === detail.exam.id && known.version > detail.exam.version) return;
  port.detail.value = detail;
  port.model.value = model;
}

/**
 * An exam's detail together with what the stream has told of it since. Where that is another result, what helped to read
 * the old one is gone: it never stands beside a new one.
 */
export function newestDetail(detail: ExamDetail, told: ExamView | undefined): ExamDetail {
  const isNewer = told?.id === detail.exam.id && told.version >= detail.exam.version;
  if (!isNewer) return detail;
  const aid = told.outcomeId === detail.exam.outcomeId ? detail.aid : undefined;
  return { ...detail, exam: told, aid };
}

const singleImages = new Set(['CR', 'DX', 'MG', 'IO', 'PX', 'RG', 'US', 'XC', 'SC']);

/** The image to begin with: where the model reacted, where that may be known; else the middle of a series, or the first. */
export function firstImage(
  images: ImageView[],
  aid: AidView | undefined,
  modality: string,
): number {
  const key = images.findIndex(({ id }) => id === aid?.keyImage);
  if (key >= 0) return key;
  return singleImages.has(modality) ? 0 : Math.floor(images.length / 2);
}
