import type { ViewerState } from './viewer-state.ts';

const far = 60;
const zoomStep = 1.25;
const brightStep = 0.06;
const contrastStep = 1.15;

/** What each key does; with Shift `S-`, with Alt `A-` before its name. */
const keys: Readonly<Record<string, (state: ViewerState) => void>> = {
  PageUp: (state) => state.step(-1),
  PageDown: (state) => state.step(1),
  '+': (state) => state.zoom(zoomStep),
  'S-+': (state) => state.zoom(zoomStep),
  '=': (state) => state.zoom(zoomStep),
  '-': (state) => state.zoom(1 / zoomStep),
  '0': (state) => state.reset(),
  Home: (state) => state.reset(),
  'S-ArrowUp': (state) => state.brighten(brightStep),
  'S-ArrowDown': (state) => state.brighten(-brightStep),
  'S-ArrowRight': (state) => state.contrast(contrastStep),
  'S-ArrowLeft': (state) => state.contrast(1 / contrastStep),
  'A-ArrowUp': (state) => state.move({ x: 0, y: far }),
  'A-ArrowDown': (state) => state.move({ x: 0, y: -far }),
  'A-ArrowLeft': (state) => state.move({ x: far, y: 0 }),
  'A-ArrowRight': (state) => state.move({ x: -far, y: 0 }),
};

const steps: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowLeft: -1,
  ArrowDown: 1,
  ArrowRight: 1,
};

/** Does what a key is for. Returns whether it was for the viewer. */
export function pressKey(
  state: ViewerState,
  { key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent,
): boolean {
  if (ctrlKey || metaKey) return false;
  const step = shiftKey || altKey ? undefined : steps[key];
  // Several images: arrows go from one to the next. One alone: they move it.
  if (step !== undefined && state.images.peek().length > 1) {
    state.step(step);
    return true;
  }
  const prefix = altKey || step !== undefined ? 'A-' : '';
  const act = keys[`${shiftKey ? 'S-' : prefix}${key}`];
  act?.(state);
  return act !== undefined;
}
