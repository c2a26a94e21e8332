import { markdownTable } from './document.ts';
import { describeLimit, format, median, verdict } from './figures.ts';

/** What one graph of a network was measured at. */
export interface ModelFigures {
  network: string;
  /** `float32`, or the variant that was derived from it. */
  graph: string;
  bytes: number;
  loadMs: number;
  /** Largest growth of the process’s resident memory, bytes. */
  memory: number;
  /** Milliseconds of each run, with one image and with eight. */
  one: number[];
  eight: number[];
}

/** How much faster the graph for processors is to be than float32, on a network that is worth it. */
export const goal = { network: /^ResNet-18/, graph: 'int8.cpu', limit: { atLeast: 2.5 } };

type Batch = 'one' | 'eight';

function speedUp(figures: ModelFigures, all: readonly ModelFigures[], batch: Batch): number {
  const float32 = all.find(
    ({ network, graph }) => network === figures.network && graph === 'float32',
  );
  return median(float32?.[batch] ?? []) / median(figures[batch]);
}

/** Tables of all graphs and of the goal, in Markdown. */
export function reportModels(all: readonly ModelFigures[]): string {
  return `${measuredTable(all)}\n\n${goalTable(all)}`;
}

function measuredTable(all: readonly ModelFigures[]): string {
  const head = ['network', 'graph', 'file MB', 'load ms', 'memory MB', '1 image ms', '8 images ms'];
  const rows = all.map((figures) => [
    figures.network,
    figures.graph,
    format(figures.bytes / 1e6),
    format(figures.loadMs, 0),
    format(figures.memory / 1e6, 0),
    format(median(figures.one)),
    format(median(figures.eight)),
    format(speedUp(figures, all, 'one')),
    format(speedUp(figures, all, 'eight')),
  ]);
  return markdownTable([...head, 'times as fast, 1', '8'], rows);
}

function goalTable(all: readonly ModelFigures[]): string {
  const judged = all.filter(
    ({ network, graph }) => goal.network.test(network) && graph === goal.graph,
  );
  const rows = judged.flatMap((figures) =>
    (['one', 'eight'] as const).map((batch) => {
      const figure = speedUp(figures, all, batch);
      const what = `${figures.network}, ${goal.graph} beside float32`;
      const said = [describeLimit(goal.limit), format(figure), verdict(figure, goal.limit)];
      return [what, batch === 'one' ? '1' : '8', ...said];
    }),
  );
  return markdownTable(['times as fast', 'images', 'reach for', 'measured', ''], rows);
}
