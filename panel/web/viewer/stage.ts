import { effect } from '@preact/signals';
import { h } from 'preact';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useSay } from '../../view/say.ts';
import { createCanvasPainter } from './canvas-painter.ts';
import { createGlPainter } from './gl-painter.ts';
import type { Holding } from './holding.ts';
import type { Painter } from './painter.ts';
import type { Placement } from './placement.ts';
import { pointers } from './pointers.ts';
import type { ViewerState } from './viewer-state.ts';

export interface StageProps {
  state: ViewerState;
  holding: Holding;
  /** For those who hear the image. */
  label: string;
  onKey: (event: KeyboardEvent) => void;
  /** The key that holds the heatmap is let go, or can no longer be heard. */
  letGo: () => void;
}

/** Where the image is drawn and taken hold of. */
export function Stage({ state, holding, label, onKey, letGo }: StageProps): JSX.Element {
  const say = useSay();
  const host = useRef<HTMLDivElement>(null);
  const pictures = useRef<HTMLDivElement>(null);
  const hold = useMemo(() => pointers(state), [state]);
  useEffect(() => {
    if (host.current && pictures.current) return keepDrawn(pictures.current, state, holding);
    return undefined;
  }, [state, holding]);
  return h(
    'div',
    {
      ref: host,
      class: 'canvases',
      tabIndex: 0,
      role: 'group',
      'aria-label': say('exam.keys'),
      onKeyDown: onKey,
      onKeyUp: ({ key }: KeyboardEvent) => key === ' ' && letGo(),
      onBlur: letGo,
      onContextMenu: (event: Event) => event.preventDefault(),
      ...hold,
    },
    h('div', { ref: pictures, class: 'pictures', role: 'img', 'aria-label': label }),
  );
}

/** Keeps the canvases drawn as the state is, at the size of their place. Returns what ends it. */
function keepDrawn(host: HTMLDivElement, state: ViewerState, holding: Holding): () => void {
  const over = document.createElement('canvas');
  over.className = 'over';
  let painter: Painter = createGlPainter(withoutGraphics) ?? createCanvasPainter();
  let frame = 0;
  host.replaceChildren(painter.canvas, over);

  function withoutGraphics(): void {
    painter = createCanvasPainter();
    host.replaceChildren(painter.canvas, over);
    plan();
  }

  function draw(): void {
    frame = 0;
    const image = state.loaded.peek();
    const { width, height } = state.stage.peek();
    const density = window.devicePixelRatio;
    for (const canvas of [painter.canvas, over]) fit(canvas, width * density, height * density);
    const placement = state.placement.peek();
    if (image) painter.draw({ image, window: state.window.peek(), placement, density });
    const held = holding.shown.peek();
    const isOfIt = held && held.imageId === image?.view.id;
    drawOver(over, isOfIt ? held.overlay : undefined, image?.view, placement, density);
  }

  function plan(): void {
    frame ||= requestAnimationFrame(draw);
  }

  const stop = effect(() => {
    void [state.loaded.value, state.window.value, state.placement.value, holding.shown.value];
    plan();
  });
  const observer = new ResizeObserver(() => {
    state.stage.value = { width: host.clientWidth || 1, height: host.clientHeight || 1 };
  });
  observer.observe(host);
  return () => {
    stop();
    observer.disconnect();
    cancelAnimationFrame(frame);
    holding.release();
    painter.close();
  };
}

/** A canvas forgets what is on it when its size is set, so it is set when it changes. */
function fit(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [columns, rows] = [Math.round(width), Math.round(height)];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
}

/** The picture of where the model reacted lies over the image pixel by pixel, however that is placed. */
function drawOver(
  canvas: HTMLCanvasElement,
  picture: HTMLCanvasElement | undefined,
  view: { rows: number; columns: number; aspect: number } | undefined,
  { x, y, scale }: Placement,
  density: number,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!picture || !view) return;
  context.setTransform(
    scale * density,
    0,
    0,
    scale * view.aspect * density,
    x * density,
    y * density,
  );
  context.drawImage(picture, 0, 0, view.columns, view.rows);
}
