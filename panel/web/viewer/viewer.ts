import { useComputed } from '@preact/signals';
import { h } from 'preact';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ViewerProps } from '../../view/exam/exam-port.ts';
import { useLive } from '../../view/live.ts';
import { useSay } from '../../view/say.ts';
import { HeatmapButtons } from './heatmap-buttons.ts';
import { Holding } from './holding.ts';
import { pressKey } from './keys.ts';
import { loadOverlay, reportHeld } from './overlay.ts';
import { PreviewStore } from './preview-store.ts';
import { Stage } from './stage.ts';
import { SliceBar, Tools } from './tools.ts';
import { ViewerState } from './viewer-state.ts';

/** The preview of an exam: window, zoom, slices, and where the model reacted while that is held. */
export function Viewer({ examId, what, images, first, aid }: ViewerProps): JSX.Element {
  const { csrf } = useLive().shell;
  const state = useMemo(() => {
    const store = new PreviewStore(examId);
    return new ViewerState(images, first, (view, progress) => store.load(view, progress));
  }, [examId]);
  const holding = useMemo(
    () =>
      new Holding({
        load: (imageId, finding) => loadOverlay(examId, imageId, finding),
        now: () => performance.now(),
        report: (imageId, finding, heldMs) =>
          reportHeld(csrf, { examId, imageId, finding, heldMs }),
      }),
    [examId, csrf],
  );
  useEffect(() => void state.show(state.index.peek()), [state]);
  useEffect(() => state.replace(images), [state, images]);
  useEffect(() => holding.release(), [holding, aid]);
  useEffect(() => releaseWhenLeft(holding), [holding]);
  const view = state.current;
  const heatmaps = aid?.heatmaps.filter(({ imageId }) => imageId === view?.id) ?? [];
  // Pressing the button takes the focus from the stage: only what a key holds ends with that.
  const isHeldByKey = useRef(false);
  const letGo = () => {
    if (isHeldByKey.current) holding.release();
    isHeldByKey.current = false;
  };
  const onKey = (event: KeyboardEvent) => {
    const heatmap = heatmaps[0];
    if (event.key === ' ' && heatmap) {
      isHeldByKey.current = true;
      void holding.press(heatmap.imageId, heatmap.finding);
    } else if (!pressKey(state, event)) return;
    event.preventDefault();
  };
  return h(
    'div',
    { class: 'viewer' },
    h(
      'div',
      { class: 'stage' },
      h(Stage, {
        state,
        holding,
        label: useLabel(state, what),
        onKey,
        letGo,
      }),
      h(Corner, { state }),
      h(Waiting, { state }),
    ),
    h(Tools, { state }),
    h(SliceBar, { state }),
    aid && h(HeatmapButtons, { holding, heatmaps, aid }),
  );
}

function useLabel(state: ViewerState, what: string): string {
  const say = useSay();
  return say('exam.picture', {
    what,
    n: say.number(state.index.value + 1),
    of: say.number(state.images.value.length),
  });
}

/** Nothing stays shown that nobody holds: also not when the window or the page is left. */
function releaseWhenLeft(holding: Holding): () => void {
  const release = () => holding.release();
  window.addEventListener('blur', release);
  window.addEventListener('pagehide', release);
  document.addEventListener('visibilitychange', release);
  return () => {
    window.removeEventListener('blur', release);
    window.removeEventListener('pagehide', release);
    document.removeEventListener('visibilitychange', release);
  };
}

/** Which image it is and through which window; over the stage, never in the image. */
function Corner({ state }: { state: ViewerState }): JSX.Element {
  const say = useSay();
  const { center, width } = state.window.value;
  const level = { width: say.number(width), center: say.number(center) };
  const count = state.images.value.length;
  return h(
    'p',
    { class: 'corner' },
    count > 1 &&
      h(
        'span',
        {},
        say('exam.image-of', { n: say.number(state.index.value + 1), of: say.number(count) }),
      ),
    h('span', {}, say('exam.level', level)),
  );
}

function Waiting({ state }: { state: ViewerState }): JSX.Element | null {
  const say = useSay();
  const failure = state.failure.value;
  const isComing = useComputed(() => state.progress.value !== undefined);
  if (failure)
    return h(
      'div',
      { class: 'veil', role: 'alert' },
      h('p', {}, say.code('exam.failed', failure)),
      h(
        'button',
        { type: 'button', class: 'button', onClick: () => void state.show(state.index.peek()) },
        say('exam.again'),
      ),
    );
  if (!isComing.value) return null;
  return h(
    'div',
    { class: 'veil' },
    h('progress', { value: state.progress.value ?? 0, max: 1, 'aria-label': say('exam.loading') }),
  );
}
