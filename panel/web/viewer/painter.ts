import type { ImageView } from '../../exam-detail.ts';
import type { Placement } from './placement.ts';
import type { Window } from './window-level.ts';

/** An image with its stored values as they came, by their bits. */
export interface LoadedImage {
  view: ImageView;
  values: Uint16Array;
}

/** What is to be seen. `density`: pixels of the canvas for one of CSS. */
export interface Scene {
  image: LoadedImage;
  window: Window;
  placement: Placement;
  density: number;
}

/** Draws an image on a canvas of its own. */
export interface Painter {
  readonly canvas: HTMLCanvasElement;
  draw(scene: Scene): void;
  /** Gives its memory back. */
  close(): void;
}
