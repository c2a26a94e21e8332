import { markdownTable } from './document.ts';
import { describeLimit, format, verdict } from './figures.ts';
import type { Goal, Measured, Result } from './receive-rows.ts';
import { ours } from './servers.ts';

/** Tables of all lines and of the goals, in Markdown. */
export function reportReceive(results: readonly Result[], goals: readonly Goal[]): string {
  return [measuredTable(results), goalTable(results, goals), missingNote(results)]
    .filter(Boolean)
    .join('\n\n');
}

function measuredTable(results: readonly Result[]): string {
  const head = ['sender', 'associations', 'receiver', 'durable', 'images/s', 'MB/s'];
  const more = ['CPU ms/image', 'peak MB', 'ours / it'];
  return markdownTable(
    [...head, ...more],
    results.map((result) => describeResult(result, findOurs(results, result))),
  );
}

function describeResult({ row, measured, missing }: Result, own: Measured | undefined): string[] {
  const { server, sender, associations } = row;
  const name = [sender.name, String(associations), server.name, server.durable ? 'yes' : 'no'];
  if (!measured) return [...name, `not measured: lacks ${missing.join(', ')}`, '', '', '', ''];
  return [
    ...name,
    format(measured.imagesPerSecond, 0),
    format(measured.megabytesPerSecond, 0),
    format(measured.cpuMsPerImage),
    `${format(measured.peakMegabytes, 0)}${server.parentOnly ? ' (parent only)' : ''}`,
    server === ours ? '' : format(own && own.imagesPerSecond / measured.imagesPerSecond),
  ];
}

function findOurs(results: readonly Result[], { row }: Result): Measured | undefined {
  return find(results, (other) => other.row.server === ours && isAlike(other, row));
}

function isAlike({ row }: Result, like: Pick<Result['row'], 'sender' | 'associations'>): boolean {
  return row.sender === like.sender && row.associations === like.associations;
}

function find(
  results: readonly Result[],
  condition: (result: Result) => boolean,
): Measured | undefined {
  return results.find(condition)?.measured;
}

function goalTable(results: readonly Result[], goals: readonly Goal[]): string {
  const head = ['goal', 'associations', 'reach for', 'measured', ''];
  return markdownTable(
    head,
    goals.flatMap((goal) => judge(results, goal)),
  );
}

/** One line for each number of associations that the goal speaks of. */
export function judge(results: readonly Result[], goal: Goal): string[][] {
  const own = results.filter(
    ({ row }) =>
      row.server === (goal.own ?? ours) &&
      row.sender === goal.sender &&
      (goal.associations ?? row.associations) === row.associations,
  );
  return own.map((result) => {
    const { associations } = result.row;
    const peer = find(
      results,
      (other) => other.row.server === goal.peer && isAlike(other, result.row),
    );
    const figure = result.measured && goal.figure(result.measured, peer);
    const said = [describeLimit(goal.limit), format(figure), verdict(figure, goal.limit)];
    return [goal.what, String(associations), ...said];
  });
}

function missingNote(results: readonly Result[]): string {
  const missing = new Set(results.flatMap((result) => result.missing));
  return missing.size ? `Not measured for want of: ${[...missing].join('; ')}.` : '';
}
