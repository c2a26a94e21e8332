import type { Point } from './placement.ts';
import { pinch } from './placement.ts';
import type { DragMode, ViewerState } from './viewer-state.ts';

/** Pixels that a finger may tremble and still press. */
const tremble = 6;
/** Of a wheel, for one image on. */
const wheelStep = 60;

/** Drag, pinch and wheel. All of it can be done with buttons and keys too. */
export function pointers(state: ViewerState) {
  const down = new Map<number, Point>();
  let mode: DragMode = 'window';
  let way = 0;
  let wheel = 0;

  const pointOf = (event: MouseEvent): Point => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function drag(id: number, to: Point): void {
    const from = down.get(id);
    if (!from) return;
    const before = [...down.values()];
    down.set(id, to);
    const after = [...down.values()];
    if (after.length === 2) return pinchTo(before as [Point, Point], after as [Point, Point]);
    if (after.length > 2) return undefined;
    const by = { x: to.x - from.x, y: to.y - from.y };
    way += Math.hypot(by.x, by.y);
    return mode === 'move' ? state.move(by) : state.dragWindow(by);
  }

  function pinchTo(before: [Point, Point], after: [Point, Point]): void {
    const { factor, about, by } = pinch(before, after);
    way = Infinity;
    state.zoom(factor, about);
    state.move(by);
  }

  function lift(event: PointerEvent): void {
    const wasDown = down.delete(event.pointerId);
    if (wasDown && mode === 'move' && way < tremble && event.type === 'pointerup')
      state.centre(pointOf(event));
  }

  return {
    onPointerDown(event: PointerEvent) {
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      if (down.size === 0) way = 0;
      mode = event.button === 0 ? state.drag.peek() : 'move';
      down.set(event.pointerId, pointOf(event));
    },
    onPointerMove: (event: PointerEvent) => drag(event.pointerId, pointOf(event)),
    onPointerUp: lift,
    onPointerCancel: lift,
    onWheel(event: WheelEvent) {
      event.preventDefault();
      if (event.ctrlKey || state.images.peek().length < 2)
        return state.zoom(Math.exp(-event.deltaY / 400), pointOf(event));
      wheel += event.deltaY;
      const steps = Math.trunc(wheel / wheelStep);
      wheel -= steps * wheelStep;
      return steps && state.step(steps);
    },
  };
}
