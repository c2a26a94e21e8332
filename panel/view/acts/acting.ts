import type { Signal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { FunctionComponent } from 'preact';
import type { Act } from '../../act.ts';
import { undoMs } from '../../act.ts';
import type { Live } from '../live.ts';
import { putSeen } from '../live.ts';

/** What the server or the way to it had against an act. Texts of the server are English. */
export interface Trouble {
  key: string;
  code: string;
  error: string;
  remedy: string;
}

/** An act that can still be taken back: what was done, what takes it back, and until when by the server's clock. */
export interface Undo {
  done: 'seen' | 'agree' | 'disagree';
  examId: string;
  back: Act;
  until: number;
}

/** A question that stands over the page. */
export type Sheet = { kind: 'disagree' | 'withdraw'; examId: string } | { kind: 'pause' };

/** What shows each kind of question. */
export interface SheetViews {
  pause: FunctionComponent;
  disagree: FunctionComponent<{ examId: string }>;
  withdraw: FunctionComponent<{ examId: string }>;
}

/** What a person is doing at this screen. Nothing here is kept: what counts is what the server says. */
export interface Acting {
  /** `actKey` of the act that the server has not answered yet, or empty. */
  readonly busy: Signal<string>;
  readonly trouble: Signal<Trouble | undefined>;
  readonly undo: Signal<Undo | undefined>;
  readonly sheet: Signal<Sheet | undefined>;
  /** Come after the page, which does not wait for them. */
  readonly sheetViews: Signal<SheetViews | undefined>;
}

export function createActing(): Acting {
  return {
    busy: signal(''),
    trouble: signal<Trouble | undefined>(undefined),
    undo: signal<Undo | undefined>(undefined),
    sheet: signal<Sheet | undefined>(undefined),
    sheetViews: signal<SheetViews | undefined>(undefined),
  };
}

/** Names what was tapped, so that an answer stands beside it. */
export function actKey(act: Pick<Act, 'kind'> & { examId?: string }): string {
  return `${act.kind} ${act.examId ?? ''}`;
}

/** Does an act. True once the server has kept it; until then nothing on the page pretends so. */
export async function perform(live: Live, act: Act): Promise<boolean> {
  const { busy, trouble, undo } = live.acting;
  if (busy.value) return false;
  const key = actKey(act);
  busy.value = key;
  trouble.value = undefined;
  const answer = await live.act(act);
  busy.value = '';
  if ('code' in answer) {
    trouble.value = { key, ...answer };
    return false;
  }
  if (act.kind === 'seen') putSeen(live, act.examId, act.outcomeId);
  if (act.kind === 'unseen') putSeen(live, act.examId, undefined);
  undo.value = undoOf(act, answer.actId, live.now.value + undoMs) ?? keepUndo(act, undo.value);
  return true;
}

function undoOf(act: Act, actId: string, until: number): Undo | undefined {
  if (act.kind === 'seen') {
    const { examId } = act;
    return { done: 'seen', examId, back: { kind: 'unseen', examId }, until };
  }
  if (act.kind === 'agree' || act.kind === 'disagree') {
    const { examId, kind: done } = act;
    return { done, examId, back: { kind: 'retract', examId, actId }, until };
  }
  return undefined;
}

/** An act of another kind leaves the bar as it is; the one that takes back ends it. */
function keepUndo(act: Act, undo: Undo | undefined): Undo | undefined {
  return act.kind === 'unseen' || act.kind === 'retract' ? undefined : undo;
}

/** The act that can be taken back now. */
export function undoable({ acting, now }: Live): Undo | undefined {
  const undo = acting.undo.value;
  return undo && now.value < undo.until ? undo : undefined;
}
