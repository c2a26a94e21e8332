import type { ModelView } from '../../model-view.ts';
import type { ExamView } from '../../source.ts';

/** Which model it was, and the page that tells what it cannot do. */
export type ModelReference = Pick<ModelView, 'name' | 'version' | 'hash'>;

/** The model in service that decided an exam; undefined where it is no longer in service, or none did. */
export function findModel(
  exam: ExamView,
  models: readonly ModelView[],
): ModelReference | undefined {
  const model = models.find(({ name, version }) => exam.model === `${name} ${version}`);
  return model && { name: model.name, version: model.version, hash: model.hash };
}
